/** A Compose project as the rules and the pictures see it. */
import { dockerfileOf, type Dockerfile } from "./dockerfile.ts";
import { gateOf, type Gate } from "./gate.ts";
import { habitOf, type Habit } from "./habits.ts";
import type { Lookup } from "./interpolate.ts";
import type { Reading } from "./files.ts";
import { load, type Model } from "./load.ts";
import { entries, get, truth } from "./node.ts";
import type { Service } from "./service.ts";
import { servicesOf } from "./services.ts";

export interface Member {
  readonly service: Service;
  readonly habit: Habit | undefined;
  /** Of what is built, where it can be read. */
  readonly made: Dockerfile | null;
  readonly gate: Gate | null;
}

export interface Project {
  readonly model: Model;
  readonly lookup: Lookup;
  /** What `docker compose up` would start, by name. */
  readonly members: ReadonlyMap<string, Member>;
  /** Services whose profiles are not enabled. */
  readonly resting: ReadonlyMap<string, Service>;
  /** Networks that others made: whoever is on them is not in these files. */
  readonly external: readonly string[];
}

/** Reads a project. `profiles` are those enabled; COMPOSE_PROFILES adds to them. Throws a Refusal. */
export function readProject(reading: Reading, profiles: readonly string[]): Project {
  const model = load(reading);
  const enabled = [...profiles, ...(model.lookup("COMPOSE_PROFILES") ?? "").split(",")].filter((p) => p !== "");
  const members = new Map<string, Member>();
  const resting = new Map<string, Service>();
  for (const [name, service] of servicesOf(model.root)) {
    const on = service.profiles.length === 0 || service.profiles.some((p) => enabled.includes(p));
    if (on || enabled.includes("*")) members.set(name, memberOf(service));
    else resting.set(name, service);
  }
  const networks = entries(get(model.root, "networks")).filter(([, e]) => truth(get(e.value, "external"), false));
  return { model, lookup: model.lookup, members, resting, external: networks.map(([n]) => n) };
}

function memberOf(service: Service): Member {
  const made = service.build === null ? null : dockerfileOf(service.build);
  const image = service.build === null ? service.image : (made?.from ?? "");
  return { service, made, habit: habitOf(image), gate: gateOf(service, made) };
}

/** Whether a service runs once: others wait for its end. */
export function runsOnce(project: Project, name: string): boolean {
  return [...project.members.values()].some(({ service }) =>
    service.dependsOn.some((d) => d.name === name && d.condition === "service_completed_successfully"),
  );
}
