import { t as all, type Test } from "tap";
import { both } from "../support/artifacts.ts";
import { looks, PASSED } from "../support/looks.ts";
import { answer, answering, refusals, verdicts } from "../support/web.ts";

all.setTimeout(180_000);

interface State {
  /** Of /v1/sys/health without a query. */
  status: number;
}

/** A server as Vault's API documents describe it (system/health, auth/token). No real one could be had. */
function server(t: Test, state: State): Promise<number> {
  return answering(t, (line, head) => {
    if (line.startsWith("GET /v1/sys/health")) {
      const { status } = state;
      const taken =
        (status === 429 && line.includes("standbyok=true")) || (status === 473 && line.includes("perfstandbyok=true"));
      return answer(taken ? 200 : status, {
        initialized: status !== 501,
        sealed: status === 503,
        standby: status === 429,
      });
    }
    if (line !== "GET /v1/auth/token/lookup-self") return answer(404, { errors: [] });
    const good = /x-vault-token: hvs\.good/.test(head);
    return good ? answer(200, { data: { id: "hvs.good" } }) : answer(403, { errors: ["permission denied"] });
  });
}

both("vault comes to what each status of its health means", async (t, preflight) => {
  const all: readonly (readonly [number, string, string])[] = [
    [200, PASSED, PASSED],
    [429, PASSED, "75 is a standby | standby: true takes one"],
    [473, PASSED, "75 is a performance standby | standby: true takes one"],
    [472, "75 is a secondary for disaster recovery", "75 is a secondary for disaster recovery"],
    [474, "75 is a standby, and no node is active", "75 is a standby, and no node is active"],
    [501, "75 is not initialised | vault operator init", "75 is not initialised | vault operator init"],
    [503, "75 is sealed | vault operator unseal", "75 is sealed | vault operator unseal"],
    [530, "78 is removed from its cluster", "78 is removed from its cluster"],
    [599, "75 status 599", "75 status 599"],
  ];
  const ports: number[] = [];
  for (const [status] of all) ports.push(await server(t, { status }));
  const at = (i: number): string => `127.0.0.1:${ports[i]}`;
  await verdicts(
    t,
    preflight,
    all.map(([, want], i) => [{ vault: at(i) }, want] as const),
  );
  await verdicts(
    t,
    preflight,
    all.map(([, , want], i) => [{ vault: at(i), standby: false }, want] as const),
  );
  await verdicts(
    t,
    preflight,
    all.map((_, i) => [{ vault: at(i), level: "speaks" }, PASSED] as const),
  );
});

both("vault waits until it is unsealed, and then takes the token", async (t, preflight) => {
  const state: State = { status: 503 };
  const at = `127.0.0.1:${await server(t, state)}`;
  const config = t.testdir({ "p.yaml": `checks: [{ vault: "http://${at}", token: hvs.good }]\n` });
  const run = preflight.start(["--config", `${config}/p.yaml`, "--", "echo", "started"]);
  await run.says("waiting: is sealed");
  state.status = 200;
  const r = await run.ended;
  t.equal(r.stdout, "started\n");
  t.notMatch(r.stderr, "hvs.good");
  await verdicts(t, preflight, [
    [
      { vault: at, token: "hvs.wrong" },
      '78 status 403: the server says "permission denied" | the credentials are not accepted',
    ],
    [{ vault: `127.0.0.1:1,${at}`, token: "hvs.good" }, PASSED],
    [{ vault: "127.0.0.1:1" }, "75 connection refused"],
  ]);
});

both("vault says what is no Vault, and what wants TLS", async (t, preflight) => {
  const cases: readonly (readonly [string, string])[] = [
    [answer(400, "Client sent an HTTP request to an HTTPS server.\n"), "78 speaks TLS, http was asked | tls: true"],
    [answer(200, { ok: true }), '78 does not speak Vault: status 200, and it says "{"ok":true}"'],
    [answer(503, "<html>upstream"), "75 status 503"],
    [answer(500, { errors: ["internal", "x"] }), '75 status 500: the server says "internal"'],
  ];
  const ports: number[] = [];
  for (const [text] of cases) ports.push(await answering(t, () => text));
  await verdicts(
    t,
    preflight,
    cases.map(([, want], i) => [{ vault: `127.0.0.1:${ports[i]}` }, want] as const),
  );
  const silent = await answering(t, () => null);
  t.equal((await looks(t, preflight, [{ vault: `127.0.0.1:${silent}`, timeout: "1s" }]))[0], "75 no answer within 1s");
});

both("vault refuses a configuration that cannot be meant", async (t, preflight) => {
  await refusals(t, preflight, [
    [{ vault: "h:1", standby: "perhaps" }, 'standby must be true or false: got "perhaps"'],
    [{ vault: "h:1", token: "hunter2\u0001" }, "token holds a control character"],
    [{ vault: "consul://h" }, 'vault must be a vault://, http:// or https:// URL: got "consul://h"'],
  ]);
});
