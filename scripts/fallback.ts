/** The way out: the same sources as a Node single executable, so that the compiler is never a trap. */
import { copyFileSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root, run } from "./tools.ts";

const FUSE = "NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2"; // nodejs.org/api/single-executable-applications.html
const folder = join(root, "build/fallback");
const out = join(root, "dist/preflight-node");

mkdirSync(folder, { recursive: true });
mkdirSync(join(root, "dist"), { recursive: true });
const bundle = join(folder, "preflight.cjs");
run("esbuild", [
  "src/main.ts",
  "--bundle",
  "--platform=node",
  "--format=cjs",
  "--target=node24",
  "--minify",
  `--outfile=${bundle}`,
]);
const config = join(folder, "sea.json");
const blob = join(folder, "sea.blob");
writeFileSync(
  config,
  JSON.stringify({ main: bundle, output: blob, disableExperimentalSEAWarning: true, useCodeCache: true }),
);
run(process.execPath, ["--experimental-sea-config", config]);
copyFileSync(process.execPath, out);
run("postject", [out, "NODE_SEA_BLOB", blob, "--sentinel-fuse", FUSE]);
console.log(`dist/preflight-node\t${statSync(out).size} bytes`);
