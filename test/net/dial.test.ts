import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { onlyBinary } from "../support/artifacts.ts";
import { inside } from "../support/world.ts";

t.setTimeout(120_000);

/** The process of preflight among the descendants of this one. */
function find(pid: number): number {
  for (const child of readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ")) {
    if (child === "") continue;
    if (readFileSync(`/proc/${child}/comm`, "utf8").startsWith("preflight")) return Number(child);
    const below = find(Number(child));
    if (below > 0) return below;
  }
  return 0;
}

interface State {
  readonly sockets: number;
  readonly files: number;
  readonly threads: number;
  readonly kilobytes: number;
}

function state(pid: number): State {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const files = readdirSync(`/proc/${pid}/fd`);
  const number = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(status)?.[1]);
  const sockets = readFileSync(`/proc/${pid}/net/tcp`, "utf8").split("\n").length;
  return { sockets, files: files.length, threads: number("Threads"), kilobytes: number("VmRSS") };
}

const outcomes = [
  "127.0.0.1:7000",
  "127.0.0.1:7001",
  "10.8.0.1:80",
  "10.9.0.1:80",
  "mixed.test:7001",
  "mixed.test:7000",
  "mute.test:80",
  "none.test:80",
  "late.test:7001",
];
const names = {
  "mixed.test": { A: ["10.9.0.2", "10.9.0.3", "10.8.0.1", "127.0.0.1"], AAAA: ["::1"] },
  "mute.test": { mute: ["A", "AAAA"] },
  "late.test": { A: ["127.0.0.1"], delay: 400 },
  "none.test": {},
} as const;
const world = {
  names,
  listen: [7000],
  prepare: ["ip route add 10.9.0.0/16 dev lo", "ip route add blackhole 10.8.0.0/16"],
};

inside(
  world,
  "dial leaves nothing behind, however it ends",
  async (t, preflight) => {
    const items = outcomes.map((o) => `  - tcp: ${o}\n    timeout: 200ms\n    successes: 10000\n`);
    const file = join(t.testdir({ "p.yaml": `checks:\n${items.join("")}` }), "p.yaml");
    const run = preflight.start(["--config", file, "--wait", "6s", "--", "true"]);
    await run.says("mute.test:80: waiting");
    const pid = find(process.pid);
    const states: State[] = [];
    for (let i = 0; i < 50; i++) {
      await new Promise((r) => setTimeout(r, 100));
      states.push(state(pid));
    }
    const r = await run.ended;
    t.equal(r.code, 75);
    for (const s of states) {
      t.ok(s.files < 24, `${s.files} descriptors`);
      t.ok(s.threads < 10, `${s.threads} threads`);
    }
    const early = states.slice(0, 10).reduce((most, s) => Math.max(most, s.kilobytes), 0);
    const later = states.slice(-10).reduce((most, s) => Math.max(most, s.kilobytes), 0);
    if (onlyBinary === false) t.ok(later < early + 300, `${early} KB, later ${later} KB`);
  },
  "binary",
);

inside(world, "dial hands nothing on to the command", async (t, preflight) => {
  const file = join(
    t.testdir({
      "p.yaml": `checks:\n  - any: [${outcomes.map((o) => `{tcp: "${o}", successes: 9999}`).join(", ")}, {tcp: "127.0.0.1:7000", successes: 20}]\n`,
    }),
    "p.yaml",
  );
  for (const command of [
    ["ls", "/proc/self/fd"],
    ["grep", "-E", "^(Threads|Sig[^Q])", "/proc/self/status"],
  ]) {
    const bare = await preflight.run(["--allow-empty", "--", ...command]);
    const r = await preflight.run(["--config", file, "--", ...command]);
    t.equal(r.code, 0, r.stderr);
    t.equal(r.stdout, bare.stdout);
  }
});
