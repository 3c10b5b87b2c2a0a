/** From what was asked for to what is to be checked. */
import { read } from "#os";
import { UsageError, type Command } from "./arguments.ts";
import type { Kind } from "./check.ts";
import { EnvFileError, parseEnvFile } from "./config/envfile.ts";
import { load } from "./config/load.ts";
import { setVariable, variable } from "./host/environment.ts";
import { reason } from "./host/errno.ts";
import type { Account } from "./host/accounts.ts";
import { decode, YamlError } from "./config/yaml.ts";
import type { Check } from "./plan.ts";
import { select } from "./select.ts";
import { chosen } from "./user.ts";

export interface Plan {
  readonly checks: readonly Check[];
  /** Whom the command is to run as, null where it is not said. */
  readonly user: Account | null;
  /** Everything that is wrong with the configuration, a line each. */
  readonly mistakes: readonly string[];
}

/** A look of `preflight health` takes no longer than this, in milliseconds: the whole is to stay under a second. */
const HEALTH = 900;
const ENV_FILE = 1_048_576;

/** Reads the configuration, then picks. */
export function configure(command: Command, kinds: readonly Kind[]): Plan {
  const mistakes: string[] = [];
  const user = chosen(command, mistakes); // first, for it sets HOME
  const health = command.verb === "health";
  const noWait = command.given("no-wait") || health;
  const asked = command.duration("timeout");
  const config = load(
    {
      file: command.value("config"),
      words: command.words,
      variable: variable("PREFLIGHT_CHECKS") ?? "",
      wait: noWait ? { ms: 0, from: "--no-wait" } : { ms: command.duration("wait"), from: command.source("wait") },
      timeout: { ms: asked, from: command.source("timeout") },
      most: health && !command.given("timeout") ? HEALTH : 0,
    },
    kinds,
  );
  mistakes.push(...config.mistakes.sorted().map((m) => m.line()));
  if (mistakes.length > 0) return { checks: [], user, mistakes };
  const own = health ? config.health : null;
  const checks = select(own ?? config.checks, [...config.checks, ...(own ?? [])], command);
  if (checks.length === 0 && !command.given("allow-empty")) {
    const where =
      config.file === ""
        ? "there is no configuration file, and no check is given"
        : `${config.file} has none that are to run`;
    return { checks, user, mistakes: [`preflight: no checks: ${where}: --allow-empty if that is meant`] };
  }
  return { checks, user, mistakes };
}

/** Sets the variables of --env-file that are not set yet, before all else is read; says what is wrong with it, or "". */
export function readVariables(command: Command): string {
  const path = command.value("env-file");
  if (path === "") return "";
  const bytes = read(path, ENV_FILE + 1);
  if (typeof bytes === "number") throw new UsageError(`cannot read the environment file "${path}": ${reason(bytes)}`);
  try {
    for (const [name, value] of parseEnvFile(decode(bytes))) if (variable(name) === undefined) setVariable(name, value);
    return "";
  } catch (e) {
    if (e instanceof EnvFileError) return `${path}:${e.line}:1: ${e.message}`;
    if (e instanceof YamlError) return `${path}:${e.at.line}:${e.at.column}: ${e.message}`;
    throw e;
  }
}
