import { spawn, spawnSync } from "node:child_process";
import { join } from "node:path";
import t, { type Test } from "tap";
import { both, type Preflight } from "../support/artifacts.ts";
import { look, reason } from "../support/facts.ts";
import { free } from "../support/local.ts";
import { asked, framed, name, nameserver, record, reply } from "../support/nameserver.ts";
import { inside } from "../support/world.ts";

const many = Array.from({ length: 40 }, (_, i) => `10.9.1.${i + 1}`);
const names = {
  "four.test": { A: ["10.9.0.1", "10.9.0.2"] },
  "six.test": { AAAA: ["fd00::1"] },
  "none.test": {},
  "fails.test": { code: 2 },
  "refused.test": { code: 5 },
  "mute.test": { mute: ["A", "AAAA"] },
  "half.test": { A: ["10.9.0.3"], mute: ["AAAA"] },
  "late.test": { A: ["10.9.0.4"], delay: 1500 },
  "cut.test": { A: ["10.9.0.5"], truncate: true },
  "many.test": { A: many, truncate: true },
} as const;
const world = { names, options: "timeout:2 attempts:1" };
const hasty = { names, options: "timeout:1 attempts:1" };
const patient = { names, options: "timeout:15 attempts:1" };
t.setTimeout(300_000);

function config(t: { testdir(files: Record<string, string>): string }, item: string): string {
  return join(t.testdir({ "preflight.yaml": `checks:\n  - ${item}\n` }), "preflight.yaml");
}

both("dns passes for a name in /etc/hosts", async (t, preflight) => {
  const r = await preflight.run(["--no-wait", "dns:localhost", "--", "echo", "started"]);
  t.equal(r.stdout, "started\n");
  t.equal(r.code, 0);
});

both("dns wants a name, and addresses that are addresses", async (t, preflight) => {
  const file = config(t, 'dns: 10.0.0.1\n    includes: [x, "1.2.3.4", "01.2.3.4"]\n    min: 0');
  const r = await preflight.run(["--config", file, "--", "true"]);
  t.equal(r.code, 78);
  t.match(r.stderr, ':2:10: dns must be a name, and an address needs no resolver: got "10.0.0.1"\n');
  t.match(r.stderr, ':3:15: includes must hold addresses: got "x"\n');
  t.match(r.stderr, ':3:15: includes must hold addresses: got "01.2.3.4"\n');
  t.match(r.stderr, ":4:10: min must be at least 1: got 0\n");
});

for (const [name, why] of [
  ["other.test", "the name does not resolve"],
  ["none.test", "the name has no address"],
  ["fails.test", "the resolver fails"],
  ["refused.test", "the resolver fails"],
  ["mute.test", "no answer from the resolver"],
] as const) {
  inside(hasty, `dns waits where ${why}: ${name}`, async (t, preflight) => {
    const wait = why === "the resolver fails" ? "1300ms" : "200ms"; // musl asks again after SERVFAIL
    const r = await preflight.run(["--wait", wait, `dns:${name}`, "--", "echo", "started"]);
    t.equal(r.code, 75);
    t.match(r.stderr, new RegExp(`preflight: dns ${name}: (waiting|not ready after 2..ms): ${why}\n`));
    t.ok(r.took < 20_000, `${r.took}`);
  });
}

for (const name of ["four.test", "six.test", "half.test", "cut.test", "many.test"]) {
  inside(patient, `dns passes at the first answer that is enough: ${name}`, async (t, preflight) => {
    const args = ["--timeout", "15s", "--wait", "15s", `dns:${name}`, "--", "echo", "started"];
    const r = await preflight.run(args);
    t.equal(r.stdout, "started\n", r.stderr);
    t.ok(r.took < 8000, `${r.took}`);
  });
}

inside(world, "dns uses an answer that comes after the look that asked for it", async (t, preflight) => {
  const r = await preflight.run(["--timeout", "300ms", "--wait", "4s", "dns:late.test", "--", "echo", "started"]);
  t.equal(r.stdout, "started\n", r.stderr);
});

inside(world, "dns looks for the addresses that it must include, however they are written", async (t, preflight) => {
  const good = config(t, 'dns: six.test\n    includes: "FD00:0:0::0001"');
  t.equal((await preflight.run(["--config", good, "--no-wait", "--", "true"])).code, 0);
  const bad = config(t, 'dns: four.test\n    includes: [10.9.0.2, 10.9.0.7, "::1"]');
  const r = await preflight.run(["--config", bad, "--wait", "200ms", "--", "true"]);
  t.equal(r.code, 75);
  t.match(r.stderr, ": 10.9.0.7, ::1 not among 10.9.0.1, 10.9.0.2");
});

inside(world, "dns counts the addresses", async (t, preflight) => {
  const r = await preflight.run(["--config", config(t, "dns: four.test\n    min: 3"), "--wait", "200ms", "--", "true"]);
  t.equal(r.code, 75);
  t.match(r.stderr, ": 2 of 3 addresses: 10.9.0.1, 10.9.0.2");
  t.equal((await preflight.run(["--config", config(t, "dns: many.test\n    min: 40"), "--", "true"])).code, 0);
});

// --- records ---

const A = (address: string): Buffer => Buffer.from(address.split(".").map(Number));

/** What is said of a check that is looked at once, "" where it passes. */
async function said(t: Test, preflight: Preflight, item: Readonly<Record<string, unknown>>): Promise<string> {
  const r = await preflight.run(look(t, item));
  t.equal(r.code, r.stdout === "" ? 75 : 0, r.stderr);
  return r.stdout === ""
    ? reason(r.stderr)
        .replace(/^(?:not )?dns \S+(?: [A-Z]+)?: /, "")
        .trimEnd()
    : "";
}

const real = spawnSync("dnsmasq", ["--version"]).status === 0 ? false : "dnsmasq is not installed";
const LONG = ["a", "b", "c"].map((c) => c.repeat(250));

/** A real name server, dnsmasq; "127.0.0.1:port". */
async function dnsmasq(t: Test): Promise<string> {
  const port = await free();
  const child = spawn(
    "dnsmasq",
    [
      ...[
        "--keep-in-foreground",
        `--conf-file=${t.testdir({ conf: "" })}/conf`,
        "--no-resolv",
        "--no-hosts",
        "--local=/test/",
        "--pid-file=",
      ],
      ...[`--port=${port}`, "--listen-address=127.0.0.1", "--bind-interfaces", "--user=", "--log-facility=-"],
      ...["--host-record=h.test,10.1.1.1,fd00::1", "--host-record=h.test,10.1.1.2", "--cname=alias.test,h.test"],
      ...["--mx-host=h.test,mx1.h.test,10", "--mx-host=h.test,mx2.h.test,20", "--txt-record=h.test,v=spf1 -all,more"],
      ...["--srv-host=_sip._tcp.h.test,sip.h.test,5060,10,60", "--ptr-record=1.1.1.10.in-addr.arpa,h.test"],
      ...[`--ptr-record=1.${"0.".repeat(29)}d.f.ip6.arpa,six.test`, "--dns-rr=h.test,2,026e730168047465737400"],
      ...LONG.map((l) => `--txt-record=long.test,${l}`),
    ],
    { stdio: ["ignore", "ignore", "pipe"] },
  );
  t.teardown(() => child.kill());
  await new Promise<void>((done, failed) => {
    let log = "";
    child.stderr.on("data", (b: Buffer) => {
      log += b.toString();
      if (log.includes("started")) done();
    });
    child.on("exit", () => failed(new Error(`dnsmasq ended: ${log}`)));
  });
  return `127.0.0.1:${port}`;
}

if (real === false) {
  both("dns finds every type of record at a real server, however it is written", async (t, preflight) => {
    const server = await dnsmasq(t);
    for (const item of [
      { dns: "h.test", equals: ["10.1.1.2", "10.1.1.1", "FD00:0::1"] },
      { dns: "h.test.", includes: "10.1.1.1", min: 3 },
      { dns: "h.test", type: "A", equals: ["10.1.1.1", "10.1.1.2"] },
      { dns: "h.test", type: "AAAA", equals: "fd00:0:0:0:0:0:0:1" },
      { dns: "alias.test", type: "A", min: 2 },
      { dns: "ALIAS.test", type: "CNAME", equals: "H.test." },
      { dns: "h.test", type: "MX", equals: ["20 mx2.h.test", "10 mx1.h.test"] },
      { dns: "h.test", type: "MX", includes: "mx2.h.test" },
      { dns: "h.test", type: "TXT", equals: "v=spf1 -allmore" },
      { dns: "h.test", type: "NS", equals: "ns.h.test" },
      { dns: "_sip._tcp.h.test", type: "SRV", equals: "10 60 5060 sip.h.test" },
      { dns: "_sip._tcp.h.test", type: "SRV", includes: "sip.h.test" },
      { dns: "10.1.1.1", type: "PTR", equals: "h.test" },
      { dns: "1.1.1.10.in-addr.arpa", type: "PTR", equals: "h.test" },
      { dns: "fd00::1", type: "PTR", equals: "six.test" },
      { dns: "long.test", type: "TXT", equals: LONG },
    ])
      t.equal(await said(t, preflight, { server, ...item }), "", JSON.stringify(item));
  });

  both("dns says what it wants and what there is at a real server", async (t, preflight) => {
    const server = await dnsmasq(t);
    for (const [item, why] of [
      [
        { type: "MX", includes: "30 mx2.h.test" },
        /^30 mx2\.h\.test not among (?:10 mx1|20 mx2)\.h\.test, (?:10 mx1|20 mx2)\.h\.test$/,
      ],
      [{ type: "NS", equals: ["ns.h.test", "n2.h.test"] }, /^n2\.h\.test not among ns\.h\.test$/],
      [{ type: "A", equals: "10.1.1.1" }, /^10\.1\.1\.2 among 10\.1\.1\.[12], 10\.1\.1\.[12], and not wanted$/],
      [{ type: "A", min: 3 }, /^2 of 3 addresses: /],
      [{ type: "TXT", min: 2 }, /^1 of 2 records: v=spf1 -allmore$/],
      [{ type: "PTR" }, /^the name has no PTR record$/],
      [{ dns: "none.test", type: "MX" }, /^the name does not resolve$/],
      [{ dns: "none.test" }, /^the name does not resolve$/],
      [{ dns: "_sip._tcp.h.test" }, /^the name has no address$/],
      [{ dns: "example.org", type: "A" }, /^REFUSED at 127\.0\.0\.1$/],
      [{ dns: "example.org" }, /^REFUSED at 127\.0\.0\.1$/],
    ] as const)
      t.match(await said(t, preflight, { dns: "h.test", server, ...item }), why);
    t.equal(await said(t, preflight, { dns: "none.test", type: "MX", server, not: true }), "");
  });
}

inside(
  { names, options: "ndots:2\nsearch nowhere test\nnameserver 127.0.0.2" },
  "dns goes through the search list and asks all servers of resolv.conf for records",
  async (t, preflight) => {
    for (const dns of ["four", "four.test", "four.test.", "half", "cut"])
      t.equal(await said(t, preflight, { dns, type: "A" }), "", dns);
    t.equal(await said(t, preflight, { dns: "many", type: "A", min: 40 }), "");
    for (const [dns, why] of [
      ["other", "the name does not resolve"],
      ["four.", "the name does not resolve"],
      ["none", "the name has no A record"],
      ["fails", "connection refused at 127.0.0.2; SERVFAIL at 127.0.0.1"],
    ] as const)
      t.equal(
        (await said(t, preflight, { dns, type: "A" })).split("; ").sort().join("; "),
        why.split("; ").sort().join("; "),
      );
    const r = await preflight.run(look(t, { dns: "mute.test", type: "A", timeout: "300ms" }));
    t.equal(r.code, 75);
    t.match(r.stderr, "connection refused at 127.0.0.2; no answer from 127.0.0.1\n");
  },
);

inside(
  { names: { ...names, "server.test": { A: ["127.0.0.1"] } }, options: "ndots:1\nsearch test" },
  "dns asks a server by its name, for the name as it stands",
  async (t, preflight) => {
    t.equal(await said(t, preflight, { dns: "six.test", type: "AAAA", server: "server.test" }), "");
    t.equal(await said(t, preflight, { dns: "six", type: "AAAA", server: "server.test" }), "the name does not resolve");
    t.equal(await said(t, preflight, { dns: "six", server: "nobody.test" }), "the name does not resolve");
  },
);

inside(
  { names, files: 24 },
  "dns asks for many records with few descriptors",
  async (t, preflight) => {
    const any = Array.from({ length: 60 }, () => ({ dns: "four.test", type: "A" }));
    t.equal((await preflight.run(look(t, { all: any }))).stdout, "started\n");
  },
  "binary",
);

both("dns asks again where a question got lost", async (t, preflight) => {
  let count = 0;
  const server = await nameserver(t, (q) => (count++ === 0 ? [] : [reply(q, [record("A", A("10.0.0.1"))])]));
  t.equal(await said(t, preflight, { dns: "x.test", type: "A", server, timeout: "10s" }), "");
  t.equal(count, 2);
});

both("dns takes no answer to another question", async (t, preflight) => {
  const wrong = record("A", A("6.6.6.6"));
  const server = await nameserver(t, (q) => {
    const id = Buffer.concat([Buffer.of(q.readUInt8(0) ^ 1), q.subarray(1)]);
    const other = Buffer.concat([q.subarray(0, 12), name("y.test"), Buffer.of(0, 1, 0, 1)]);
    const type = Buffer.concat([q.subarray(0, 12), name("x.test"), Buffer.of(0, 28, 0, 1)]);
    const strange = [id, other, type].map((x) => reply(x, [wrong]));
    const query = reply(q, [wrong], 0x0100);
    return [...strange, query, Buffer.from("x"), reply(q, [record("A", A("10.0.0.1"))])];
  });
  t.equal(await said(t, preflight, { dns: "X.test", type: "A", server, equals: "10.0.0.1" }), "");
});

both("dns follows aliases, and takes no record of a name that was not asked for", async (t, preflight) => {
  const server = await nameserver(t, (q) => [
    reply(q, [
      record("A", A("6.6.6.6"), name("evil.test")),
      record("CNAME", name("c.test"), name("B.test")),
      record("CNAME", name("b.test")),
      record("TXT", Buffer.from("\x01x")),
      record("A", A("10.0.0.1"), name("C.TEST")),
    ]),
  ]);
  t.equal(await said(t, preflight, { dns: "a.test", type: "A", server, equals: "10.0.0.1" }), "");
});

both("dns goes over TCP for what is cut off, and says where that does not work", async (t, preflight) => {
  const cut = (q: Buffer): Buffer => reply(q, [], 0x8380);
  const whole = (q: Buffer): Buffer => reply(q, [record("A", A("10.0.0.1"))]);
  const long = "the answer is too long for UDP, and over TCP:";
  for (const [play, why] of [
    [(q: Buffer) => framed(whole(q)), ""],
    [(q: Buffer) => framed(cut(q)), `${long} an answer to something else at 127.0.0.1`],
    [(q: Buffer) => framed(reply(q, [], 0x8182)), `${long} SERVFAIL at 127.0.0.1`],
    [(q: Buffer) => framed(whole(q)).subarray(0, 30), `${long} connection closed at 127.0.0.1`],
    [() => Buffer.alloc(0), `${long} connection closed at 127.0.0.1`],
  ] as const) {
    const server = await nameserver(t, (q, tcp) => [tcp ? play(q) : cut(q)]);
    t.equal(await said(t, preflight, { dns: "x.test", type: "A", server }), why);
  }
  const server = await nameserver(t, (q) => [cut(q)], false);
  t.equal(await said(t, preflight, { dns: "x.test", type: "A", server }), `${long} connection refused at 127.0.0.1`);
});

both("dns says which answers break the rules of DNS", async (t, preflight) => {
  const broken = "an answer that breaks the rules of DNS at 127.0.0.1";
  const many = Array.from({ length: 5 }, () => Buffer.concat([Buffer.of(60), Buffer.alloc(60, "x")]));
  for (const [data, why] of [
    [name("ok.test"), ""],
    [Buffer.of(0), ""],
    [Buffer.of(0xc0, 12), ""],
    [Buffer.of(0xc0, 36), broken], // itself
    [Buffer.of(1, 0x61, 0xc0, 40), broken], // forwards
    [Buffer.of(1, 0x61, 0xc0, 36), broken], // round
    [Buffer.of(0x80, 0), broken],
    [Buffer.of(0xff, 0xff), broken],
    [Buffer.of(64, ...Buffer.alloc(64), 0), broken],
    [Buffer.concat([...many, Buffer.of(0)]), broken],
    [Buffer.concat([name("ok.test"), Buffer.of(0)]), broken],
    [Buffer.alloc(0), broken],
    [Buffer.of(5, 0x61), broken],
  ] as const) {
    const server = await nameserver(t, (q) => [reply(q, [record("NS", data)])]);
    t.equal(await said(t, preflight, { dns: "x.test", type: "NS", server }), why, data.toString("hex"));
  }
  for (const [type, data] of [
    ["A", Buffer.alloc(5)],
    ["AAAA", Buffer.alloc(4)],
    ["TXT", Buffer.of(3, 0x61)],
    ["MX", Buffer.of(0)],
    ["SRV", Buffer.of(0, 0, 0, 0, 0, 0)],
  ] as const) {
    const server = await nameserver(t, (q) => [reply(q, [record(type, data)])]);
    t.equal(await said(t, preflight, { dns: "x.test", type, server }), broken, type);
  }
  const short = await nameserver(t, (q) => [reply(q, [record("NS", name("ok.test"))]).subarray(0, -1)]);
  t.equal(await said(t, preflight, { dns: "x.test", type: "NS", server: short }), broken);
});

both("dns quotes what a record holds", async (t, preflight) => {
  const text = "a\u001b[31mb\u0000\n\u00e9";
  const server = await nameserver(t, (q) => {
    const bytes = Buffer.from(asked(q) === "x.test" ? text : "");
    return [reply(q, [record("TXT", Buffer.concat([Buffer.of(bytes.length), bytes]))])];
  });
  t.equal(await said(t, preflight, { dns: "x.test", type: "TXT", server, equals: text }), "");
  t.equal(
    await said(t, preflight, { dns: "x.test", type: "TXT", server, min: 2 }),
    '1 of 2 records: "a\\x1b[31mb\\x00\\n\u00e9"',
  );
  t.equal(await said(t, preflight, { dns: "y.test", type: "TXT", server, min: 2 }), '1 of 2 records: ""');
});

both("dns names what a server says instead of an answer", async (t, preflight) => {
  for (const [code, why] of [
    [1, "FORMERR"],
    [2, "SERVFAIL"],
    [4, "NOTIMP"],
    [9, "code 9"],
  ] as const) {
    const server = await nameserver(t, (q) => [reply(q, [], 0x8180 | code)]);
    t.equal(await said(t, preflight, { dns: "x.test", type: "NS", server }), `${why} at 127.0.0.1`);
  }
  const server = `127.0.0.1:${await free()}`;
  t.equal(await said(t, preflight, { dns: "x.test", server }), "connection refused at 127.0.0.1");
});

both("dns says what is wrong with its options for records", async (t, preflight) => {
  for (const [item, why] of [
    [{ type: "SOA" }, 'type must be A, AAAA, CNAME, MX, NS, PTR, SRV or TXT: got "SOA"'],
    [{ server: "x:y" }, 'server must be host:port: got "x:y"'],
    [{ server: "" }, 'server must be a host, host:port or [v6]:port: got ""'],
    [{ equals: "x" }, 'equals must hold addresses: got "x"'],
    [{ type: "A", includes: "mx 10" }, 'includes must hold addresses: got "mx 10"'],
    [{ equals: [] }, "equals must hold at least one: none is `not: true`"],
    [{ dns: "10.0.0.1", type: "MX" }, 'dns must be a name, and an address needs no resolver: got "10.0.0.1"'],
  ] as const) {
    const r = await preflight.run(look(t, { dns: "x.test", ...item }));
    t.equal(r.code, 78);
    t.match(r.stderr, `${why}\n`);
  }
});
