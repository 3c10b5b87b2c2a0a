/** What is read of each Compose file is what Compose itself reads of it. */
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { test } from "tap";
import { contextOf } from "../../../src/author/compose/dockerfile.ts";
import { readEnvFile } from "../../../src/author/compose/envfile.ts";
import { lint } from "../../../src/author/compose/lint.ts";
import type { Member, Project } from "../../../src/author/compose/project.ts";
import type { Command, Healthcheck, Span } from "../../../src/author/compose/service.ts";
import { durationOf } from "../../../src/author/compose/duration.ts";
import { compose, config, projects, type ResolvedService } from "./projects.ts";

const skip = compose === "" ? "Compose is not built here: scripts/setup docker" : false;
/** What Compose is called with, and so are we. */
const environment = { HOME: "/nowhere" };
/** Of our errors, those that Compose finds only when it starts containers. */
const LATER = ["no-healthcheck", "restart-fights"];

for (const given of projects) {
  test(`${given.name} is read as Compose reads it`, { skip }, (t) => {
    const { findings, project } = lint({ files: given.files, cwd: given.directory, environment }, given.profiles);
    const theirs = config(given);
    const refused = findings.filter((f) => f.severity === "error" && !LATER.includes(f.rule));
    t.equal(typeof theirs === "string", refused.length > 0, `${JSON.stringify(refused)} / ${JSON.stringify(theirs)}`);
    if (typeof theirs !== "string" && project !== null) {
      t.same([...project.members.keys()].toSorted(), Object.keys(theirs.services).toSorted());
      for (const [name, service] of Object.entries(theirs.services)) {
        const m = project.members.get(name);
        t.same(m === undefined ? {} : ours(project, m), shape(service), name);
      }
    }
    t.end();
  });
}

/** A service in the words of `docker compose config`. */
function ours(project: Project, m: Member): unknown {
  const s = m.service;
  return {
    image: s.image,
    context: s.build === null ? "" : contextOf(s.build),
    command: words(s.command),
    entrypoint: words(s.entrypoint),
    dependsOn: Object.fromEntries(
      s.dependsOn
        .filter((d) => d.required || project.members.has(d.name))
        .map((d) => [d.name, { condition: d.condition, required: d.required }]),
    ),
    environment: variables(project, m),
    ports: s.ports.map((p) => `${p.hostIp}|${p.published}|${p.target}|${p.protocol}`).toSorted(),
    healthcheck: health(s.healthcheck),
    restart: s.restart?.text ?? "",
    networks: [...s.networks].toSorted(),
    profiles: s.profiles,
  };
}

function shape(s: ResolvedService): unknown {
  const h = s.healthcheck ?? {};
  const span = (key: string): number | null => (typeof h[key] === "string" ? (durationOf(h[key]) ?? null) : null);
  return {
    image: s.image ?? "",
    context: s.build?.context ?? "",
    command: dollars(s.command ?? null),
    entrypoint: dollars(s.entrypoint ?? null),
    dependsOn: Object.fromEntries(
      Object.entries(s.depends_on ?? {}).map(([k, d]) => [k, { condition: d.condition, required: d.required }]),
    ),
    environment: dollars(s.environment ?? {}),
    ports: (s.ports ?? [])
      .map((p) => `${p.host_ip ?? ""}|${p.published ?? ""}|${p.target}|${p.protocol ?? "tcp"}`)
      .toSorted(),
    healthcheck: {
      test: dollars(h["test"] ?? null),
      disabled: h["disable"] === true,
      interval: span("interval"),
      timeout: span("timeout"),
      startPeriod: span("start_period"),
      startInterval: span("start_interval"),
    },
    restart: s.restart ?? "",
    networks: Object.keys(s.networks ?? {}).toSorted(),
    profiles: s.profiles ?? [],
  };
}

/** Compose writes a dollar as two. */
function dollars(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value).replaceAll("$$", "$"));
}

function words(c: Command | null): readonly string[] | null {
  return c?.words ?? null;
}

function health(h: Healthcheck | null): unknown {
  const ms = (s: Span | null | undefined): number | null => s?.ms ?? null;
  const line = h?.test?.line ?? "";
  return {
    test: line === "" ? words(h?.test ?? null) : ["CMD-SHELL", line],
    disabled: h?.disabled ?? false,
    interval: ms(h?.interval),
    timeout: ms(h?.timeout),
    startPeriod: ms(h?.startPeriod),
    startInterval: ms(h?.startInterval),
  };
}

/** What the container would have: the files in their order, then what stands in environment. */
function variables({ lookup }: Project, { service }: Member): unknown {
  const all = new Map<string, string | null>();
  for (const use of service.envFiles) {
    try {
      const text = readFileSync(resolve(use.at.source.base, use.path), "utf8");
      if (use.raw)
        for (const l of text.trim().split("\n")) all.set(l.split("=")[0] ?? "", l.split("=").slice(1).join("="));
      else for (const v of readEnvFile(text, lookup).variables) if (v.value !== undefined) all.set(v.name, v.value);
    } catch {
      // one that may be missing
    }
  }
  for (const s of service.environment) all.set(s.name, s.value ?? lookup(s.name) ?? null);
  return Object.fromEntries([...all].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

test("the real Compose is asked for every project", { skip }, (t) => {
  t.ok(projects.length >= 15);
  t.match(join(compose), "docker-compose");
  t.end();
});
