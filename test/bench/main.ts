// Measures preflight and its peers in one run, prints the figures in Markdown and keeps a whole run in build/bench.json.
// Nothing is asserted: times differ from machine to machine, ratios less.
//
//   node test/bench/main.ts [--quick] [--only FIGURE]    PREFLIGHT=path: the executable, instead of dist/
import { mkdirSync, writeFileSync } from "node:fs";
import { cpus, loadavg, release } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { Result } from "./figure.ts";
import { latency } from "./figures/latency.ts";
import { load } from "./figures/load.ts";
import { many } from "./figures/many.ts";
import { memory } from "./figures/memory.ts";
import { mistake } from "./figures/mistake.ts";
import { size } from "./figures/size.ts";
import { start } from "./figures/start.ts";
import { open } from "./lab.ts";
import { markdown, verdicts } from "./report.ts";
import { folders, say, version } from "./source.ts";

const figures = { size, start, memory, latency, load, many, mistake };

const { values: options } = parseArgs({ options: { quick: { type: "boolean" }, only: { type: "string" } } });
const chosen = Object.entries(figures).filter(([name]) => options.only === undefined || options.only === name);
if (chosen.length === 0) {
  say(`no figure "${options.only}": there are ${Object.keys(figures).join(", ")}`);
  process.exit(64);
}

const lab = await open(options.quick ?? false);
const [cpu] = cpus();
const machine = `${cpus().length} × ${cpu?.model.trim()}, Linux ${release()}, load ${loadavg()[0]?.toFixed(1)}`;
const date = new Date().toISOString().slice(0, 16).replace("T", " ");
const versions = Object.fromEntries(lab.tools.map((tool) => [tool.name, version(tool.source)]));
console.log(`## preflight and its peers, ${date} UTC\n\n${machine}; Node ${process.version}\n`);
console.log(`${lab.tools.map(({ name }) => `${name} (${versions[name]})`).join(", ")}\n`);
if (lab.skipped.length > 0)
  console.log(`${lab.skipped.map(({ name, why }) => `- without ${name}: ${why}`).join("\n")}\n`);

const results: Record<string, Result> = {};
for (const [name, figure] of chosen) {
  say(name);
  const result = await figure(lab);
  results[name] = result;
  for (const table of result.tables) console.log(markdown(table));
}
console.log(verdicts(Object.values(results).flatMap((result) => result.targets)));

// a run of one figure alone does not replace what a whole run said
if (options.only === undefined) {
  mkdirSync(join(folders.root, "build"), { recursive: true });
  const kept = { date, machine, versions, skipped: lab.skipped, figures: results };
  writeFileSync(join(folders.root, "build/bench.json"), `${JSON.stringify(kept, null, 2)}\n`);
}
