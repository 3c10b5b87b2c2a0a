/**
 * The Kubernetes lab: a cluster of one node of its own, the tests of this folder on it, and nothing left behind.
 *   node test/kubernetes/lab.ts [--show | --update | --slow]
 * --show prints what examples/kubernetes/run shows, --update writes it to the example's README, and --slow tests Kubernetes'
 * own back-off. Where no cluster can be, a line says why and its tests are skipped; PREFLIGHT_REQUIRE_LAB=1 makes that a failure.
 */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { enter, unable } from "./support/enter.ts";

const [asked] = process.argv.slice(2);
const file = (name: string): string => join(import.meta.dirname, name);
const INSIDE: Readonly<Record<string, readonly [string, ...string[]]>> = {
  "--show": ["inside/show.ts"],
  "--update": ["inside/show.ts", "update"],
  "--slow": ["inside/back-off.ts"],
};

const why = unable();
if (why !== false) {
  console.log(`# SKIP kubernetes: ${why}`);
  if (process.env["PREFLIGHT_REQUIRE_LAB"] === "1") process.exit(1);
}
if (asked !== undefined) {
  const [module, ...words] = INSIDE[asked] ?? [];
  if (module === undefined) throw new Error(`want --show, --update or --slow: got ${asked}`);
  process.exit(why === false ? await enter(file(module), words) : 0);
}
const tests = ["--test", file("manifests.test.ts"), file("kubernetes.test.ts")];
process.exit(spawnSync(process.execPath, tests, { stdio: "inherit" }).status ?? 1);
