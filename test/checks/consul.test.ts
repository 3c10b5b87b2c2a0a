import { t as all, type Test } from "tap";
import { both } from "../support/artifacts.ts";
import { issue } from "../support/certificates.ts";
import { looks, PASSED } from "../support/looks.ts";
import { secured } from "../support/servers.ts";
import { answer, answering, refusals, requests, verdicts } from "../support/web.ts";

all.setTimeout(180_000);

/** An agent as Consul's API documents describe it; "plain" has no ACLs. No real one could be had. */
function agent(t: Test, state: { leader: string; plain?: boolean }): Promise<number> {
  return answering(t, (line, head) => {
    const token = /x-consul-token: (\S+)/.exec(head)?.[1] ?? "";
    if (line === "GET /v1/status/leader") return state.leader;
    if (line === "GET /v1/acl/token/self" && state.plain === true) return answer(401, "ACL support disabled");
    if (token === "wrong") return answer(403, "ACL not found");
    if (line === "GET /v1/acl/token/self") return answer(200, { AccessorID: "6a1253d2", SecretID: token });
    if (token === "weak") return answer(403, "Permission denied: token lacks permission 'key:read' on \"a/b\"");
    if (line === "GET /v1/kv/a/b%20c") return answer(200, [{ Key: "a/b c", Value: null, LockIndex: 0 }]);
    if (line === "GET /v1/health/service/web?passing=1") return answer(200, [{ Node: {}, Service: {}, Checks: [] }]);
    return line.startsWith("GET /v1/kv/") ? answer(404) : answer(200, "[]");
  });
}

both("consul passes where there is a leader, and by its token, service and key", async (t, preflight) => {
  const at = `127.0.0.1:${await agent(t, { leader: answer(200, '"127.0.0.1:8300"\n') })}`;
  const plain = `127.0.0.1:${await agent(t, { leader: answer(200, '"[::1]:8300"'), plain: true })}`;
  const token = "s3cret-token";
  const denied = 'the server says "Permission denied: token lacks permission \'key:read\' on "a/b""';
  await verdicts(t, preflight, [
    [{ consul: at }, PASSED],
    [{ consul: `consul://${at}`, level: "speaks" }, PASSED],
    [{ consul: `http://${at}`, token, service: "web", key: "a/b c" }, PASSED],
    [{ consul: plain, token: "any-token" }, PASSED],
    [{ consul: `127.0.0.1:1,${at}` }, PASSED],
    [{ consul: at, key: "none" }, '75 key "none" does not exist'],
    [{ consul: at, service: "db" }, '75 service "db" has no instance that passes'],
    [{ consul: at, token: "wrong" }, '78 status 403: the server says "ACL not found" | there is no such token'],
    [{ consul: at, token: "weak", key: "a/b" }, `78 status 403: ${denied} | the token's policies do not allow it`],
    [{ consul: "127.0.0.1:1" }, "75 connection refused"],
  ]);
});

both('trap 30: consul waits where the leader is "" with status 200', async (t, preflight) => {
  const state = { leader: answer(200, '""\n') };
  const at = `127.0.0.1:${await agent(t, state)}`;
  const run = preflight.start([`consul:${at}`, "--", "echo", "started"]);
  await run.says("waiting: its cluster has no leader");
  t.equal((await looks(t, preflight, [{ consul: at, level: "speaks" }]))[0], PASSED);
  state.leader = answer(200, '"127.0.0.1:8300"');
  t.equal((await run.ended).stdout, "started\n");
});

both("consul waits while an agent knows no server, and says what is no Consul", async (t, preflight) => {
  const cases: readonly (readonly [string, string])[] = [
    [answer(500, "No known Consul servers"), '75 status 500: the server says "No known Consul servers"'],
    [answer(500, "No cluster leader"), '75 status 500: the server says "No cluster leader"'],
    [answer(429, "rate limit"), '75 status 429: the server says "rate limit"'],
    [answer(503, "<html>"), "75 status 503"],
    [answer(403, "ACL not found"), '78 status 403: the server says "ACL not found" | there is no such token'],
    [answer(200, "<html>Hello"), '78 does not speak Consul: status 200, and it says "<html>Hello"'],
    [answer(204), "78 does not speak Consul: status 204, and it says nothing"],
    [answer(400, "Client sent an HTTP request to an HTTPS server.\n"), "78 speaks TLS, http was asked | tls: true"],
  ];
  const ports: number[] = [];
  for (const [leader] of cases) ports.push(await agent(t, { leader }));
  await verdicts(
    t,
    preflight,
    cases.map(([, want], i) => [{ consul: `127.0.0.1:${ports[i]}` }, want] as const),
  );
});

both("consul over TLS is verified, and its URL's user is sent as Basic to a proxy", async (t, preflight) => {
  const ca = issue({ subject: "Test CA", ca: true });
  const server = issue({ by: ca, names: ["localhost"] });
  const port = await secured(t, { cert: server.cert, key: server.key }, (socket) => {
    requests(socket, (_, head) => {
      const login = /authorization: Basic (\S+)/.exec(head)?.[1] ?? "";
      const known = Buffer.from(login, "base64").toString() === "proxy:hunter22";
      socket.end(known ? answer(200, '"127.0.0.1:8300"') : answer(401, "who?"));
    });
  });
  await verdicts(t, preflight, [
    [{ consul: `https://proxy:hunter22@localhost:${port}`, ca: ca.cert }, PASSED],
    [
      { consul: `localhost:${port}`, tls: true, ca: ca.cert },
      '78 status 401: the server says "who?" | no credentials were sent',
    ],
    [
      { consul: `https://proxy:wrong@localhost:${port}`, ca: ca.cert },
      '78 status 401: the server says "who?" | the credentials are not accepted',
    ],
    [
      { consul: `https://localhost:${port}` },
      /^78 its certificate is not trusted: its issuer "Test CA" is not known here/,
    ],
  ]);
});

both("consul refuses a configuration that cannot be meant, and shows no token", async (t, preflight) => {
  await refusals(t, preflight, [
    [{ consul: "h:1", password: "a" }, 'unknown key "password" in a consul check'],
    [{ consul: "h:1", token: "a\nb" }, "token holds a line end, which would begin another header"],
    [{ consul: "http://u:hunter2@h", token: "t" }, 'token goes not with "user": say one'],
    [{ consul: "ftp://u:hunter2@h" }, 'consul must be a consul://, http:// or https:// URL: got "ftp://***@h"'],
  ]);
});
