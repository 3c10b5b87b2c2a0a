import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { t as all, type Test } from "tap";
import { both } from "../support/artifacts.ts";
import { issue } from "../support/certificates.ts";
import { daemon, gone, room } from "../support/daemon.ts";
import { free } from "../support/local.ts";
import { looks, PASSED, type Item } from "../support/looks.ts";
import { serving } from "../support/servers.ts";
import { answer, answering, breaks, holds, refusals, verdicts, type Usual, type Want } from "../support/web.ts";

all.setTimeout(180_000);

const QUORUM = '75 has no quorum: health is "false"';
const SILENT = "75 no answer within 500ms";
const DENIED = '78 status 400: the server says "etcdserver: authentication failed, invalid user ID or password"';
const NAMELESS = '78 status 400: the server says "etcdserver: user name is empty" | give "user" and "password"';
const speaks = { level: "speaks" };
const root = { user: "root", password: "secret" };
const quick = { timeout: "500ms" };

const WANT: Want = {
  "auth-missing": [{ key: "foo" }, NAMELESS],
  "auth-ok": [root, PASSED],
  "auth-wrong": [{ ...root, password: "bad" }, DENIED],
  "health-auth-enabled": [{}, PASSED],
  "health-no-leader": [quick, SILENT],
  "health-ok": [{}, PASSED],
  "health-quorum-lost": [{}, QUORUM],
  "health-quorum": [{}, PASSED],
  readyz: [{}, PASSED],
  "v3-range": [{ key: "foo" }, '75 key "foo" does not exist'],
  "v3-status": [{}, PASSED],
  "version-no-leader": [{ ...speaks, ...quick }, SILENT],
  "version-quorum-lost": [speaks, PASSED],
  version: [speaks, PASSED],
};
const usual: Usual = () => answer(200, { health: "true" });
/** /readyz is not asked, for 3.4 has none; the key was not there when v3-range was recorded; that /version says nothing of a quorum is why it is not asked for "ready". */
const OTHERS = ["readyz", "version-quorum-lost", "v3-range"];

both("etcd comes to the recorded verdict on every transcript, however its bytes are cut", async (t, preflight) => {
  await holds(t, preflight, "etcd", WANT, usual, OTHERS);
});

both("etcd comes to no verdict but wait where any answer breaks off", async (t, preflight) => {
  await breaks(t, preflight, "etcd", WANT, usual);
});

// --- a real server ---

interface Member {
  readonly port: number;
  readonly stop: () => Promise<void>;
}

/** Starts members of one cluster; of `of` that should be. */
async function members(
  t: Test,
  count: number,
  of = count,
  more: readonly string[] = [],
  scheme = "http",
): Promise<readonly Member[]> {
  const ports: { readonly client: number; readonly peer: number }[] = [];
  for (let i = 0; i < of; i++) ports.push({ client: await free(), peer: await free() });
  const cluster = ports.map((p, i) => `m${i}=http://127.0.0.1:${p.peer}`).join(",");
  const started = ports.slice(0, count).map(async ({ client, peer }, i): Promise<Member> => {
    const own = `${scheme}://127.0.0.1:${client}`;
    const args = [
      "--name",
      `m${i}`,
      "--data-dir",
      room(t),
      "--listen-client-urls",
      own,
      "--advertise-client-urls",
      own,
    ];
    const peers = [`http://127.0.0.1:${peer}`, "--initial-cluster", cluster, "--heartbeat-interval", "50"];
    args.push("--election-timeout", "500", "--listen-peer-urls", `http://127.0.0.1:${peer}`);
    args.push("--initial-advertise-peer-urls", ...peers, "--unsafe-no-fsync", ...more);
    const child = await daemon(
      t,
      client,
      "etcd",
      args.filter((a) => a !== "--unsafe-no-fsync"),
    );
    return { port: client, stop: () => gone(child) };
  });
  return Promise.all(started);
}

async function asked(port: number, path: string, body: object, token = ""): Promise<Record<string, string>> {
  const headers: Record<string, string> = token === "" ? {} : { authorization: token };
  for (;;) {
    const r = await fetch(`http://127.0.0.1:${port}/v3/${path}`, {
      method: "POST",
      body: JSON.stringify(body),
      headers,
    });
    if (r.status === 200) return (await r.json()) as Record<string, string>;
    await new Promise((done) => setTimeout(done, 50)); // it has no leader yet
  }
}
const b64 = (text: string): string => Buffer.from(text).toString("base64");

both("etcd passes on a real server by its login and key, and says what is wrong with them", async (t, preflight) => {
  const [open, closed] = [await members(t, 1), await members(t, 1)];
  const u = `127.0.0.1:${open[0]?.port}`;
  const port = closed[0]?.port ?? 0;
  await asked(open[0]?.port ?? 0, "kv/put", { key: b64("app/config ü"), value: b64("x") });
  await asked(port, "auth/user/add", { name: "root", password: "p@ss w/rd" });
  await asked(port, "auth/user/add", { name: "app", password: "hunter22" });
  await asked(port, "auth/user/grant", { user: "root", role: "root" });
  await asked(port, "auth/enable", {});
  const c = `127.0.0.1:${port}`;
  const cases: readonly (readonly [Item, string | RegExp])[] = [
    [{ etcd: u }, PASSED],
    [{ etcd: `etcd://${u}` }, PASSED],
    [{ etcd: `http://${u}/` }, PASSED],
    [{ etcd: u, ...speaks }, PASSED],
    [{ etcd: u, key: "app/config ü" }, PASSED],
    [{ etcd: `127.0.0.1:1,${u}` }, PASSED],
    [{ etcd: c }, PASSED],
    [{ etcd: c, user: "root", password: "p@ss w/rd" }, PASSED],
    [{ etcd: `http://root:${encodeURIComponent("p@ss w/rd")}@${c}` }, PASSED],
    [{ etcd: u, key: "app" }, '75 key "app" does not exist'],
    [{ etcd: c, user: "root", password: "p@ss w/rd", key: "app" }, '75 key "app" does not exist'],
    [{ etcd: c, user: "root", password: "wrong" }, DENIED],
    [{ etcd: c, user: "nobody", password: "hunter22" }, DENIED],
    [{ etcd: c, key: "app" }, NAMELESS],
    [
      { etcd: c, user: "app", password: "hunter22", key: "app" },
      '78 status 403: the server says "etcdserver: permission denied" | this user may not read the key',
    ],
    [
      { etcd: u, ...root },
      /^78 status 4(?:12|00): the server says "etcdserver: authentication is not enabled" \| it has no users: leave "user" out$/,
    ],
    [{ etcd: "127.0.0.1:1" }, "75 connection refused"],
    [{ etcd: `127.0.0.1:1,127.0.0.1:2` }, "75 127.0.0.1:1: connection refused; 127.0.0.1:2: connection refused"],
  ];
  await verdicts(t, preflight, cases);
});

both(
  "etcd waits where its port is open and its cluster has no quorum, at the start and later",
  async (t, preflight) => {
    const [alone, three] = await Promise.all([members(t, 1, 3), members(t, 3)]);
    const items: readonly Item[] = [
      { etcd: `127.0.0.1:${alone[0]?.port}`, timeout: "1s" },
      { etcd: `127.0.0.1:${alone[0]?.port}`, timeout: "1s", ...speaks },
      { etcd: `127.0.0.1:${three[0]?.port}`, timeout: "8s" },
      { etcd: `127.0.0.1:${three[0]?.port}`, timeout: "8s", ...speaks },
    ];
    const run = preflight.start([`etcd:127.0.0.1:${three[0]?.port}`, "--", "echo", "started"]);
    t.equal((await run.ended).stdout, "started\n", "it waits until there is a leader");
    const silent = "75 no answer within 1s";
    t.same(await looks(t, preflight, items), [silent, silent, PASSED, PASSED]);
    await three[1]?.stop();
    await three[2]?.stop();
    const [, , ready, alive] = await looks(t, preflight, items);
    t.match(ready, /^75 (?:has no quorum: health is "false"(?: \(".*"\))?|no answer within 8s)$/);
    t.equal(alive, PASSED, "trap 20: /version is answered without a quorum");
    await three[0]?.stop();
    t.equal((await looks(t, preflight, items))[2], "75 connection refused", "it is gone");
  },
);

both("etcd over TLS: verified, with a client certificate, and told where the other was asked", async (t, preflight) => {
  const ca = issue({ subject: "Test CA", ca: true });
  const server = issue({ by: ca, names: ["localhost", "127.0.0.1"] });
  const client = issue({ by: ca, subject: "client", use: "client" });
  const dir = room(t);
  for (const [name, text] of [
    ["ca", ca.cert],
    ["crt", server.cert],
    ["key", server.key],
  ] as const)
    writeFileSync(join(dir, name), text);
  const files = ["--cert-file", join(dir, "crt"), "--key-file", join(dir, "key")];
  const strict = [...files, "--trusted-ca-file", join(dir, "ca"), "--client-cert-auth"];
  const [a, b] = [await members(t, 1, 1, files, "https"), await members(t, 1, 1, strict, "https")];
  const [loose, closed] = [`127.0.0.1:${a[0]?.port}`, `127.0.0.1:${b[0]?.port}`];
  const got = await looks(
    t,
    preflight,
    [
      { etcd: `https://${loose}`, ca: ca.cert },
      { etcd: loose, tls: true, ca: ca.cert },
      { etcd: `https://${closed}`, ca: ca.cert, cert: client.cert + client.key },
      { etcd: `https://${closed}`, ca: ca.cert },
      { etcd: `https://${loose}` },
      { etcd: loose },
    ].map((i) => ({ timeout: "8s", ...i })),
  );
  t.same(got.slice(0, 3), [PASSED, PASSED, PASSED]);
  t.match(got[3], /^78 the server ends TLS: (?:bad certificate \(alert 42\)|certificate required \(alert 116\))/);
  t.match(got[4], /^78 its certificate is not trusted: its issuer "Test CA" is not known here \| /);
  t.equal(
    got[5],
    "75 connection closed without an answer | so does a proxy with no server behind it, and a port that wants TLS",
  );
});

both("etcd says what is no etcd, and shows no password that a server repeats", async (t, preflight) => {
  const other = await answering(t, () => answer(200, "<html>Welcome to nginx!"));
  const proxy = await answering(t, () => answer(502, "<html>Bad gateway"));
  const echo = await answering(t, (line, _, body) =>
    line.includes("health") ? usual(line) : answer(500, { error: `bad ${body}` }),
  );
  const closing = await serving(t, (s) => s.end());
  const ssh = await serving(t, (s) => s.end("SSH-2.0-OpenSSH_9.2\r\n"));
  const got = await looks(t, preflight, [
    { etcd: `127.0.0.1:${other}` },
    { etcd: `127.0.0.1:${proxy}` },
    { etcd: `127.0.0.1:${echo}`, user: "app", password: "hunter22" },
    { etcd: `127.0.0.1:${closing}` },
    { etcd: `127.0.0.1:${ssh}` },
  ]);
  t.same(got, [
    '78 does not speak etcd: status 200, and it says "<html>Welcome to nginx!"',
    "75 status 502",
    '75 status 500: the server says "bad {"name":"app","password":"***"}"',
    "75 connection closed without an answer | so does a proxy with no server behind it, and a port that wants TLS",
    '78 does not speak HTTP: it says "SSH-2.0-OpenSSH_9.2"',
  ]);
});

both("etcd refuses a configuration that cannot be meant, and shows no password", async (t, preflight) => {
  await refusals(t, preflight, [
    [{ etcd: "redis://u:hunter2@h" }, 'etcd must be an etcd://, http:// or https:// URL: got "redis://***@h"'],
    [{ etcd: "http://" }, 'etcd must name a host: got "http://"'],
    [{ etcd: "h:1", level: "alive" }, 'level must be speaks or ready: got "alive"'],
    [{ etcd: "http://a:hunter2@h", password: "x" }, "password is in the etcd URL too: say it once"],
    [{ etcd: "h:1", ca: "-----BEGIN X-----" }, "ca breaks off: what begins in line 1 has no end"],
  ]);
});
