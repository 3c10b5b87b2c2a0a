/** Which Compose files are read, what they are called, and the variables that .env gives them. */
import { existsSync, statSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import type { Finding } from "../finding.ts";
import { readText } from "../input.ts";
import { Refusal } from "../refusal.ts";
import { readEnvFile } from "./envfile.ts";
import type { Lookup } from "./interpolate.ts";

/** Bytes of one file. */
export const LIMIT = 1024 * 1024;

/** In order of preference (compose-go, cli/options.go). */
const NAMES = ["compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"];
const OVERRIDES = NAMES.map((n) => n.replace(/\.(?=ya?ml$)/, ".override."));

/** Where to read from: paths are relative to `cwd`, variables those of the caller. */
export interface Reading {
  /** The files as given; none: those that Compose would find. */
  readonly files: readonly string[];
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** The files to read: as given, by COMPOSE_FILE, or the first of Compose's names in this directory or one above, and its override. */
export function chosen({ files, cwd, environment }: Reading): readonly string[] {
  if (files.length > 0) return files;
  const named = environment["COMPOSE_FILE"] ?? "";
  if (named !== "") return named.split(environment["COMPOSE_PATH_SEPARATOR"] ?? ":");
  for (let at = cwd; ; at = dirname(at)) {
    const main = NAMES.find((n) => existsSync(join(at, n)));
    if (main !== undefined) {
      const over = OVERRIDES.find((n) => existsSync(join(at, n)));
      return [main, ...(over === undefined ? [] : [over])].map((n) => relative(cwd, join(at, n)));
    }
    if (dirname(at) === at) break;
  }
  const said = `there is none here, and none above: ${NAMES.join(", ")}`;
  throw new Refusal({
    file: "Compose file",
    line: 0,
    column: 0,
    severity: "error",
    rule: "unreadable",
    text: said,
    hint: "name it: preflight compose FILE",
  });
}

/** The caller's variables, then those of `.env`. */
export function variables(path: string, outer: Lookup, cwd: string, found: Finding[]): Lookup {
  if (!existsSync(path) || statSync(path).isDirectory()) return outer;
  const name = shown(path, cwd);
  const file = readEnvFile(readText(path, name, LIMIT), outer);
  if (file.refused !== null)
    found.push({
      file: name,
      line: file.refused.line,
      column: 1,
      severity: "error",
      rule: "env-file",
      text: file.refused.text,
      hint: "",
    });
  const values = new Map(file.variables.map((v) => [v.name, v.value]));
  return (n) => outer(n) ?? values.get(n);
}

/** A path as messages call it: near the working directory by its way from there. */
export function shown(path: string, cwd: string): string {
  const near = relative(cwd, path);
  return near.startsWith("../../..") ? path : near;
}
