/** Where the tools are, and how they are run. */
import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

export const root = join(import.meta.dirname, "..");
export const cache = join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "preflight-gate");

/** The environment in which scriptc finds zig, and both find their caches. */
export function environment(more: Record<string, string> = {}): NodeJS.ProcessEnv {
  const scriptc = join(cache, "scriptc-cache");
  mkdirSync(scriptc, { recursive: true, mode: 0o700 });
  return {
    ...process.env,
    PATH: [join(root, "node_modules/.bin"), join(root, "scripts"), process.env["PATH"] ?? ""].join(":"),
    ZIG_GLOBAL_CACHE_DIR: join(cache, "zig-cache"),
    ZIG_LOCAL_CACHE_DIR: join(cache, "zig-cache"),
    SCRIPTC_CACHE_DIR: scriptc,
    ...more,
  };
}

/** Runs a tool; what it prints is shown only where it fails, and returned. */
export function run(command: string, args: readonly string[], more: Record<string, string> = {}): string {
  const r = spawnSync(command, args, { cwd: root, env: environment(more), encoding: "utf8", maxBuffer: 1 << 30 });
  const text = `${r.stdout ?? ""}${r.stderr ?? ""}`;
  if (r.status === 0) return text;
  process.stderr.write(text);
  throw new Error(`${command} ${args.slice(0, 3).join(" ")} … ended with ${r.status ?? r.signal ?? r.error?.message}`);
}
