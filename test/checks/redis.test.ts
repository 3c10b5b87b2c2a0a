import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { t as all, type Test } from "tap";
import { both, type Preflight } from "../support/artifacts.ts";
import { issue } from "../support/certificates.ts";
import { free } from "../support/local.ts";
import { looks, PASSED, type Item } from "../support/looks.ts";
import { BYTES, Mouth, pieces, stage, transcripts, WHOLE, type How, type Transcript } from "../support/replay.ts";
import { serving } from "../support/servers.ts";

all.setTimeout(180_000);

const says = (words: string): string => `the server says "${words}"`;
const LOADING = `75 ${says("LOADING Redis is loading the dataset in memory")}`;
const NOAUTH = `78 ${says("NOAUTH Authentication required.")} | give "password"`;
const WRONGPASS = `78 ${says("WRONGPASS invalid username-password pair or user is disabled.")}`;

/** What is asked beside the target, and what it comes to, by scenario. What is missing here needs no reading: PING alone. */
const WANT: Readonly<Record<string, readonly [Item, string | RegExp]>> = {
  "auth-acl-ok": [{ user: "bob", password: "bobpw" }, PASSED],
  "auth-acl-without-password-set": [{ user: "default", password: "secret" }, PASSED],
  "auth-ok": [{ password: "secret" }, PASSED],
  "auth-without-password-set": [
    { password: "secret" },
    /^78 the server says "ERR AUTH <password> called without any password configured.*the server has no password: leave it out$/,
  ],
  "busy-script": [
    {},
    `75 ${says("BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.")}`,
  ],
  "cluster-down": [{}, "75 the cluster is down: cluster_state is fail"],
  exists: [{ key: "nope" }, '75 key "nope" does not exist'],
  "hello3-auth": [{}, PASSED],
  "info-ready": [{}, PASSED],
  "loading-auth-ok": [{ password: "secret" }, LOADING],
  "loading-auth-wrong": [{ password: "bad" }, WRONGPASS],
  "loading-info": [{}, PASSED],
  "loading-noauth": [{}, NOAUTH],
  "loading-select": [{ database: 0, key: "k" }, LOADING],
  loading: [{}, LOADING],
  masterdown: [{}, `75 ${says("MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.")}`],
  maxclients: [{}, `75 ${says("ERR max number of clients reached")}`],
  misconf: [{}, /^75 the server says "MISCONF Redis is configured to save RDB snapshots/],
  noauth: [{}, NOAUTH],
  noperm: [{ user: "lim", password: "limpw" }, PASSED],
  "ping-inline-ok": [{}, PASSED],
  "ping-ok": [{}, PASSED],
  "plain-to-tls-port": [
    {},
    "75 connection reset without an answer | so does a proxy with no server behind it, and a port that wants TLS",
  ],
  "protected-mode": [{}, /^78 the server says "DENIED Redis is running in protected mode/],
  "replica-link-down": [{}, '75 is a replica whose link to its master 127.0.0.1:25999 is in state "connect"'],
  role: [{}, PASSED],
  "select-ok": [{ database: 1 }, PASSED],
  "select-out-of-range": [{ database: 99 }, `78 ${says("ERR DB index is out of range")}`],
  sentinel: [{ level: "speaks" }, PASSED],
  "tls-ok": [{}, PASSED],
  "wrongpass-acl": [{ user: "bob", password: "bad" }, WRONGPASS],
  wrongpass: [{ password: "bad" }, WRONGPASS],
};
const ALL = transcripts("redis");

/** What a healthy server would have said to what was not recorded. */
const USUAL: Readonly<Record<string, string>> = {
  PING: "+PONG\r\n",
  ROLE: "*3\r\n$6\r\nmaster\r\n:0\r\n*0\r\n",
  CLUSTER: "-ERR This instance has cluster support disabled\r\n",
};

/** Plays the server of a transcript: each command gets what was recorded for it. */
function play(socket: Socket, { exchange }: Transcript, how: How): void {
  const mouth = new Mouth(socket, how);
  const recorded = new Map<string, Buffer>();
  for (const [i, step] of exchange.entries()) {
    const answer = exchange[i + 1]?.recv;
    if (step.send !== undefined && answer !== undefined)
      recorded.set(Buffer.from(step.send, "hex").toString(), Buffer.from(answer, "hex"));
  }
  const resets = exchange.length === 2 && exchange[1]?.reset === true;
  let text = "";
  socket.setEncoding("latin1").on("data", (more: string) => {
    text += more;
    if (resets) socket.resetAndDestroy();
    for (;;) {
      const m = /^\*(\d+)\r\n/.exec(text);
      const words =
        m === null ? null : new RegExp(`^\\*\\d+\\r\\n(?:\\$\\d+\\r\\n[^\\r]*\\r\\n){${m[1] ?? ""}}`).exec(text);
      if (words === null) return;
      const [command] = words;
      text = text.slice(command.length);
      const name = /\r\n([A-Z]+)\r\n/.exec(command)?.[1] ?? "";
      mouth.say(recorded.get(command) ?? Buffer.from(USUAL[name] ?? "+OK\r\n"));
    }
  });
}

interface Role {
  readonly transcript: Transcript;
  readonly how: How;
}

/** What becomes of each role, in one run. */
async function played(t: Test, preflight: Preflight, roles: readonly Role[]): Promise<readonly string[]> {
  const at = await stage(t, (socket, role) => {
    const r = roles[role];
    if (r !== undefined) play(socket, r.transcript, r.how);
  });
  return looks(
    t,
    preflight,
    roles.map((r, i) => ({ redis: at(i), timeout: "8s", ...WANT[r.transcript.scenario]?.[0] })),
  );
}

both("redis comes to the recorded verdict on every transcript, however its bytes are cut", async (t, preflight) => {
  t.same(ALL.map((x) => x.scenario).toSorted(), Object.keys(WANT).toSorted(), "each is read");
  const ways = [WHOLE, BYTES, pieces(1), pieces(2), pieces(3)];
  const roles = ways.flatMap((how) => ALL.map((transcript) => ({ transcript, how })));
  const got = await played(t, preflight, roles);
  for (const [i, { transcript }] of roles.entries()) {
    const { scenario, means, level } = transcript;
    const want = WANT[scenario]?.[1] ?? "";
    const name = `${scenario}, way ${Math.floor(i / ALL.length)}`;
    if (typeof want === "string") t.equal(got[i], want, name);
    else t.match(got[i], want, name);
    // INFO says so too, and is not asked; an object that is missing is "not yet" by our table
    const agrees = { ready: PASSED, "not-yet": "75", fail: "78" }[means];
    if (level !== "object" && scenario !== "loading-info")
      t.match(got[i], new RegExp(`^${agrees}`), `${name}: ${means}`);
  }
});

both("redis comes to no verdict but wait where any answer breaks off", async (t, preflight) => {
  const whole = await played(
    t,
    preflight,
    ALL.map((transcript) => ({ transcript, how: WHOLE })),
  );
  const roles: Role[] = [];
  for (const transcript of ALL) {
    const bytes = transcript.exchange.reduce((n, s) => n + (s.recv ?? "").length / 2, 0);
    for (let most = 1; most <= Math.min(60, bytes + 20); most++)
      roles.push({ transcript, how: { piece: () => 1e9, most } });
  }
  const got = await played(t, preflight, roles);
  const cut = "75 connection closed in the middle of the conversation";
  let cuts = 0;
  for (const [i, { transcript, how }] of roles.entries()) {
    const full = whole[ALL.indexOf(transcript)];
    if (got[i] === cut) cuts++;
    else if (got[i] !== full) t.equal(got[i], full, `${transcript.scenario}, ${how.most} bytes`);
  }
  t.ok(cuts > roles.length / 3, `${cuts} of ${roles.length}`);
});

both("redis says what is no Redis, and what breaks its rules", async (t, preflight) => {
  const broken = (why: string): string => `78 breaks the rules of Redis: ${why}`;
  const cases: readonly (readonly [string, string])[] = [
    ["HTTP/1.1 400 Bad Request\r\n\r\n", '78 does not speak Redis: it says "HTTP/1.1 400 Bad Request"'],
    ["SSH-2.0-OpenSSH_9.2\r\n", '78 does not speak Redis: it says "SSH-2.0-OpenSSH_9.2"'],
    ["\r\n", "78 does not speak Redis: it says an empty line"],
    ["\x15\x03\x01\0\x02\x02\x0a", "78 speaks TLS, and plain text was asked | tls: true"],
    [`+${"x".repeat(5000)}`, broken("a part of its answer is longer than 4096 bytes")],
    ["$999999\r\n", broken("a text is longer than 64 KiB")],
    ["*300\r\n", broken("an answer has more than 256 parts")],
    [`+PONG\r\n*1\r\n${"*256\r\n".repeat(9)}`, broken("an answer has more than 256 parts")],
    ["+PONG\r\n*-1\r\n$-1\r\n", PASSED],
    ["$4\r\nPONG\r\n*0\r\n:1\r\n", PASSED],
    [
      "-ERR unknown command 'PING'\r\n",
      `78 ${says("ERR unknown command 'PING'")} | it may be a Sentinel or a proxy, and no data server`,
    ],
    ["-WHATEVER new\u001b[31m\r\n", `75 ${says("WHATEVER new\\x1b[31m")}`],
  ];
  const at = await stage(t, (socket, role) => socket.write(cases[role]?.[0] ?? ""));
  const got = await looks(
    t,
    preflight,
    cases.map((_, i) => ({ redis: at(i) })),
  );
  t.same(
    got,
    cases.map(([, want]) => want),
  );
});

both("redis stays within its bounds, whatever a hostile server does", async (t, preflight) => {
  const flood = (socket: Socket): void => {
    const more = (): void => {
      while (!socket.destroyed && socket.write(Buffer.alloc(65_536, "*1\r\n")));
    };
    socket.on("drain", more);
    more();
  };
  const slow = (socket: Socket): void => {
    const timer = setInterval(() => socket.write("+"), 100);
    socket.on("close", () => {
      clearInterval(timer);
    });
  };
  const ports = [
    await serving(t, flood),
    await serving(t, slow),
    await serving(t, () => {}),
    await serving(t, (s) => s.end()),
  ];
  const got = await looks(
    t,
    preflight,
    ports.map((port) => ({ redis: `127.0.0.1:${port}`, timeout: "1s" })),
  );
  t.match(
    got[0],
    /^78 breaks the rules of Redis: (?:it says more than 1088 KiB at once|an answer has more than 256 parts)$/,
  );
  t.match(got[1], /^75 no whole answer within 1s: \d+ bytes came$/);
  t.equal(got[2], "75 no answer within 1s");
  t.equal(
    got[3],
    "75 connection closed without an answer | so does a proxy with no server behind it, and a port that wants TLS",
  );
});

// --- a real server ---

interface Server {
  readonly port: number;
  command(...words: readonly string[]): Promise<string>;
}

/** Starts redis-server with these settings, and waits until it listens. */
async function started(
  t: Test,
  settings: readonly string[] = [],
  file = "",
  ready = /Ready to accept|Sentinel ID/,
): Promise<Server> {
  const dir = mkdtempSync(join(tmpdir(), "redis"));
  const at = await free();
  const common = ["--bind", "127.0.0.1", "--dir", dir, "--save", "", "--port", `${at}`];
  const child = spawn("redis-server", [...(file === "" ? [] : [file]), ...common, ...settings], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let log = "";
  child.stdout.on("data", (b: Buffer) => (log += b.toString()));
  t.teardown(async () => {
    child.kill("SIGKILL");
    if (child.exitCode === null) await once(child, "exit");
    rmSync(dir, { recursive: true, force: true });
  });
  for (;;) {
    if (ready.test(log)) break;
    if (child.exitCode !== null) throw new Error(log);
    await once(child.stdout, "data");
  }
  const command = (...words: readonly string[]): Promise<string> =>
    new Promise((resolve, reject) => {
      const socket = connect(at, "127.0.0.1", () =>
        socket.write(`*${words.length}\r\n${words.map((w) => `$${w.length}\r\n${w}\r\n`).join("")}`),
      );
      socket.once("data", (b) => {
        resolve(b.toString());
        socket.destroy();
      });
      socket.once("error", reject);
    });
  return { port: at, command };
}

both("redis passes on a real server by its login, database, key and socket", async (t, preflight) => {
  const dir = mkdtempSync(join(tmpdir(), "r"));
  t.teardown(() => {
    rmSync(dir, { recursive: true });
  });
  const open = await started(t, ["--unixsocket", join(dir, "s")]);
  await open.command("SET", "there", "1");
  await open.command("ACL", "SETUSER", "app", "on", ">p@ss w/rd", "+@all", "~*");
  await open.command("ACL", "SETUSER", "ping", "on", ">secret", "-@all", "+ping");
  const closed = await started(t, ["--requirepass", "secret"]);
  const u = `127.0.0.1:${open.port}`;
  const encoded = encodeURIComponent("p@ss w/rd");
  const cases: readonly (readonly [Item, string])[] = [
    [{ redis: u }, PASSED],
    [{ redis: `redis://${u}/3` }, PASSED],
    [{ redis: `valkey://${u}?db=3` }, PASSED],
    [{ redis: `redis://app:${encoded}@${u}` }, PASSED],
    [{ redis: `redis://app@${u}`, password: "p@ss w/rd" }, PASSED],
    [{ redis: u, user: "ping", password: "secret" }, PASSED],
    [{ redis: `redis://:secret@127.0.0.1:${closed.port}/0` }, PASSED],
    [{ redis: `redis://secret@127.0.0.1:${closed.port}/0` }, PASSED],
    [{ redis: `redis+unix://${dir}/s?db=2` }, PASSED],
    [{ redis: u, key: "there" }, PASSED],
    [{ redis: `127.0.0.1:1,${u}` }, PASSED],
    [{ redis: `127.0.0.1:${closed.port}`, level: "speaks" }, PASSED],
    [{ redis: u, key: "gone" }, '75 key "gone" does not exist'],
    [{ redis: `redis+unix://${dir}/none` }, "75 no such socket"],
    [{ redis: "127.0.0.1:1" }, "75 connection refused"],
    [
      { redis: `127.0.0.1:1,127.0.0.1:${closed.port}` },
      `75 127.0.0.1:1: connection refused; 127.0.0.1:${closed.port}: ${says("NOAUTH Authentication required.")}`,
    ],
    [{ redis: `127.0.0.1:${closed.port}` }, NOAUTH],
    [{ redis: `127.0.0.1:${closed.port}`, password: "wrong" }, WRONGPASS],
    [{ redis: u, user: "nobody", password: "secret" }, WRONGPASS],
    [
      { redis: u, password: "secret" },
      `78 ${says("ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?")} | the server has no password: leave it out`,
    ],
    [{ redis: u, database: 99 }, `78 ${says("ERR DB index is out of range")}`],
    [
      { redis: u, user: "ping", password: "secret", key: "there" },
      `78 ${says("NOPERM this user has no permissions to run the 'exists' command")} | its ACL does not allow this user to`,
    ],
    [
      { redis: `rediss://${u}`, insecure: true },
      "75 no answer to TLS | a server that speaks no TLS may just wait for more",
    ],
  ];
  const got = await looks(
    t,
    preflight,
    cases.map(([item]) => ({ timeout: "1s", ...item })),
  );
  for (const [i, [item, want]] of cases.entries()) t.equal(got[i], want, JSON.stringify(item));
});

both(
  "redis over TLS: verified, with a client certificate, and told where the other was asked",
  async (t, preflight) => {
    const ca = issue({ subject: "Test CA", ca: true });
    const server = issue({ by: ca, names: ["localhost"] });
    const client = issue({ by: ca, subject: "client" });
    const dir = mkdtempSync(join(tmpdir(), "r"));
    t.teardown(() => {
      rmSync(dir, { recursive: true });
    });
    for (const [name, text] of [
      ["ca", ca.cert],
      ["crt", server.cert],
      ["key", server.key],
    ] as const)
      writeFileSync(join(dir, name), text);
    const tls = [
      "--tls-cert-file",
      join(dir, "crt"),
      "--tls-key-file",
      join(dir, "key"),
      "--tls-ca-cert-file",
      join(dir, "ca"),
    ];
    const [loose, strict] = [await free(), await free()];
    await started(t, ["--tls-port", `${loose}`, "--tls-auth-clients", "no", ...tls]);
    await started(t, ["--tls-port", `${strict}`, ...tls]);
    const got = await looks(t, preflight, [
      { redis: `rediss://localhost:${loose}`, ca: ca.cert },
      { redis: `localhost:${loose}`, tls: true, ca: ca.cert },
      { redis: `rediss://localhost:${strict}`, ca: ca.cert, cert: client.cert + client.key },
      { redis: `rediss://localhost:${strict}`, ca: ca.cert },
      { redis: `rediss://localhost:${loose}` },
      { redis: `redis://localhost:${loose}` },
    ]);
    t.same(got.slice(0, 3), [PASSED, PASSED, PASSED]);
    t.equal(
      got[3],
      '78 the server ends TLS: certificate required (alert 116) | it wants a client certificate: give "cert"',
    );
    t.match(got[4], /^78 its certificate is not trusted: its issuer "Test CA" is not known here \| /);
    t.match(got[5], /^75 connection (?:closed|reset) without an answer \| .* and a port that wants TLS$/);
  },
);

both("redis waits where a real server is full, or has lost its master or its cluster", async (t, preflight) => {
  const dead = await free();
  const replica = await started(t, ["--replicaof", "127.0.0.1", `${dead}`]);
  const stale = await started(t, ["--replicaof", "127.0.0.1", `${dead}`, "--replica-serve-stale-data", "no"]);
  const full = await started(t, ["--maxclients", "1"]);
  const cluster = await started(t, ["--cluster-enabled", "yes"]);
  const holder = connect(full.port, "127.0.0.1");
  t.teardown(() => holder.destroy());
  await once(holder, "connect");
  const got = await looks(t, preflight, [
    { redis: `127.0.0.1:${replica.port}` },
    { redis: `127.0.0.1:${stale.port}` },
    { redis: `127.0.0.1:${full.port}` },
    { redis: `127.0.0.1:${cluster.port}` },
  ]);
  const link = `^75 is a replica whose link to its master 127\\.0\\.0\\.1:${dead} is in state "connect(?:ing)?"$`;
  t.match(got[0], new RegExp(link));
  t.match(got[1], /^75 the server says "MASTERDOWN Link with MASTER is down/);
  t.equal(got[2], `75 ${says("ERR max number of clients reached")}`);
  t.equal(got[3], "75 the cluster is down: cluster_state is fail");
});

both("redis sees through a Sentinel, and passes on a replica that has all", async (t, preflight) => {
  const master = await started(t);
  const replica = await started(t, ["--replicaof", "127.0.0.1", `${master.port}`]);
  while (!(await replica.command("ROLE")).includes("connected")) await new Promise((done) => setTimeout(done, 20));
  const dir = mkdtempSync(join(tmpdir(), "r")); // it writes into its configuration whenever it likes
  t.teardown(() => {
    rmSync(dir, { recursive: true });
  });
  const conf = join(dir, "sentinel.conf");
  writeFileSync(conf, `sentinel monitor m 127.0.0.1 ${master.port} 1\n`);
  const sentinel = await started(t, ["--sentinel"], conf);
  const got = await looks(t, preflight, [
    { redis: `127.0.0.1:${replica.port}` },
    { redis: `127.0.0.1:${sentinel.port}` },
    { redis: `127.0.0.1:${sentinel.port}`, level: "speaks" },
  ]);
  t.same(got, [PASSED, "78 is a Sentinel, and no data server | ask it by level: speaks", PASSED]);
});

both("redis waits while a real server loads, and the command starts when it has", async (t, preflight) => {
  const dir = mkdtempSync(join(tmpdir(), "r"));
  t.teardown(() => {
    rmSync(dir, { recursive: true });
  });
  const first = await started(t, ["--dir", dir, "--requirepass", "secret", "--rdbcompression", "no"]);
  const socket = connect(first.port, "127.0.0.1");
  await once(socket, "connect");
  const sets = Array.from({ length: 40 }, (_, i) => `SET k${i} ${"v".repeat(200)}\r\n`).join("");
  socket.write(`AUTH secret\r\n${sets}SAVE\r\n`);
  for (let text = ""; text.split("+OK").length < 43;) text += String((await once(socket, "data"))[0]);
  socket.write("SHUTDOWN NOSAVE\r\n");
  await once(socket, "close");
  const slow = ["--key-load-delay", "40000", "--loading-process-events-interval-bytes", "1024"];
  const second = await started(t, ["--dir", dir, "--requirepass", "secret", ...slow], "", /Server initialized/);
  const run = preflight.start([`redis://:secret@127.0.0.1:${second.port}`, "--", "echo", "started"]);
  await run.says(`waiting: ${says("LOADING Redis is loading the dataset in memory")}`);
  const r = await run.ended;
  t.equal(r.stdout, "started\n");
  t.notMatch(r.stderr, "secret");
});

both("redis refuses a configuration that cannot be meant, and shows no password", async (t, preflight) => {
  const hosts = 'redis must have hosts with their ports, host:port: "/", "?" and "#" in a password are percent-encoded';
  const cases: readonly (readonly [Item, string])[] = [
    [
      { redis: "amqp://u:hunter2@h" },
      'redis must be a redis://, valkey://, rediss:// or valkeys:// URL: got "amqp://***@h"',
    ],
    [{ redis: "redis://u:hun/ter2@h" }, `${hosts}: got "redis://***@h"`],
    [{ redis: "redis://" }, 'redis must name a host: got "redis://"'],
    [{ redis: "h:1", level: "alive" }, 'level must be speaks or ready: got "alive"'],
    [{ redis: "redis://h/zero" }, "redis must have a number of a database as its path"],
    [{ redis: "redis://:hunter2@h/1", database: 2 }, "database is in the redis URL too: say it once"],
    [{ redis: "redis://:hunter2@h", password: "x" }, "password is in the redis URL too: say it once"],
    [{ redis: "h:1", key: "a", cert: "/dev/null" }, 'cert "/dev/null" is empty'],
  ];
  const cwd = t.testdir({ "preflight.yaml": `checks:\n${cases.map(([i]) => `  - ${JSON.stringify(i)}\n`).join("")}` });
  const r = await preflight.run(["explain"], { cwd });
  t.equal(r.code, 78);
  const lines = r.stderr.trimEnd().split("\n");
  t.same(
    lines.map((line) => line.replace(/^preflight\.yaml:\d+:\d+: /, "")),
    cases.map(([, want]) => want),
  );
  const good = await preflight.run(["explain", "redis://app:hunter2@cache/1"], { cwd: "/" });
  t.match(good.stdout, /^redis cache:6379\/1 /);
  t.notMatch(good.stdout, "hunter2");
});
