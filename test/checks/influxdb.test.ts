import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { t as all, type Test } from "tap";
import { both } from "../support/artifacts.ts";
import { daemon, gone, room } from "../support/daemon.ts";
import { free } from "../support/local.ts";
import { looks, PASSED } from "../support/looks.ts";
import { answer, answering, breaks, holds, refusals, verdicts, type Usual, type Want } from "../support/web.ts";

all.setTimeout(180_000);

const version = "X-Influxdb-Version: 1.6.7\r\n";
const login = { user: "admin", password: "secret" };
const FIRST =
  '78 status 403: the server says "error authorizing query: create admin user first or disable authentication" | the credentials are not accepted';
const DENIED = '78 status 401: the server says "authorization failed" | the credentials are not accepted';

const WANT: Want = {
  health: [{}, PASSED],
  "ping-auth-enabled": [{ level: "speaks" }, PASSED],
  "ping-verbose": [{ level: "speaks" }, PASSED],
  ping: [{}, PASSED],
  "query-auth-ok": [login, PASSED],
  "query-auth-wrong": [{ ...login, password: "bad" }, DENIED],
  "query-noauth": [login, FIRST],
};
const usual: Usual = (line) => (line === "GET /ping" ? answer(204, "", version) : answer(404, "404 page not found\n"));

both("influxdb comes to the recorded verdict on every transcript, however its bytes are cut", async (t, preflight) => {
  await holds(t, preflight, "influxdb", WANT, usual, ["health"]); // there is none before 1.8, and that is no failure
});

both("influxdb comes to no verdict but wait where any answer breaks off", async (t, preflight) => {
  await breaks(t, preflight, "influxdb", WANT, usual);
});

// --- a real server, version 1 ---

async function influxd(t: Test, auth: boolean): Promise<{ readonly at: string; readonly stop: () => Promise<void> }> {
  const [port, rpc] = [await free(), await free()];
  const dir = room(t);
  writeFileSync(join(dir, "empty"), "");
  const settings = { META_DIR: `${dir}/m`, DATA_DIR: `${dir}/d`, DATA_WAL_DIR: `${dir}/w`, REPORTING_DISABLED: "true" };
  const http = {
    HTTP_BIND_ADDRESS: `127.0.0.1:${port}`,
    BIND_ADDRESS: `127.0.0.1:${rpc}`,
    HTTP_AUTH_ENABLED: `${auth}`,
  };
  const env = Object.entries({ ...settings, ...http }).map(([name, value]) => `INFLUXDB_${name}=${value}`);
  const child = await daemon(t, port, "env", [...env, `HOME=${dir}`, "influxd", "run", "-config", join(dir, "empty")]);
  return { at: `127.0.0.1:${port}`, stop: () => gone(child) };
}

async function query(at: string, q: string, user = "", password = ""): Promise<void> {
  const headers: Record<string, string> =
    user === "" ? {} : { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}` };
  const r = await fetch(`http://${at}/query?q=${encodeURIComponent(q)}`, { method: "POST", headers });
  if (r.status !== 200) throw new Error(await r.text());
}

both("influxdb passes on a real server by its login and database, and says what is wrong", async (t, preflight) => {
  const [open, closed] = [await influxd(t, false), await influxd(t, true)];
  await query(open.at, "CREATE DATABASE metrics");
  await verdicts(t, preflight, [[{ influxdb: closed.at, ...login }, FIRST]]);
  await query(closed.at, "CREATE USER admin WITH PASSWORD 'p@ss w/rd' WITH ALL PRIVILEGES");
  await query(closed.at, "CREATE DATABASE metrics", "admin", "p@ss w/rd");
  await query(closed.at, "CREATE USER app WITH PASSWORD 'hunter22'", "admin", "p@ss w/rd");
  const password = "p@ss w/rd";
  await verdicts(t, preflight, [
    [{ influxdb: open.at }, PASSED],
    [{ influxdb: open.at, level: "speaks" }, PASSED],
    [{ influxdb: `influxdb://${open.at}/metrics` }, PASSED],
    [{ influxdb: closed.at }, PASSED],
    [{ influxdb: closed.at, user: "admin", password, database: "metrics" }, PASSED],
    [{ influxdb: `http://admin:${encodeURIComponent(password)}@${closed.at}` }, PASSED],
    [{ influxdb: `${open.at}/nope` }, '75 the server says "database not found: nope"'],
    [{ influxdb: closed.at, ...login }, DENIED],
    [
      { influxdb: closed.at, database: "metrics" },
      '78 status 401: the server says "unable to parse authentication credentials" | no credentials were sent',
    ],
    [
      { influxdb: closed.at, user: "app", password: "hunter22", database: "metrics" },
      /^78 status 403: the server says "error authorizing query: app not authorized to execute statement/,
    ],
    [
      { influxdb: `https://${open.at}`, insecure: true },
      /^7[58] (?:speaks no TLS|connection (?:closed|reset) in the TLS handshake)/,
    ],
    [{ influxdb: "127.0.0.1:1" }, "75 connection refused"],
  ]);
  await open.stop();
  t.equal((await looks(t, preflight, [{ influxdb: open.at }]))[0], "75 connection refused", "it is gone");
});

// --- versions 2 and 3, as their API documents describe them: no real one could be had ---

both("influxdb 2 waits until it is healthy, and takes a token and its bucket", async (t, preflight) => {
  const own = "X-Influxdb-Version: v2.7.1\r\n";
  const state = { status: 503, body: { name: "influxdb", message: "not ready yet", status: "fail" } };
  const at = `127.0.0.1:${await answering(t, (line, head) => {
    if (line === "GET /ping") return answer(204, "", own);
    if (line === "GET /health") return answer(state.status, state.body, own);
    if (!head.includes("authorization: Token good-token"))
      return answer(401, { code: "unauthorized", message: "unauthorized access" });
    if (line === "GET /api/v2/buckets?limit=1&name=my%20bucket" || line === "GET /api/v2/buckets?limit=1")
      return answer(200, { links: {}, buckets: [{ name: "my bucket" }] });
    return answer(404, { code: "not found", message: 'bucket "nope" not found' });
  })}`;
  const run = preflight.start([`influxdb:${at}`, "--", "echo", "started"]);
  await run.says('waiting: status 503: the server says "not ready yet"');
  state.status = 200;
  state.body = { name: "influxdb", message: "ready for queries and writes", status: "pass" };
  t.equal((await run.ended).stdout, "started\n");
  const token = "good-token";
  await verdicts(t, preflight, [
    [{ influxdb: at, token }, PASSED],
    [{ influxdb: at, token, bucket: "my bucket" }, PASSED],
    [{ influxdb: at, token, bucket: "nope" }, '75 status 404: the server says "bucket "nope" not found"'],
    [
      { influxdb: at, token: "bad-token" },
      '78 status 401: the server says "unauthorized access" | the credentials are not accepted',
    ],
  ]);
});

both("influxdb 3 says that it wants a token, and what is no InfluxDB is named", async (t, preflight) => {
  const three = await answering(t, (line, head) => {
    if (!head.includes("authorization: Token apiv3_x"))
      return answer(401, { error: "the request was not authenticated" });
    return line === "GET /health" ? answer(200, "OK") : answer(200, { version: "3.0" }, "x-influxdb-version: 3.0\r\n");
  });
  const other = await answering(t, () => answer(204));
  await verdicts(t, preflight, [
    [
      { influxdb: `127.0.0.1:${three}` },
      '78 status 401: the server says "the request was not authenticated" | no credentials were sent',
    ],
    [{ influxdb: `127.0.0.1:${three}`, token: "apiv3_x", level: "speaks" }, PASSED],
    [{ influxdb: `127.0.0.1:${other}` }, "78 does not speak InfluxDB: status 204, and it says nothing"],
  ]);
});

both("influxdb refuses a configuration that cannot be meant, and shows no password", async (t, preflight) => {
  await refusals(t, preflight, [
    [{ influxdb: "h:1", bucket: "b" }, 'bucket needs a "token"'],
    [{ influxdb: "http://u:hunter2@h/db", database: "x" }, "database is in the influxdb URL too: say it once"],
    [{ influxdb: "h:1", user: "a:b", password: "hunter2" }, 'user must have no ":": Basic cannot send one (RFC 7617)'],
  ]);
});
