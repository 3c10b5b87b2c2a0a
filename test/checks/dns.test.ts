import { join } from "node:path";
import t from "tap";
import { both } from "../support/artifacts.ts";
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
t.setTimeout(120_000);

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
    t.ok(r.took < 5000, `${r.took}`);
  });
}

for (const name of ["four.test", "six.test", "half.test", "cut.test", "many.test"]) {
  inside(world, `dns passes at the first answer that is enough: ${name}`, async (t, preflight) => {
    const from = performance.now();
    const r = await preflight.run(["--wait", "1500ms", `dns:${name}`, "--", "echo", "started"]);
    t.equal(r.stdout, "started\n", r.stderr);
    t.ok(performance.now() - from < 2000);
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
