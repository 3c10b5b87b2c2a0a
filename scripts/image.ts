/** Builds the image for COPY --from=preflight from dist/, for this machine's architecture. */
import { spawnSync } from "node:child_process";
import { root } from "./tools.ts";
import { VERSION } from "../src/version.ts";

/** Builds and tags it "preflight"; further arguments are docker build's. */
export function image(more: readonly string[] = [], env: NodeJS.ProcessEnv = process.env): void {
  const revision = spawnSync("git", ["rev-parse", "HEAD"], { cwd: root, encoding: "utf8" }).stdout.trim();
  const args = {
    TARGETARCH: process.arch === "arm64" ? "arm64" : "amd64",
    VERSION,
    REVISION: revision === "" ? "unknown" : revision,
  };
  const given = Object.entries(args).flatMap(([name, value]) => ["--build-arg", `${name}=${value}`]);
  const r = spawnSync("docker", ["build", "-q", "-t", "preflight", ...given, ...more, "."], {
    cwd: root,
    env,
    encoding: "utf8",
  });
  if (r.status !== 0) throw new Error(`docker build: ${r.error?.message ?? r.stderr}`);
}

if (import.meta.main) {
  image();
  console.log(`preflight\t${VERSION}, for COPY --from=preflight`);
}
