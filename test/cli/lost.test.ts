/** A report that is the product and could not be written is said, and is no success; a reader who has gone is none. */
import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import t, { test } from "tap";
import { both, pack, Preflight } from "../support/artifacts.ts";
import { configuration } from "../support/local.ts";

t.setTimeout(120_000);

interface Said {
  readonly code: number | null;
  readonly stderr: string;
}

/** Runs preflight with this as its standard output; a pipe is closed by its reader at once. */
function into(preflight: Preflight, args: readonly string[], stdout: number | "pipe"): Promise<Said> {
  const [program, ...before] = preflight.artifact.command;
  const env = { PATH: process.env["PATH"] ?? "" };
  const child = spawn(program, [...before, ...args], { stdio: ["ignore", stdout, "pipe"], env, cwd: "/" });
  child.stdout?.destroy();
  let stderr = "";
  child.stderr?.on("data", (b: Buffer) => (stderr += b.toString()));
  return new Promise((done) => child.on("close", (code) => done({ code, stderr })));
}

/** Runs preflight with its output on a disk that is full. */
async function full(preflight: Preflight, args: readonly string[]): Promise<Said> {
  const fd = openSync("/dev/full", "w");
  const said = await into(preflight, args, fd);
  closeSync(fd);
  return said;
}

const LOST = "preflight: the report could not be written: no space left on device\n";

both("a report on a full disk is said to be lost, with 75", async (t, preflight) => {
  for (const args of [
    ["check", "env:PATH"],
    ...["text", "json", "tap", "junit", "github"].map((f) => ["check", "--format", f, "env:PATH"]),
    ["check", "--verbose", "env:PATH"],
    ["explain", "env:PATH"],
    ["schema"],
    ["--help"],
    ["--help", "tcp"],
    ["--version"],
  ])
    t.same(await full(preflight, args), { code: 75, stderr: LOST }, args.join(" "));
  t.same(await full(preflight, ["check", "--quiet", "env:PATH"]), { code: 0, stderr: "" }, "nothing was to be written");
  t.same(await full(preflight, ["check", "env:NONESUCH"]), { code: 78, stderr: LOST }, "a failure keeps its own code");
  t.same(await full(preflight, ["check", "--no-wait", "file:/nonesuch"]), { code: 75, stderr: LOST });
});

test("what a command of the laptop prints on a full disk is said to be lost, with 75", async (t) => {
  for (const args of [["man"], ["completion", "bash"], ["compose", "--help"]])
    t.same(await full(new Preflight(pack), args), { code: 75, stderr: LOST }, args.join(" "));
});

both("a full disk is no matter where the report is not the product", async (t, preflight) => {
  t.same(await full(preflight, ["health", "env:PATH"]), { code: 0, stderr: "" });
  t.same(await full(preflight, ["health", "env:NONESUCH"]), { code: 1, stderr: "" });
  const run = await full(preflight, ["env:PATH", "--", "true"]);
  t.match(run, { code: 0, stderr: /^preflight: 1 check passed in \d+ms\n$/ });
});

both("a reader who has gone is not told, and changes no code", async (t, preflight) => {
  const items = Array.from({ length: 1500 }, (_, i) => `  - env: MISSING_${i}\n    hint: ${"x".repeat(100)}\n`).join(
    "",
  );
  const file = configuration(t, `checks:\n${items}`);
  for (const [args, code] of [
    [["check", "-c", file], 78],
    [["explain", "-c", file], 0],
    [["schema"], 0],
    [["--version"], 0],
  ] as const) {
    t.same(await into(preflight, args, "pipe"), { code, stderr: "" }, args.join(" "));
  }
});
