/** The long fuzz run: FUZZ_RUNS inputs (100,000 where it is not set) of each subject, from a new seed that is printed. */
import { spawnSync } from "node:child_process";
import { environment, root } from "./tools.ts";

const runs = process.env["FUZZ_RUNS"] ?? "100000";
const seed = process.env["FUZZ_SEED"] ?? String(Date.now() % 1_000_000_007);
console.log(`FUZZ_RUNS=${runs} FUZZ_SEED=${seed} npm run fuzz    runs this again`);
const { status } = spawnSync(process.execPath, ["--test", "test/fuzz/fuzz.test.ts"], {
  cwd: root,
  env: { ...environment(), FUZZ_RUNS: runs, FUZZ_SEED: seed },
  stdio: "inherit",
});
process.exitCode = status ?? 1;
