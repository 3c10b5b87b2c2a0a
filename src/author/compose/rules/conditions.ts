/** Whom a service is started after, and whether it is waited for long enough. */
import { meant, quoted } from "../../../text.ts";
import type { Finding } from "../../finding.ts";
import { SLOW } from "../habits.ts";
import { finding } from "../node.ts";
import type { Member, Project } from "../project.ts";
import type { Dependency } from "../service.ts";
import { endpoints } from "./hosts.ts";

/** no-condition, not-awaited, unknown-dependency. */
export function conditions(project: Project): readonly Finding[] {
  return [...project.members.values()].flatMap((m) => [
    ...m.service.dependsOn.flatMap((d) => dependency(project, m, d)),
    ...notAwaited(project, m),
  ]);
}

function dependency(project: Project, { service, gate }: Member, d: Dependency): readonly Finding[] {
  const on = project.members.get(d.name);
  if (on === undefined) return d.required ? [unknown(project, d)] : [];
  if (gate !== null || d.condition !== "service_started" || !takesTime(on)) return [];
  const said = `${service.name} is started as soon as ${d.name} is, which takes about ${seconds(on)} to answer`;
  return [finding(d.at, "warning", "no-condition", said, cure(d.name, on))];
}

function unknown(project: Project, d: Dependency): Finding {
  const resting = project.resting.get(d.name);
  if (resting === undefined) {
    const known = [...project.members.keys()];
    return finding(
      d.at,
      "error",
      "unknown-dependency",
      `depends on ${quoted(d.name)}, which is no service${meant(d.name, known)}`,
    );
  }
  const profiles = resting.profiles.join(", ");
  const said = `depends on ${d.name}, which is only there with profile ${profiles}: Compose refuses to start`;
  return finding(d.at, "error", "unknown-dependency", said, "give both the same profile, or write required: false");
}

/** A service that speaks to one that takes time, and neither depends on it nor has a gate. */
function notAwaited(project: Project, m: Member): readonly Finding[] {
  if (m.gate !== null) return [];
  const found = new Map<string, Finding>();
  for (const { setting, endpoint } of endpoints(m)) {
    const on = [...project.members.values()].find(({ service }) => service.names.includes(endpoint.host));
    if (on === undefined || on === m || !takesTime(on) || reaches(project, m.service.name, on.service.name)) continue;
    const { name } = on.service;
    const said = `${setting.name} names ${name}, which takes about ${seconds(on)} to answer, and nothing waits for it`;
    const hint = cure(name, on).replace("condition:", `depends_on: ${name}: condition:`);
    if (!found.has(name)) found.set(name, finding(setting.at, "warning", "not-awaited", said, hint));
  }
  return [...found.values()];
}

/** Whether one service is started after another, directly or through others. */
function reaches(project: Project, from: string, to: string, seen = new Set<string>()): boolean {
  if (seen.has(from)) return false;
  seen.add(from);
  const next = project.members.get(from)?.service.dependsOn ?? [];
  return next.some((d) => d.name === to || reaches(project, d.name, to, seen));
}

function takesTime({ habit }: Member): boolean {
  return habit !== undefined && habit.starts >= SLOW && habit.ports.length > 0;
}

function seconds({ habit }: Member): string {
  return `${habit?.starts ?? 0} s`;
}

function cure(name: string, on: Member): string {
  const { healthcheck } = on.service;
  const checked = (healthcheck !== null && !healthcheck.disabled) || (on.habit?.checks ?? false);
  const test = on.habit?.test ?? "";
  const its = checked ? "" : `, and a healthcheck on ${name}${test === "" ? "" : `: test: ${test}`}`;
  return `condition: service_healthy${its}; or a preflight gate, which also waits after a restart`;
}
