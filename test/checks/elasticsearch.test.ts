import { t as all, type Test } from "tap";
import { both } from "../support/artifacts.ts";
import { issue } from "../support/certificates.ts";
import { looks, PASSED } from "../support/looks.ts";
import { noOpenSearch, opensearch } from "../support/opensearch.ts";
import { secured, serving } from "../support/servers.ts";
import { answer, answering, refusals, requests, verdicts } from "../support/web.ts";

all.setTimeout(180_000);

interface Node {
  /** Of _cluster/health, whole. */
  health: string;
  /** The credentials that are taken, "" for anybody. */
  readonly login?: string;
}

const is = (status: string, unassigned = 0): string =>
  answer(200, { cluster_name: "c", status, timed_out: false, number_of_nodes: 1, unassigned_shards: unassigned });
const error = (status: number, type: string, reason: string): string =>
  answer(status, { error: { root_cause: [{ type, reason }], type, reason }, status });
const DENIED = error(401, "security_exception", "unable to authenticate user [app] for REST request [/]");

/** A node as the documents of Elasticsearch 8 and OpenSearch 2 describe it. A real OpenSearch is below; no real Elasticsearch could be had. */
function node(t: Test, { login = "", ...state }: Node, own: Node = { health: state.health }): Promise<number> {
  return answering(t, (line, head) => {
    if (login !== "" && !head.includes(`authorization: ${login}`)) return DENIED;
    if (line === "GET /")
      return answer(200, { name: "n", version: { number: "8.15.0" }, tagline: "You Know, for Search" });
    if (line === "GET /_cluster/health?timeout=1s") return own.health;
    if (line === "HEAD /products") return "HTTP/1.1 200 OK\r\ncontent-length: 900\r\n\r\n";
    return line.startsWith("HEAD ") ? "HTTP/1.1 404 Not Found\r\ncontent-length: 500\r\n\r\n" : answer(400);
  });
}
const basic = `Basic ${Buffer.from("app:p@ss w/rd").toString("base64")}`;

both("elasticsearch passes by status, login and index", async (t, preflight) => {
  const green = `127.0.0.1:${await node(t, { health: is("green") })}`;
  const yellow = `127.0.0.1:${await node(t, { health: is("yellow", 1) })}`;
  const closed = `127.0.0.1:${await node(t, { health: is("green"), login: basic })}`;
  const keyed = `127.0.0.1:${await node(t, { health: is("green"), login: "ApiKey a2V5OnNlY3JldA==" })}`;
  const denied = 'status 401: the server says "unable to authenticate user [app] for REST request [/]"';
  await verdicts(t, preflight, [
    [{ elasticsearch: green }, PASSED],
    [{ elasticsearch: yellow }, PASSED],
    [{ elasticsearch: green, status: "green" }, PASSED],
    [{ elasticsearch: `opensearch://${green}/products` }, PASSED],
    [{ elasticsearch: `http://${green}`, index: "products" }, PASSED],
    [{ elasticsearch: green, level: "speaks" }, PASSED],
    [{ elasticsearch: closed, level: "speaks" }, PASSED],
    [{ elasticsearch: closed, user: "app", password: "p@ss w/rd", index: "products" }, PASSED],
    [{ elasticsearch: `http://app:${encodeURIComponent("p@ss w/rd")}@${closed}` }, PASSED],
    [{ elasticsearch: keyed, token: "a2V5OnNlY3JldA==" }, PASSED],
    [{ elasticsearch: `127.0.0.1:1,${green}` }, PASSED],
    [{ elasticsearch: yellow, status: "green" }, "75 the cluster is yellow, want green: 1 shard not assigned"],
    [{ elasticsearch: green, index: "nope" }, '75 index "nope" does not exist'],
    [{ elasticsearch: `${green}/nope` }, '75 index "nope" does not exist'],
    [{ elasticsearch: closed }, `78 ${denied} | no credentials were sent`],
    [{ elasticsearch: closed, user: "app", password: "hunter22" }, `78 ${denied} | the credentials are not accepted`],
    [{ elasticsearch: "127.0.0.1:1" }, "75 connection refused"],
  ]);
});

both(
  "trap 27: elasticsearch waits where / is answered, and the state is not recovered or red",
  async (t, preflight) => {
    const block = error(
      503,
      "cluster_block_exception",
      "blocked by: [SERVICE_UNAVAILABLE/1/state not recovered / initialized];",
    );
    const own: Node = { health: block };
    const at = `127.0.0.1:${await node(t, { health: "" }, own)}`;
    const run = preflight.start([`elasticsearch:${at}`, "--", "echo", "started"]);
    await run.says(
      'waiting: status 503: the server says "blocked by: [SERVICE_UNAVAILABLE/1/state not recovered / initialized];"',
    );
    t.equal((await looks(t, preflight, [{ elasticsearch: at, level: "speaks" }]))[0], PASSED);
    own.health = is("red", 3);
    await run.says("waiting: the cluster is red, want yellow: 3 shards not assigned");
    own.health = is("yellow", 1);
    t.equal((await run.ended).stdout, "started\n");
  },
);

both("traps 28 and 29: elasticsearch waits where the users are not loaded yet", async (t, preflight) => {
  const cases: readonly (readonly [string, string])[] = [
    [
      error(
        401,
        "unavailable_shards_exception",
        "at least one primary shard for the index [.security-7] is unavailable",
      ),
      '75 status 401: the server says "at least one primary shard for the index [.security-7] is unavailable" | its users are not loaded yet',
    ],
    [
      answer(503, "OpenSearch Security not initialized."),
      '75 status 503: the server says "OpenSearch Security not initialized." | its users are not loaded yet',
    ],
    [error(503, "master_not_discovered_exception", "no master"), '75 status 503: the server says "no master"'],
    [error(429, "circuit_breaking_exception", "too large"), '75 status 429: the server says "too large"'],
    [
      error(403, "security_exception", "action [cluster:monitor/health] is unauthorized for user [app]"),
      '78 status 403: the server says "action [cluster:monitor/health] is unauthorized for user [app]" | this user needs the cluster privilege "monitor"',
    ],
    [answer(401, "Unauthorized"), '78 status 401: the server says "Unauthorized" | no credentials were sent'],
    [answer(200, "<html>"), '78 does not speak Elasticsearch: status 200, and it says "<html>"'],
    [answer(502, "<html>"), "75 status 502"],
  ];
  const ports: number[] = [];
  for (const [health] of cases) ports.push(await node(t, { health }));
  await verdicts(
    t,
    preflight,
    cases.map(([, want], i) => [{ elasticsearch: `127.0.0.1:${ports[i]}` }, want] as const),
  );
});

both("elasticsearch over TLS is verified, and a port that wants it is hinted at", async (t, preflight) => {
  const ca = issue({ subject: "Elasticsearch security auto-configuration HTTP CA", ca: true });
  const leaf = issue({ by: ca, names: ["localhost"] });
  const port = await secured(t, { cert: leaf.cert, key: leaf.key }, (s) => {
    requests(s, () => s.end(is("green")));
  });
  const closes = await serving(t, (s) => s.once("data", () => s.end())); // as it does to plain text
  await verdicts(t, preflight, [
    [{ elasticsearch: `https://localhost:${port}`, ca: ca.cert }, PASSED],
    [{ elasticsearch: `localhost:${port}`, tls: true, ca: ca.cert }, PASSED],
    [
      { elasticsearch: `https://localhost:${port}` },
      /^78 its certificate is not trusted: its issuer "Elasticsearch security auto-configuration HTTP CA" is not known here/,
    ],
    [
      { elasticsearch: `127.0.0.1:${closes}` },
      "75 connection closed without an answer | so does a proxy with no server behind it, and a port that wants TLS",
    ],
  ]);
});

both(
  "elasticsearch judges a real node of OpenSearch: alone, without its cluster manager, and gone",
  async (t, preflight) => {
    if (noOpenSearch !== "") {
      t.plan(0, noOpenSearch);
      return;
    }
    const managers = "cluster.initial_cluster_manager_nodes=n1,n2,n3";
    const [alone, lost] = await Promise.all([
      opensearch(t, ["discovery.type=single-node"]),
      opensearch(t, [managers, "discovery.initial_state_timeout=0s"]),
    ]);
    const run = preflight.start([`opensearch://${alone.at}`, "--", "echo", "started"]);
    t.equal((await run.ended).stdout, "started\n");
    const made = await fetch(`http://${alone.at}/products`, { method: "PUT" });
    t.equal(made.status, 200, await made.text());
    await verdicts(t, preflight, [
      [{ elasticsearch: alone.at }, PASSED],
      [{ elasticsearch: `${alone.at}/products` }, PASSED],
      [{ elasticsearch: alone.at, level: "speaks" }, PASSED],
      [{ elasticsearch: alone.at, user: "app", password: "hunter22" }, PASSED], // without its security plugin nobody is asked
      [{ elasticsearch: alone.at, index: "nope" }, '75 index "nope" does not exist'],
      [{ elasticsearch: alone.at, status: "green" }, "75 the cluster is yellow, want green: 1 shard not assigned"],
      [
        { elasticsearch: `https://${alone.at}`, insecure: true },
        /^7[58] (?:speaks no TLS|connection (?:closed|reset) in the TLS handshake)/,
      ],
      [{ elasticsearch: lost.at, level: "speaks" }, PASSED],
      [{ elasticsearch: lost.at }, '75 status 503: the server says "cluster_manager_not_discovered_exception"'],
    ]);
    await alone.stop();
    t.equal((await looks(t, preflight, [{ elasticsearch: alone.at }]))[0], "75 connection refused", "it is gone");
  },
);

both("elasticsearch refuses a configuration that cannot be meant, and shows no password", async (t, preflight) => {
  await refusals(t, preflight, [
    [{ elasticsearch: "h:1", status: "red" }, 'status must be yellow or green: got "red"'],
    [{ elasticsearch: "http://u:hunter2@h/i", index: "x" }, "index is in the elasticsearch URL too: say it once"],
    [
      { elasticsearch: "redis://u:hunter2@h" },
      'elasticsearch must be an elasticsearch://, opensearch://, http:// or https:// URL: got "redis://***@h"',
    ],
  ]);
});
