/** A model's services, read out of whichever short and long forms they were written in. */
import { CONDITIONS } from "./schema.ts";
import { durationOf } from "./duration.ts";
import { dependencies, named } from "./merge.ts";
import { entries, get, isNull, items, text, truth, type Node, type Place } from "./node.ts";
import { portsOf, unique } from "./port.ts";
import type { Service, Word, Build, Command, Dependency, Setting, EnvFileUse, Healthcheck, Span } from "./service.ts";

/** All services of a merged model, by name. */
export function servicesOf(model: Node): ReadonlyMap<string, Service> {
  const all = entries(get(model, "services")).filter(([, e]) => e.value.kind === "dict");
  return new Map(all.map(([name, e]) => [name, serviceOf(name, e.at, e.value)]));
}

function serviceOf(name: string, at: Place, node: Node): Service {
  const part = (key: string): Node | undefined => get(node, key);
  const strings = (key: string): readonly string[] => items(part(key)).map((n) => text(n) ?? "");
  const mode = text(part("network_mode")) ?? "";
  const networks = entries(uncounted(part("networks")));
  const names = [name, text(part("container_name")) ?? "", text(part("hostname")) ?? ""];
  const aliases = networks.flatMap(([, e]) => items(get(e.value, "aliases")).map((n) => text(n) ?? ""));
  return {
    name,
    at,
    node,
    image: text(part("image")) ?? "",
    build: buildOf(part("build")),
    entrypoint: commandOf(part("entrypoint")),
    command: commandOf(part("command")),
    dependsOn: dependsOn(node),
    environment: settings(part("environment")),
    envFiles: envFiles(part("env_file")),
    healthcheck: healthcheckOf(part("healthcheck")),
    ports: unique(items(part("ports")).flatMap((n) => portsOf(n))),
    expose: strings("expose"),
    restart: wordOf(part("restart")),
    profiles: strings("profiles"),
    networks: mode !== "" ? [] : networks.length === 0 ? ["default"] : networks.map(([n]) => n),
    networkMode: mode,
    names: [...names, ...aliases].filter((n) => n !== ""),
    hosts: [
      ...hostNames(part("extra_hosts")),
      ...[...strings("links"), ...strings("external_links")].flatMap((l) => l.split(":")),
    ],
  };
}

function uncounted(node: Node | undefined): Node | undefined {
  return node === undefined ? undefined : named(node);
}

function wordOf(node: Node | undefined): Word | null {
  const word = text(node);
  return node === undefined || word === undefined ? null : { at: node.at, text: word };
}

function buildOf(node: Node | undefined): Build | null {
  if (node === undefined || isNull(node)) return null;
  const context = text(node) ?? text(get(node, "context")) ?? ".";
  return { at: node.at, context, dockerfile: text(get(node, "dockerfile")) ?? "Dockerfile", base: node.at.source.base };
}

function commandOf(node: Node | undefined): Command | null {
  if (node === undefined || isNull(node)) return null;
  if (node.kind === "list") return { at: node.at, words: node.items.map((n) => text(n) ?? ""), line: "" };
  const line = text(node) ?? "";
  const words = line.match(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g) ?? [];
  return { at: node.at, words: words.map((w) => w.replace(/["']/g, "")), line };
}

/** depends_on, and what Compose adds to it: links, and namespaces that are shared with a service. */
function dependsOn(node: Node): readonly Dependency[] {
  const written = get(node, "depends_on");
  const found = new Map<string, Dependency>();
  const all = written === undefined || isNull(written) ? undefined : dependencies(written);
  for (const [name, e] of entries(all)) {
    const condition = get(e.value, "condition");
    const word = text(condition) ?? "";
    found.set(name, {
      name,
      at: e.at,
      condition: CONDITIONS.find((c) => c === word) ?? "service_started",
      explicit: condition?.kind === "scalar" && condition.written !== "",
      required: truth(get(e.value, "required"), true),
    });
  }
  const implied = [
    ...items(get(node, "links")).map((n) => [n, (text(n) ?? "").split(":")[0] ?? ""] as const),
    ...["network_mode", "ipc", "pid", "uts", "cgroup"].flatMap((key) => {
      const n = get(node, key);
      const service = /^service:(.+)$/.exec(text(n) ?? "")?.[1];
      return n === undefined || service === undefined ? [] : [[n, service] as const];
    }),
    ...items(get(node, "volumes_from"))
      .filter((n) => !(text(n) ?? "").startsWith("container:"))
      .map((n) => [n, (text(n) ?? "").split(":")[0] ?? ""] as const),
  ];
  for (const [n, name] of implied)
    if (!found.has(name))
      found.set(name, { name, at: n.at, condition: "service_started", explicit: false, required: true });
  return [...found.values()];
}

function settings(node: Node | undefined): readonly Setting[] {
  return entries(uncounted(node)).map(([name, { at, value }]) => ({
    name,
    value: isNull(value) ? null : (text(value) ?? ""),
    written: value.kind === "scalar" ? value.written : "",
    at,
  }));
}

function envFiles(node: Node | undefined): readonly EnvFileUse[] {
  const uses = items(node).map((n) => ({
    path: text(n) ?? text(get(n, "path")) ?? "",
    at: n.at,
    required: truth(get(n, "required"), true),
    raw: text(get(n, "format")) === "raw",
  }));
  return uses.filter((u, i) => uses.findIndex((o) => o.path === u.path) === i);
}

function healthcheckOf(node: Node | undefined): Healthcheck | null {
  if (node?.kind !== "dict") return null;
  const test = get(node, "test");
  const span = (key: string): Span | null => {
    const n = get(node, key);
    const ms = durationOf(text(n) ?? "");
    return n === undefined || ms === undefined ? null : { at: n.at, ms };
  };
  const command = commandOf(test);
  return {
    at: node.at,
    disabled: truth(get(node, "disable"), false) || command?.words[0] === "NONE",
    test: command,
    interval: span("interval"),
    startPeriod: span("start_period"),
    startInterval: span("start_interval"),
    timeout: span("timeout"),
  };
}

/** "host=ip" and "host:ip", as a list or a mapping. */
function hostNames(node: Node | undefined): readonly string[] {
  if (node?.kind === "dict") return entries(node).map(([name]) => name.split(/[:=]/)[0] ?? "");
  return items(node).map((n) => (text(n) ?? "").split(/[:=]/)[0] ?? "");
}
