/** What preflight says of many checks, each looked at once in one run. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Test } from "tap";
import type { Preflight } from "./artifacts.ts";

export type Item = Readonly<Record<string, unknown>>;
export const PASSED = "passed";

/** So many checks in one run: a configuration has at most 10,000 nodes. */
const BATCH = 500;

/** Of each check `passed`, or `75 reason | hint`; none ends the run, for all are optional. */
export async function looks(
  t: Test,
  preflight: Preflight,
  items: readonly Item[],
  env: Record<string, string> = {},
): Promise<string[]> {
  if (items.length > BATCH)
    return [
      ...(await looks(t, preflight, items.slice(0, BATCH), env)),
      ...(await looks(t, preflight, items.slice(BATCH), env)),
    ];
  const file = join(t.testdir(), "preflight.json");
  const checks = items.map((item, i) => ({ name: `${i}`, timeout: "2s", optional: true, ...item }));
  writeFileSync(file, JSON.stringify({ checks }));
  const r = await preflight.run(["--no-wait", "--format", "json", "--config", file, "check"], { env });
  const out = items.map(() => `nothing was said: ${r.code} ${r.signal} ${r.stderr}`);
  for (const line of r.stdout.split("\n")) {
    if (line === "") continue;
    const { event, check, why, hint } = JSON.parse(line) as Record<"event" | "check" | "why" | "hint", string>;
    const code = event === "late" ? 75 : event === "failed" ? 78 : event;
    if (event !== "waiting" && event !== "end")
      out[Number(check)] = event === PASSED ? PASSED : `${code} ${why}${hint === "" ? "" : ` | ${hint}`}`;
  }
  return out;
}
