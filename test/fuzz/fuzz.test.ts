// Both artifacts make the same of any input. FUZZ_RUNS=100000 runs it longer, from FUZZ_SEED or a new seed.
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { t as all, test } from "tap";
import { compile, TARGETS } from "../../scripts/build.ts";
import { root } from "../../scripts/tools.ts";
import { ARCH } from "../support/artifacts.ts";
import { SUBJECTS } from "./cases.ts";
import { whole } from "./pieces.ts";
import { answered } from "./answer.ts";

const long = process.env["FUZZ_RUNS"];
const runs = Number(long ?? 20_000);
const seed = Number(process.env["FUZZ_SEED"] ?? (long === undefined ? 3 : Date.now() % 1_000_000_007));

all.setTimeout(3_600_000); // milliseconds: the long run takes what it takes

const folder = join(root, "build/fuzz");
const file = join(folder, "inputs");
mkdirSync(folder, { recursive: true });
const driver = process.env["FUZZ_DRIVER"] ?? built(); // scripts/sanitize.ts has one of its own

function built(): string {
  const out = join(folder, "driver");
  const target = TARGETS.find((t) => t.name === ARCH);
  if (target === undefined) throw new Error(`no target ${ARCH}`);
  compile("test/fuzz/driver.ts", out, target);
  return out;
}

interface Run {
  readonly answers: readonly string[];
  /** How it ended, "" for well. */
  readonly end: string;
}

/** The driver's answers to these inputs, as far as it came. */
function drive(subject: string, inputs: readonly string[]): Run {
  writeFileSync(file, inputs.map((i) => `${subject} ${Buffer.from(i).toString("base64")}\n`).join(""));
  const r = spawnSync(driver, [file], { maxBuffer: 1 << 30, timeout: 600_000 });
  const answers = r.stdout.toString("latin1").split("\n").slice(0, -1);
  const end = r.status === 0 ? "" : `${r.signal ?? r.status ?? ""} ${String(r.stderr).trim()}`;
  return { answers: answers.map((a) => Buffer.from(a, "base64").toString()), end };
}

/** The binary's answer to each input; a crash is one. */
function binary(subject: string, inputs: readonly string[]): readonly string[] {
  const out: string[] = [];
  while (out.length < inputs.length) {
    const rest = inputs.slice(out.length);
    const all = drive(subject, rest);
    out.push(...all.answers.slice(0, rest.length));
    if (all.end === "") break;
    // what it had answered before it crashed may not have been written: the rest one by one, as far as the crash
    for (let at = out.length; at < inputs.length; at = out.length) {
      const one = drive(subject, inputs.slice(at, at + 1));
      out.push(one.answers.at(0) ?? `crash: ${one.end}`);
      if (one.end !== "") break;
    }
  }
  return out;
}

/** Those that the two answer differently. */
function differing(subject: string, inputs: readonly string[]): readonly string[] {
  const theirs = binary(subject, inputs);
  return inputs.filter((input, i) => answered(subject, input) !== theirs[i]);
}

/** The input with as much taken out as can be while the two still differ. */
function smallest(subject: string, input: string): string {
  for (let size = Math.ceil(input.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let shorter: string | undefined = input; shorter !== undefined;) {
      input = shorter;
      const without = Array.from(
        { length: input.length - size + 1 },
        (_, i) => input.slice(0, i) + input.slice(i + size),
      );
      shorter = input.length < size ? undefined : differing(subject, without.map(whole))[0];
    }
  }
  return input;
}

for (const subject of SUBJECTS) {
  const count = Math.ceil(runs * subject.share);
  test(`${subject.name} comes to the same on both artifacts, ${count} times`, { timeout: 3_600_000 }, (t) => {
    const inputs = fc.sample(subject.input, { numRuns: count, seed });
    const different = differing(subject.name, inputs);
    if (different.length === 0) t.pass();
    for (const input of different.toSorted((a, b) => a.length - b.length).slice(0, 3)) {
      const small = smallest(subject.name, input);
      const said = binary(subject.name, [small])[0];
      t.equal(said, answered(subject.name, small), `seed ${seed}: ${JSON.stringify(small)}`);
    }
    t.equal(different.length, 0, `${different.length} of ${count} differ`);
    t.end();
  });
}
