/** The Compose files of these tests: what is read of each, and what Compose itself makes of it. */
import { spawnSync } from "node:child_process";
import { globSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

export interface Given {
  readonly name: string;
  readonly directory: string;
  /** Files and profiles that are not the default. */
  readonly files: readonly string[];
  readonly profiles: readonly string[];
}

/** What is asked for where it is not what Compose finds by itself. */
const ASKED: Readonly<Record<string, Partial<Given>>> = {
  "three-files": { files: ["base.yaml", "deploy/queue.yaml", "deploy/prod.yaml"] },
  "profiles-dev": { profiles: ["dev"] },
};

/** Every folder beside this file. */
export const projects: readonly Given[] = globSync("*/", { cwd: import.meta.dirname })
  .map((d) => d.replace(/\/$/, ""))
  .toSorted()
  .map((name) => ({ name, directory: join(import.meta.dirname, name), files: [], profiles: [], ...ASKED[name] }));

const cache = join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "preflight-gate");

/** The real Compose, "" where scripts/setup has not built it; it needs no engine for this. */
export const compose =
  globSync("compose-v*/docker-compose", { cwd: cache })
    .map((f) => join(cache, f))
    .at(-1) ?? "";

export interface Port {
  readonly target: number;
  readonly published?: string;
  readonly protocol?: string;
  readonly host_ip?: string;
}
export interface Resolved {
  readonly services: Readonly<Record<string, ResolvedService>>;
}
export interface ResolvedService {
  readonly image?: string;
  readonly build?: { readonly context: string; readonly dockerfile?: string };
  readonly command?: readonly string[] | null;
  readonly entrypoint?: readonly string[] | null;
  readonly depends_on?: Readonly<Record<string, { readonly condition: string; readonly required: boolean }>>;
  readonly environment?: Readonly<Record<string, string | null>>;
  readonly ports?: readonly Port[];
  readonly expose?: readonly string[];
  readonly healthcheck?: Readonly<Record<string, unknown>>;
  readonly restart?: string;
  readonly networks?: Readonly<Record<string, unknown>>;
  readonly profiles?: readonly string[];
}

/** `docker compose config`: the project as Compose reads it, or why it refuses. */
export function config(given: Given): Resolved | string {
  const words = [...given.files.flatMap((f) => ["-f", f]), ...given.profiles.flatMap((p) => ["--profile", p])];
  const env = { PATH: process.env["PATH"], HOME: "/nowhere" };
  const r = spawnSync(compose, [...words, "config", "--format", "json"], {
    cwd: given.directory,
    env,
    encoding: "utf8",
  });
  return r.status === 0 ? (JSON.parse(r.stdout) as Resolved) : r.stderr.trim();
}
