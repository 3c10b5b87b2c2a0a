/**
 * Runs the whole suite on the same sources under AddressSanitizer, and fails on whatever it reports. It looks for no leaks:
 * the program ends by _exit or by becoming another, which frees all; that a wait holds no memory is tested by itself.
 */
import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { NATIVE } from "./build.ts";
import { INCLUDE, mbedtls } from "./mbedtls.ts";
import { environment, root, run } from "./tools.ts";

const folder = join(root, "build/sanitized");
const out = join(root, "dist/preflight-sanitized");
const driver = join(folder, "driver");
const LLVM = "/usr/lib/llvm-14/bin"; // where Debian's clang-14 is called clang, as scriptc wants it
const path = { PATH: [LLVM, environment()["PATH"] ?? ""].join(":") };

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
chmodSync(folder, 0o1777); // some tests run as another user
mkdirSync(join(root, "dist"), { recursive: true });

// the tests start programs with an environment of their own: the options are part of the program
const options = ["exitcode=99", "detect_leaks=0", `log_path=${join(folder, "report")}`].join(":");
const c = join(folder, "native.c");
writeFileSync(
  c,
  `#include ${JSON.stringify(join(root, "src/os/native.c"))}
const char *__asan_default_options(void) { return ${JSON.stringify(options)}; }
`,
);
cpSync(join(root, "src/os/native.json"), join(folder, "native.json"));
const flags = ["-fsanitize=address", "-g", "-O1", "-std=c17"];
for (const name of NATIVE) {
  const source = name === "native" ? c : `src/os/${name}.c`;
  run("clang", [...flags, ...INCLUDE, "-c", source, "-o", join(folder, `${name}.o`)], path);
}
/** One by one, for clang makes one of several only where it links, and would link the sanitizer's own parts in. */
function together(all: readonly string[], sources: readonly string[], object: string): void {
  const parts = sources.map((source) => join(folder, `${basename(source)}.o`));
  for (const [i, source] of sources.entries()) run("clang", [...all, "-c", source, "-o", parts[i] ?? ""], path);
  run("ld", ["-r", ...parts, "-o", object]);
  for (const part of parts) rmSync(part);
}
cpSync(mbedtls({ command: "clang", flags, together, environment: path }), join(folder, "mbedtls.o"));
for (const [entry, to] of [
  ["src/main.ts", out],
  ["test/fuzz/driver.ts", driver],
] as const) {
  const how = ["--sanitize", "--backend", "c", "--no-keep-c", "--ffi", join(folder, "native.json")];
  run("scriptc", ["build", entry, "-o", to, ...how], path);
}
console.log("dist/preflight-sanitized");

const asked = process.argv.slice(2);
// the others look at what a build leaves behind, or build themselves
const every = globSync("test/**/*.test.ts", { cwd: root, exclude: ["test/{build,compiler}/**"] });
const tests = asked.length > 0 ? asked : every;
const suite = spawnSync(process.execPath, ["--test", "--test-concurrency=2", ...tests], {
  cwd: root,
  env: { ...environment(), PREFLIGHT_BINARY: out, FUZZ_DRIVER: driver },
  stdio: "inherit",
});
// a file with no error in it says that stacks are switched, which is known
const said = globSync("report.*", { cwd: folder }).map((file) => readFileSync(join(folder, file), "utf8"));
const reports = said.filter((text) => text.includes("ERROR: "));
for (const report of reports) process.stderr.write(report);
console.log(`${reports.length} reports of AddressSanitizer`);
process.exitCode = suite.status === 0 && reports.length === 0 ? 0 : 1;
