import fc from "fast-check";
import { test } from "tap";
import { looksSecret, secrets } from "../src/redact.ts";

test("names that usually hold secrets are known", (t) => {
  const secret = [
    "PASSWORD",
    "DB_PASSWORD",
    "db-passwd",
    "PGPASS",
    "API_KEY",
    "apikey",
    "SECRET",
    "CLIENT_SECRET_2",
    "AUTH_TOKEN",
    "token",
    "Authorization",
    "Cookie",
    "SSH_PRIVATE_KEY",
    "AWS_SECRET_ACCESS_KEY",
    "SIGNATURE",
    "SENTRY_DSN",
    "key",
    "credentials",
    "PASSPHRASE",
    "pwd",
  ];
  const open = [
    "HOME",
    "PATH",
    "PORT",
    "DATABASE_URL",
    "AUTHOR",
    "KEYBOARD",
    "MONKEY",
    "PASSENGER",
    "USER",
    "HOSTNAME",
    "SIGNAL",
  ];
  for (const name of secret) t.ok(looksSecret(name), name);
  for (const name of open) t.notOk(looksSecret(name), name);
  t.end();
});

test("a secret is struck in every form it can be written in", (t) => {
  secrets.add('p@ss "w<rd>\n/+ü');
  const value = 'p@ss "w<rd>\n/+ü';
  const forms = [
    value,
    encodeURIComponent(value),
    encodeURIComponent(value).replaceAll("%20", "+"),
    JSON.stringify(value),
    Buffer.from(value).toString("base64"),
    Buffer.from(value).toString("base64url"),
    Buffer.from(`user:${value}`).toString("base64"),
    Buffer.from(`u:${value}`).toString("base64"),
    Buffer.from(`us:${value}!`).toString("base64"),
    value.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;"),
  ];
  for (const form of forms) {
    const struck = secrets.strike(`before ${form} after`);
    t.match(struck, /^before .*\*\*\*.* after$/s, form);
    t.notMatch(struck, "w<rd");
  }
  t.end();
});

test("user info and secret parameters of URLs are struck without being known", (t) => {
  const table = [
    ["see postgres://app:pw@db:5432/x now", "see postgres://***@db:5432/x now"],
    ["redis://:pw@h/0", "redis://***@h/0"],
    ["http://u:p@ss@h/", "http://***@h/"],
    ["https://h/p?a=1&token=abc&b=2#f", "https://h/p?a=1&token=***&b=2#f"],
    ["https://h/?password=x y", "https://h/?password=*** y"],
    ["http://h/a@b", "http://h/a@b"],
    ["http://h/x?token=***: refused", "http://h/x?token=***: refused"],
    ["mail a@b.c, no URL", "mail a@b.c, no URL"],
    ["amqp://u:p@a,amqp://v:q@b", "amqp://***@a,amqp://***@b"],
  ] as const;
  for (const [text, want] of table) t.equal(secrets.strike(text), want);
  t.end();
});

test("the password of a URL in a variable is a secret wherever it appears", (t) => {
  process.env["TEST_DB"] = "postgres://app:hunter%2F2x@db/app";
  secrets.add("makes the variables be read anew");
  t.equal(secrets.strike("got hunter/2x and hunter%2F2x"), "got *** and ***");
  delete process.env["TEST_DB"];
  t.end();
});

test("each line of a secret is one, for output comes in lines", (t) => {
  process.env["TEST_PRIVATE_KEY"] = "-----BEGIN KEY-----\nMIIEcanary0\r\nLINE2canary==\n-----END KEY-----";
  process.env["TEST_DB"] = "postgres://u:CANARY/pa@ss@h/db";
  secrets.add("makes the variables be read anew, again");
  t.equal(secrets.strike("x MIIEcanary0 y LINE2canary=="), "x *** y ***");
  t.equal(secrets.strike("got CANARY/pa@ss"), "got ***");
  delete process.env["TEST_PRIVATE_KEY"];
  delete process.env["TEST_DB"];
  t.end();
});

test("no secret of the environment survives, whatever stands around it", (t) => {
  process.env["TEST_API_KEY"] = "canary-5f2c1";
  secrets.add("another-canary");
  const check = fc.check(
    fc.property(fc.string(), fc.string(), (a, b) => !secrets.strike(`${a}canary-5f2c1${b}`).includes("canary-5f2c1")),
    { numRuns: 1000 },
  );
  t.notOk(check.failed, JSON.stringify(check.counterexample));
  delete process.env["TEST_API_KEY"];
  t.end();
});
