import { test } from "tap";
import { called, masked, service } from "../../src/net/service.ts";

const SCHEMES = ["postgres", "postgresql", "mysql", "redis", "amqp", "mongodb", "kafka", "smtp"];
type Whole = Readonly<Record<string, unknown>>;

/** What is not as in a bare URL. */
function read(text: string): Whole {
  const s = service(text, SCHEMES, 1000);
  const { hosts, options, ...rest } = s;
  const out: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(rest)) if (value !== "" && value !== false) out[name] = value;
  if (hosts.length > 0) out["hosts"] = hosts.map((h) => `${h.host} ${h.port}`).join(", ");
  if (options.size > 0) out["options"] = Object.fromEntries(options);
  return out;
}

const READ: readonly (readonly [text: string, want: Whole])[] = [
  ["db", { hosts: "db 1000" }],
  ["db:5432", { hosts: "db 5432" }],
  ["[::1]:5432", { hosts: "::1 5432" }],
  ["a:1,b,10.0.0.1:3/chroot", { hosts: "a 1, b 1000, 10.0.0.1 3", path: "chroot", slash: true }],
  ["redis://h", { scheme: "redis", hosts: "h 1000" }],
  ["REDIS://h/", { scheme: "redis", hosts: "h 1000", slash: true }],
  ["redis://:s%40cret@h:1/0", { scheme: "redis", password: "s@cret", hosts: "h 1", path: "0", slash: true }],
  ["redis://only@h", { scheme: "redis", user: "only", hosts: "h 1000" }],
  ["redis+unix:///run/r.sock?db=2", { scheme: "redis", driver: "unix", socket: "/run/r.sock", options: { db: "2" } }],
  ["redis+unix://:pw@/run/r.sock", { scheme: "redis", driver: "unix", password: "pw", socket: "/run/r.sock" }],
  ["amqp://u:p@h/%2f", { scheme: "amqp", user: "u", password: "p", hosts: "h 1000", path: "/", slash: true }],
  ["amqp://u:p@h/a%2Fb", { scheme: "amqp", user: "u", password: "p", hosts: "h 1000", path: "a/b", slash: true }],
  [
    "postgresql://u:p@h1:5432,[::2],h3/app?sslmode=require&application_name=a%20b#x",
    {
      scheme: "postgresql",
      user: "u",
      password: "p",
      hosts: "h1 5432, ::2 1000, h3 1000",
      path: "app",
      slash: true,
      options: { sslmode: "require", application_name: "a b" },
    },
  ],
  ["postgres:///app?host=/run/pg", { scheme: "postgres", path: "app", slash: true, options: { host: "/run/pg" } }],
  [
    "jdbc:postgresql://h/app?user=u",
    { scheme: "postgresql", hosts: "h 1000", path: "app", slash: true, options: { user: "u" } },
  ],
  ["JDBC:mysql://h:1/app", { scheme: "mysql", hosts: "h 1", path: "app", slash: true }],
  [
    "postgresql+asyncpg://u:p@h/app",
    { scheme: "postgresql", driver: "asyncpg", user: "u", password: "p", hosts: "h 1000", path: "app", slash: true },
  ],
  [
    "mongodb+srv://u:p@h/?tls=true",
    {
      scheme: "mongodb",
      driver: "srv",
      user: "u",
      password: "p",
      hosts: "h 1000",
      slash: true,
      options: { tls: "true" },
    },
  ],
  ["kafka://a:9092,b:9092/topic", { scheme: "kafka", hosts: "a 9092, b 9092", path: "topic", slash: true }],
  ["smtp+starttls://u:a:b@h", { scheme: "smtp", driver: "starttls", user: "u", password: "a:b", hosts: "h 1000" }],
  ["mysql://u:p@ss@h", { scheme: "mysql", user: "u", password: "p@ss", hosts: "h 1000" }],
  [
    "u:p@ss/w@rd@tcp(h:3306)/app?tls=true",
    { user: "u", password: "p@ss/w@rd", hosts: "h 3306", path: "app", slash: true, options: { tls: "true" } },
  ],
  ["tcp(h)/", { hosts: "h 1000", slash: true }],
  ["u@unix(/run/my.sock)/app", { user: "u", socket: "/run/my.sock", path: "app", slash: true }],
  [
    "host=a,b port=1,2 dbname='my db' user=u password='it\\'s' sslmode=require",
    { hosts: "a 1, b 2", path: "my db", slash: true, user: "u", password: "it's", options: { sslmode: "require" } },
  ],
  ["host = h  port=1", { hosts: "h 1" }],
  ["host=a,b port=7", { hosts: "a 7, b 7" }],
  ["host=name hostaddr=::1", { hosts: "::1 1000" }],
  ["host=/run/pg dbname=app", { socket: "/run/pg", path: "app", slash: true }],
  ["dbname=app password=''", { path: "app", slash: true }],
];

test("a service is read from a URL, a list, key words and the form of Go", (t) => {
  for (const [text, want] of READ) t.same(read(text), want, text);
  t.end();
});

const URLS = "postgres://, postgresql://, mysql://, redis://, amqp://, mongodb://, kafka:// or smtp://";
const SLASH = ': "/", "?" and "#" in a password are percent-encoded';
const WRONG: readonly (readonly [text: string, why: string])[] = [
  ["http://h", `must be a ${URLS} URL`],
  ["://h", `must be a ${URLS} URL, or host:port`],
  ["redis://%zz:p@h", 'must percent-encode its parts as UTF-8: "%" is written "%25"'],
  ["redis://h/%ff", 'must percent-encode its path as UTF-8: "%" is written "%25"'],
  ["redis://h/?a=%", 'must percent-encode its options as UTF-8: "%" is written "%25"'],
  ["redis://h:port", "must have hosts with their ports, host:port"],
  ["redis://::1", "must have hosts with their ports, host:port: an IPv6 address stands in brackets"],
  ["redis://[h]:1", "must name hosts"],
  ["redis://h:70000", "must have ports from 1 to 65535"],
  ["redis://a,,b", "must name hosts"],
  ["a b", "must name hosts"],
  ["redis://u:p/q@h", `must have hosts with their ports, host:port${SLASH}`],
  ["host='a", 'must be key words with values, as in "host=db port=5432": a value with blanks stands in quotes'],
  ["host=a b", 'must be key words with values, as in "host=db port=5432": a value with blanks stands in quotes'],
];

test("a service that is wrong says how to put it right", (t) => {
  for (const [text, why] of WRONG) t.equal(service(text, SCHEMES, 1).why, why, text);
  t.end();
});

test("a service is called by its hosts and its path, and never by its password", (t) => {
  t.equal(called(service("redis://u:p@h,[::1]:2/0", SCHEMES, 1)), "h:1,[::1]:2/0");
  t.equal(called(service("redis+unix://:p@/run/x?db=1", SCHEMES, 1)), "/run/x");
  for (const [text, want] of [
    ["redis://u:p@h/x", '"redis://***@h/x"'],
    ["u:p@tcp(h)/x", '"***@tcp(h)/x"'],
    ["host=h password='a b' x=1", '"host=h password=*** x=1"'],
    ["h?passwd=x&pwd=y&z=1", '"h?passwd=***&pwd=***&z=1"'],
    ["h:1", '"h:1"'],
  ] as const)
    t.equal(masked(text), want, text);
  t.end();
});
