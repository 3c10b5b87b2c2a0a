/** Which services have preflight in front of them, what their gates wait for, and how long. */
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { parse } from "yaml";
import { Refusal } from "../refusal.ts";
import { readText } from "../input.ts";
import { contextOf, type Dockerfile } from "./dockerfile.ts";
import { durationOf } from "./duration.ts";
import { endpointsOf, type Endpoint } from "./endpoint.ts";
import { fill, Unfillable, type Lookup } from "./interpolate.ts";
import { get, items, text } from "./node.ts";
import type { Service } from "./service.ts";

export interface Gate {
  /** Milliseconds until it gives up, as far as this can be told from outside. */
  readonly wait: number;
  /** Who says so: "preflight's default", a file, a flag or a variable. */
  readonly from: string;
  readonly targets: readonly Endpoint[];
}

/** preflight's own (src/config/load.ts). */
const DEFAULT: Gate = { wait: 30_000, from: "preflight's default", targets: [] };
const FILES = ["preflight.yaml", "preflight.yml", "preflight.json"];

/** A service's gate, null where there is none to be seen. */
export function gateOf(service: Service, made: Dockerfile | null): Gate | null {
  const inImage = service.entrypoint === null && /(?:^|[\s["/])preflight["\s]/.test(`${made?.entrypoint ?? ""} `);
  const words = [service.entrypoint, service.command].find((c) => isPreflight(c?.words[0]))?.words ?? [];
  const flags = words.slice(1, words.includes("--") ? words.indexOf("--") : undefined);
  if (words.length === 0 && !inImage && get(service.node, "x-preflight") === undefined) return null;
  const variables = new Map(service.environment.map((s) => [s.name, s.value ?? ""]));
  const asked = flags.includes("--no-wait") ? "0" : flagValue(flags, "--wait");
  const ofFile = configured(configurationOf(service), (n) => variables.get(n));
  const targets = [...ofFile.targets, ...shorthands([variables.get("PREFLIGHT_CHECKS") ?? "", ...flags].join(" "))];
  const wishes = [
    { text: asked, from: "--wait" },
    { text: variables.get("PREFLIGHT_WAIT"), from: "PREFLIGHT_WAIT" },
  ];
  for (const { text: wish, from } of wishes) {
    const wait = durationOf(wish ?? "");
    if (wait !== undefined) return { wait, from, targets };
  }
  return { ...ofFile, targets };
}

function isPreflight(word: string | undefined): boolean {
  return word !== undefined && /^(?:.*\/)?preflight$/.test(word);
}

function flagValue(words: readonly string[], name: string): string | undefined {
  const at = words.indexOf(name);
  return at >= 0 ? words[at + 1] : words.find((w) => w.startsWith(`${name}=`))?.slice(name.length + 1);
}

function shorthands(line: string): readonly Endpoint[] {
  return line
    .split(/\s+/)
    .flatMap((w) => endpointsOf("", w.replace(/^!?(?:tcp|http|dns):(?!\/\/)/, ""), () => undefined));
}

/** The configuration beside the build, or the one that is mounted where preflight looks for it; "" where there is none. */
function configurationOf(service: Service): string {
  const mounts = items(get(service.node, "volumes")).flatMap((v) => {
    const [source = "", target = ""] = (text(v) ?? "").split(":");
    return [
      { source: text(get(v, "source")) ?? source, target: text(get(v, "target")) ?? target, base: v.at.source.base },
    ];
  });
  const mounted = mounts.find((m) => /(?:^|\/)preflight\.(?:ya?ml|json)$/.test(m.target));
  if (mounted !== undefined) return resolve(mounted.base, mounted.source);
  const context = service.build === null ? "" : contextOf(service.build);
  return FILES.map((f) => join(context, f)).find((f) => context !== "" && existsSync(f)) ?? "";
}

/** The longest wait of a configuration's checks, and what they look at; what is wrong in it, `validate` says. */
function configured(path: string, lookup: Lookup): Gate {
  if (path === "" || !existsSync(path)) return DEFAULT;
  try {
    const all = parse(readText(path, path, 1024 * 1024)) as { wait?: unknown; checks?: unknown } | null;
    const file = path.split("/").at(-1) ?? "";
    const own = durationOf(String(all?.wait)) ?? DEFAULT.wait;
    const checks = Array.isArray(all?.checks) ? (all.checks as unknown[]) : [];
    const waits = checks.map((c) => durationOf(String((c as { wait?: unknown } | null)?.wait)) ?? own);
    const from = all?.wait === undefined && waits.every((w) => w === own) ? DEFAULT.from : file;
    return { wait: Math.max(own, ...waits), from, targets: checks.flatMap((c) => targetsOf(c, lookup)) };
  } catch (e) {
    if (e instanceof Refusal || (e as Error).name.startsWith("YAML")) return DEFAULT;
    throw e;
  }
}

function targetsOf(check: unknown, lookup: Lookup): readonly Endpoint[] {
  if (typeof check === "string") return shorthands(filled(check, lookup));
  if (Array.isArray(check)) return check.flatMap((c) => targetsOf(c, lookup));
  if (typeof check !== "object" || check === null) return [];
  return Object.entries(check).flatMap(([key, value]) => {
    if (Array.isArray(value)) return key === "any" || key === "all" ? targetsOf(value, lookup) : [];
    if (typeof value !== "string" || key === "hint") return [];
    return endpointsOf(key === "dns" ? "_HOST" : "", filled(value, lookup), () => undefined);
  });
}

/** preflight replaces `${` in values as Compose does; only the service's own variables are known here. */
function filled(text: string, lookup: Lookup): string {
  try {
    return fill(text.replace(/\$(?!\{)/g, "$$$$"), lookup, () => {});
  } catch (e) {
    if (e instanceof Unfillable) return "";
    throw e;
  }
}
