import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { t as all, type Test } from "tap";
import { both } from "../support/artifacts.ts";
import { issue } from "../support/certificates.ts";
import { daemon, gone, room } from "../support/daemon.ts";
import { free } from "../support/local.ts";
import { looks, PASSED } from "../support/looks.ts";
import { answer, answering, breaks, holds, refusals, verdicts, type Usual, type Want } from "../support/web.ts";

all.setTimeout(180_000);

const says = (status: number, words: string): string => `status ${status}: the server says "${words}"`;
const old = (number: number, words: string): string =>
  `Code: ${number}, e.displayText() = DB::Exception: ${words}, e.what() = DB::Exception`;

const WANT: Want = {
  "http-auth-ok": [{ user: "bob", password: "secret" }, PASSED],
  "http-auth-wrong": [
    { user: "bob", password: "bad" },
    `78 ${says(401, old(193, "Wrong password for user bob"))} | the password is wrong`,
  ],
  "http-db-missing": [
    { database: "nope" },
    `78 ${says(404, old(81, "Database nope doesn't exist"))} | it has no such database`,
  ],
  "http-ping": [{ level: "speaks" }, PASSED],
  "http-replicas-status": [{}, PASSED],
  "http-root": [{}, '78 does not speak ClickHouse: status 200, and it says "Ok."'],
  "http-select1": [{}, PASSED],
  "http-table-exists": [{ table: "system.one" }, PASSED],
  "http-table-missing": [{ table: "system.nope" }, '75 table "system.nope" does not exist'],
  "http-user-ip": [
    { user: "far", password: "secret" },
    /^78 status 500: the server says "Code: 195, .* \| this user may not come from this address$/,
  ],
  "http-user-unknown": [{ user: "nobody" }, `78 ${says(401, old(192, "Unknown user nobody"))} | it has no such user`],
};
const usual: Usual = () => answer(200, "1\n");

both(
  "clickhouse comes to the recorded verdict on every transcript, however its bytes are cut",
  async (t, preflight) => {
    await holds(t, preflight, "clickhouse", WANT, usual, ["http-root"]); // "/" answers anybody, and is not asked
  },
);

both("clickhouse comes to no verdict but wait where any answer breaks off", async (t, preflight) => {
  await breaks(t, preflight, "clickhouse", WANT, usual);
});

// --- a real server ---

interface Server {
  readonly at: string;
  readonly native: string;
  readonly secure: string;
  readonly stop: () => Promise<void>;
}

async function server(t: Test, tls: { readonly cert: string; readonly key: string }, more = ""): Promise<Server> {
  const [http, https, tcp, inter] = [await free(), await free(), await free(), await free()];
  const dir = room(t);
  const file = (name: string, text: string): string => {
    writeFileSync(join(dir, name), text);
    return join(dir, name);
  };
  const user = (name: string, password: string, ip: string): string =>
    `<${name}><password>${password}</password><networks><ip>${ip}</ip></networks><profile>default</profile><quota>default</quota></${name}>`;
  const users = file(
    "users.xml",
    `<yandex><profiles><default/></profiles><quotas><default/></quotas><users>${user("default", "", "::/0")}${user("bob", "p@ss w/rd", "::/0")}${user("far", "secret", "10.0.0.1")}</users></yandex>`,
  );
  const ssl = `<openSSL><server><certificateFile>${file("crt", tls.cert)}</certificateFile><privateKeyFile>${file("key", tls.key)}</privateKeyFile><verificationMode>none</verificationMode></server></openSSL>`;
  const ports = `<http_port>${http}</http_port><https_port>${https}</https_port><tcp_port>${tcp}</tcp_port><interserver_http_port>${inter}</interserver_http_port>`;
  const config = `<yandex><listen_host>127.0.0.1</listen_host>${ports}${ssl}${more}<path>${dir}/data/</path><tmp_path>${dir}/tmp/</tmp_path><users_config>${users}</users_config><default_profile>default</default_profile><default_database>default</default_database><mark_cache_size>5368709</mark_cache_size><logger><level>warning</level><console>1</console></logger></yandex>`;
  const child = await daemon(t, http, "clickhouse-server", ["--config-file", file("config.xml", config)], dir);
  return { at: `127.0.0.1:${http}`, native: `127.0.0.1:${tcp}`, secure: `localhost:${https}`, stop: () => gone(child) };
}

both(
  "clickhouse passes on a real server by its login, database and table, and says what is wrong",
  async (t, preflight) => {
    const ca = issue({ subject: "Test CA", ca: true });
    const s = await server(t, issue({ by: ca, names: ["localhost"], key: "rsa2048" }));
    const odd = "odd `name\\";
    const create = "CREATE TABLE default.`odd \\`name\\\\` (a UInt8) ENGINE = Memory";
    const made = await fetch(`http://${s.at}/`, { method: "POST", body: create });
    t.equal(made.status, 200, await made.text());
    const bob = { user: "bob", password: "p@ss w/rd" };
    await verdicts(t, preflight, [
      [{ clickhouse: s.at }, PASSED],
      [{ clickhouse: s.at, level: "speaks" }, PASSED],
      [{ clickhouse: `clickhouse://${s.at}/system`, table: "one" }, PASSED],
      [{ clickhouse: `clickhouse+http://${s.at}`, database: "system", table: "one" }, PASSED],
      [{ clickhouse: s.at, table: odd }, PASSED],
      [{ clickhouse: s.at, table: "system.one", ...bob }, PASSED],
      [
        {
          clickhouse: `http://${s.at}/?user=bob&password=${encodeURIComponent("p@ss w/rd")}&database=system`,
          table: "one",
        },
        PASSED,
      ],
      [{ clickhouse: `https://${s.secure}`, ca: ca.cert }, PASSED],
      [{ clickhouse: `clickhouse+https://${s.secure}`, ca: ca.cert, ...bob }, PASSED],
      [{ clickhouse: s.at, table: "nope" }, '75 table "nope" does not exist'],
      [
        { clickhouse: s.at, database: "nope" },
        `78 ${says(404, old(81, "Database nope doesn't exist"))} | it has no such database`,
      ],
      [
        { clickhouse: s.at, user: "bob", password: "hunter22" },
        `78 ${says(401, old(193, "Wrong password for user bob"))} | the password is wrong`,
      ],
      [{ clickhouse: s.at, user: "nobody" }, `78 ${says(401, old(192, "Unknown user nobody"))} | it has no such user`],
      [{ clickhouse: s.at, user: "far", password: "secret" }, /^78 status 500: the server says "Code: 195, /],
      [
        { clickhouse: s.native },
        /^75 status 400: the server says "Port \d+ is for clickhouse-client program.\\r\\nYou must use port \d+ for HTTP."$/,
      ],
      [
        { clickhouse: s.secure },
        /^75 connection (?:closed|reset) without an answer \| so does a proxy .*, and a port that wants TLS$/,
      ],
      [
        { clickhouse: `https://${s.at}`, insecure: true },
        /^78 speaks no TLS, and that was asked: it says "HTTP\/1\.[01] (?:400 Bad Request|501 Not Implemented)"/,
      ],
      [{ clickhouse: "127.0.0.1:1" }, "75 connection refused"],
    ]);
    await s.stop();
    t.equal((await looks(t, preflight, [{ clickhouse: s.at }]))[0], "75 connection refused", "it is gone");
  },
);

both("clickhouse understands what newer servers say, and waits where they may come round", async (t, preflight) => {
  const now = (number: number, words: string, name: string): string =>
    `Code: ${number}. DB::Exception: ${words}. (${name}) (version 24.8.4.13)\n`;
  const cases: readonly (readonly [string, RegExp])[] = [
    [
      answer(
        403,
        now(
          516,
          "default: Authentication failed: password is incorrect, or there is no user with such name",
          "AUTHENTICATION_FAILED",
        ),
      ),
      /^78 status 403: the server says "Code: 516\. .* \| user or password is wrong$/,
    ],
    [
      answer(500, now(202, "Too many simultaneous queries", "TOO_MANY_SIMULTANEOUS_QUERIES")),
      /^75 status 500: the server says "Code: 202\. /,
    ],
    [
      answer(500, now(497, "bob: Not enough privileges", "ACCESS_DENIED")),
      /^78 status 500: .* \| this user may not read it$/,
    ],
    [
      answer(500, now(999, "Coordination::Exception", "KEEPER_EXCEPTION")),
      /^75 status 500: the server says "Code: 999\. /,
    ],
    [answer(503, "<html>"), /^75 status 503$/],
    [answer(401), /^78 status 401 \| no credentials were sent$/],
    [answer(200, "<html>Hi"), /^78 does not speak ClickHouse: status 200, and it says "<html>Hi"$/],
  ];
  const ports: number[] = [];
  for (const [text] of cases) ports.push(await answering(t, () => text));
  await verdicts(
    t,
    preflight,
    cases.map(([, want], i) => [{ clickhouse: `127.0.0.1:${ports[i]}` }, want] as const),
  );
});

both("clickhouse refuses a configuration that cannot be meant, and shows no password", async (t, preflight) => {
  await refusals(t, preflight, [
    [{ clickhouse: "http://u:hunter2@h/db", database: "x" }, "database is in the clickhouse URL too: say it once"],
    [
      { clickhouse: "mysql://u:hunter2@h" },
      'clickhouse must be a clickhouse://, http:// or https:// URL: got "mysql://***@h"',
    ],
  ]);
});
