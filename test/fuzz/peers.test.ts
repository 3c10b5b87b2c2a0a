// Servers that say something slightly else than they should: both artifacts come to a verdict, and it is the same.
import { connect } from "node:net";
import * as tls from "node:tls";
import { t as all, test } from "tap";
import { binary, pack, Preflight } from "../support/artifacts.ts";
import { issue } from "../support/certificates.ts";
import { looks, PASSED, type Item } from "../support/looks.ts";
import { asked, framed, name, nameserver, record, reply } from "../support/nameserver.ts";
import { stage, transcripts, type Transcript } from "../support/replay.ts";
import { listening } from "../support/servers.ts";

/** FUZZ_RUNS as for the others; a run here is a connection, so there are fewer. */
const long = process.env["FUZZ_RUNS"];
const runs = Math.ceil(Number(long ?? 20_000) / 20);
const seed = Number(process.env["FUZZ_SEED"] ?? (long === undefined ? 3 : Date.now() % 1_000_000_007));

all.setTimeout(3_600_000);

/** Numbers from 0 to n - 1, the same for the same seed. */
function dice(from: number): (n: number) => number {
  let state = from >>> 0;
  return (n) => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) >>> 0;
    return ((state ^ (state >>> 13)) >>> 0) % n;
  };
}

/** Bytes with a few of them changed, removed, doubled or cut off. */
function mutated(bytes: Buffer, roll: (n: number) => number): Buffer {
  let out = bytes;
  for (let edits = roll(4); edits >= 0; edits--) {
    const at = roll(out.length + 1);
    const end = Math.min(out.length, at + 1 + roll(8));
    const [front, middle, back] = [out.subarray(0, at), out.subarray(at, end), out.subarray(end)];
    const odd = Buffer.of(roll(256));
    const put = [middle, Buffer.concat([middle, middle]), Buffer.alloc(0), odd, Buffer.concat([middle, odd])][roll(5)];
    out = roll(12) === 0 ? front : Buffer.concat([front, put ?? middle, back]);
  }
  return out;
}

/** How a kind is fuzzed: what is asked, whose transcripts are mutated, and what a healthy server says to it all, if one text does. */
interface Fuzzed {
  readonly kind: string;
  readonly item: Item;
  readonly usual: Buffer;
}
const http = (body: string, head = ""): Buffer =>
  Buffer.from(`HTTP/1.1 200 OK\r\n${head}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
const FUZZED: readonly Fuzzed[] = [
  {
    kind: "redis",
    item: { password: "secret", key: "k" },
    usual: Buffer.from("+OK\r\n+PONG\r\n*3\r\n$6\r\nmaster\r\n:0\r\n*0\r\n-ERR no cluster\r\n:1\r\n"),
  },
  { kind: "clickhouse", item: {}, usual: http("1\n") },
  { kind: "consul", item: {}, usual: http('"127.0.0.1:8300"\n') },
  { kind: "elasticsearch", item: {}, usual: http('{"cluster_name":"c","status":"yellow","unassigned_shards":1}') },
  {
    kind: "etcd",
    item: { user: "a", password: "secret", key: "k" },
    usual: http('{"health":"true","token":"a.1","header":{"revision":"1"},"count":"1"}'),
  },
  {
    kind: "grpc",
    item: { service: "foo" },
    usual: Buffer.concat(transcripts("grpc").flatMap((x) => (x.scenario === "serving" ? recv(x) : []))),
  },
  {
    kind: "influxdb",
    item: { user: "a", password: "secret" },
    usual: http('{"status":"pass","results":[{"statement_id":0}]}', "x-influxdb-version: 1.8.10\r\n"),
  },
  { kind: "vault", item: { token: "hvs.x" }, usual: http('{"initialized":true,"sealed":false,"data":{"id":"hvs.x"}}') },
];

function recv(x: Transcript): readonly Buffer[] {
  return x.exchange.map((s) => Buffer.from(s.recv ?? "", "hex"));
}

for (const { kind, item, usual } of FUZZED) {
  const name = `${kind} comes to the same on both artifacts for ${runs} mutated answers`;
  test(name, { timeout: 3_600_000 }, async (t) => {
    const recorded = transcripts(kind).map((x) => Buffer.concat(recv(x)));
    const said = Array.from({ length: runs }, (_, i) => {
      const roll = dice(seed + i * 7919);
      return mutated(roll(2) === 0 ? usual : (recorded[roll(recorded.length || 1)] ?? usual), roll);
    });
    const at = await stage(t, (socket, role) => socket.once("data", () => socket.end(said[role] ?? "")));
    const items = said.map((_, i) => ({ [kind]: at(i), timeout: "20s", ...item }));
    const mine = await looks(t, new Preflight(binary), items);
    const theirs = await looks(t, new Preflight(pack), items);
    let different = 0;
    for (const [i, verdict] of mine.entries()) {
      if (verdict === theirs[i] && /^(?:passed|75 .+|78 .+)$/.test(verdict)) continue;
      if (++different <= 3)
        t.equal(verdict, theirs[i], `seed ${seed}, ${i}: ${JSON.stringify(said[i]?.toString("latin1"))}`);
    }
    t.equal(different, 0, `${different} of ${runs} differ`);
    t.ok(mine.includes(PASSED) && new Set(mine).size > 10, "all sorts of verdicts");
  });
}

test(`dns comes to the same on both artifacts for ${runs} mutated answers`, { timeout: 3_600_000 }, async (t) => {
  const types = ["A", "AAAA", "CNAME", "MX", "NS", "PTR", "SRV", "TXT"];
  const data = [
    ...[Buffer.of(10, 0, 0, 1), Buffer.alloc(16, 1), name("b.test"), Buffer.concat([Buffer.of(0, 10), name("m.test")])],
    ...[
      Buffer.of(0xc0, 14),
      name("."),
      Buffer.concat([Buffer.alloc(6), Buffer.of(1, 0x73, 0xc0, 12)]),
      Buffer.from("\x03one\x02tw"),
    ],
  ];
  const server = await nameserver(t, (query, tcp) => {
    const i = Number(asked(query).slice(1).split(".")[0]);
    const roll = dice(seed + i * 15_485_863);
    const at = i % types.length;
    const records = [record(types[at] ?? "", data[at] ?? Buffer.alloc(0)), record("CNAME", name("b.test"))];
    const said = mutated(reply(query, records.slice(0, 1 + roll(2)), roll(9) === 0 ? 0x8380 : 0x8180), roll);
    return tcp ? [framed(said)] : [said, reply(query, [], 0x8185)]; // who takes the first for nothing hears the second
  });
  const items = Array.from({ length: runs }, (_, i) => {
    return { dns: `n${i}.test`, type: types[i % types.length], server, timeout: "20s", min: 9 };
  });
  const mine = await looks(t, new Preflight(binary), items);
  const theirs = await looks(t, new Preflight(pack), items);
  let different = 0;
  for (const [i, verdict] of mine.entries()) {
    if (verdict === theirs[i] && /^75 .+/.test(verdict)) continue;
    if (++different <= 3) t.equal(verdict, theirs[i], `seed ${seed}, ${i}`);
  }
  t.equal(different, 0, `${different} of ${runs} differ`);
  t.ok(new Set(mine).size > 10, "all sorts of verdicts");
});

/** What a peer may come to that speaks TLS badly. */
const ENDS = [
  /^passed$/,
  /^75 connection (?:closed|reset) in the TLS handshake \| /,
  /^75 connection (?:closed|reset) without an answer$/,
  /^75 the answer is cut short: /,
  /^78 what it says breaks the rules of TLS$/,
  /^78 speaks no TLS(?: newer than 1\.1, which nobody should|, and that was asked: it says .+)$/,
  /^7[58] the server ends TLS: [a-z ]+ \(alert \d+\)/,
  /^78 its certificate /,
];

for (const artifact of [binary, pack]) {
  const count = Math.ceil(runs / 3);
  const name = `tls comes to a verdict on ${count} handshakes with mutated bytes, and trusts nobody it should not`;
  test(`${name} (${artifact.name})`, { timeout: 3_600_000 }, async (t) => {
    const ca = issue({ subject: "Test CA", ca: true });
    const leaf = issue({ by: ca, names: ["good.example"] });
    const ports: number[] = [];
    for (const maxVersion of ["TLSv1.2", "TLSv1.3"] as const) {
      const server = tls.createServer({ key: leaf.key, cert: leaf.cert, maxVersion }, (s) => {
        s.on("error", () => {});
        s.once("data", () => s.end("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"));
      });
      server.on("tlsClientError", () => {});
      ports.push(await listening(t, server));
    }
    const at = await stage(t, (socket, role) => {
      const roll = dice(seed + role * 104_729);
      const behind = connect(ports[role % 2] ?? 0, "127.0.0.1");
      behind.on("error", () => socket.destroy());
      let victim = role % 8 === 0 ? -1 : roll(3); // which of its pieces is mutated; now and then none
      socket.pipe(behind);
      behind.on("data", (bytes) => socket.write(victim-- === 0 ? mutated(bytes, roll) : bytes));
      behind.on("end", () => socket.end());
      setTimeout(() => socket.end(), 6000).unref();
    });
    const items = Array.from({ length: count }, (_, i) => ({
      ...{ http: `https://${at(i)}/`, ca: ca.cert, timeout: "20s" },
      servername: i % 16 === 1 ? "other.example" : "good.example",
    }));
    const got = await looks(t, new Preflight(artifact), items);
    for (const [i, verdict] of got.entries()) {
      if (!ENDS.some((e) => e.test(verdict))) t.fail(`seed ${seed}, ${i}: ${verdict}`);
      if (i % 16 === 1 && verdict === PASSED) t.fail(`seed ${seed}, ${i}: trusted under another name`);
    }
    t.ok(got.filter((v) => v === PASSED).length >= count / 16, "some are left as they were");
    t.ok(new Set(got).size > 3, "all sorts of verdicts");
  });
}
