/** Healthchecks as others wait for them: there at all, soon enough, and not too early. */
import { span } from "../../../text.ts";
import type { Finding } from "../../finding.ts";
import { looksOf, START_INTERVAL } from "../health.ts";
import { finding } from "../node.ts";
import type { Member, Project } from "../project.ts";
import type { Dependency, Healthcheck } from "../service.ts";

/** An interval that dependants feel, in milliseconds. */
const LONG = 5000;

/** no-healthcheck, slow-interval, short-start-period, idle-start-interval, early-healthy. */
export function healthchecks(project: Project): readonly Finding[] {
  const found: Finding[] = [];
  for (const m of project.members.values()) {
    for (const d of m.service.dependsOn) {
      const on = project.members.get(d.name);
      if (d.condition === "service_healthy" && on !== undefined) found.push(...missing(m, d, on));
    }
    const { healthcheck } = m.service;
    if (healthcheck === null || healthcheck.disabled) continue;
    const waiting = [...project.members.values()].filter(({ service }) =>
      service.dependsOn.some((d) => d.name === m.service.name && d.condition === "service_healthy"),
    );
    if (waiting.length > 0) found.push(...slow(m, healthcheck, waiting), ...early(m, healthcheck));
    found.push(...startPeriod(m, healthcheck));
  }
  return found;
}

function missing({ service }: Member, d: Dependency, on: Member): readonly Finding[] {
  const { there } = looksOf(on);
  if (there === "yes") return [];
  const disabled = on.service.healthcheck?.disabled === true;
  const test = on.habit?.test ?? "";
  const hint = disabled
    ? `take the disabling out, or write condition: service_started and a gate in front of ${service.name}`
    : `give ${d.name} a healthcheck${test === "" ? "" : `: test: ${test}`}`;
  const maybe = there === "maybe";
  const said = disabled
    ? `waits for ${d.name} to be healthy, whose healthcheck is disabled: Compose gives up`
    : `waits for ${d.name} to be healthy, which has no healthcheck${maybe ? " here, and its image may have none" : ": Compose gives up"}`;
  return [finding(d.at, maybe ? "warning" : "error", "no-healthcheck", said, hint)];
}

/** The first look comes after one interval, and each further one after another: that is what dependants wait. */
function slow(m: Member, healthcheck: Healthcheck, waiting: readonly Member[]): readonly Finding[] {
  const looks = looksOf(m);
  if (looks.interval <= LONG || (healthcheck.startInterval !== null && looks.startPeriod > 0)) return [];
  const who = waiting.map(({ service }) => service.name).join(", ");
  const byDefault = healthcheck.interval === null ? ", Docker's default" : "";
  const older = looks.startPeriod > 0 ? ` (from Docker 25 on each ${span(START_INTERVAL)} within start_period)` : "";
  const said = `${m.service.name} is looked at each ${span(looks.interval)}${byDefault}${older}: ${who} may wait that much longer`;
  const hint = "interval: 5s; or, for Docker 25 and later alone, start_period: 1m and start_interval: 1s";
  return [finding(healthcheck.interval?.at ?? healthcheck.at, "warning", "slow-interval", said, hint)];
}

function startPeriod({ service, gate }: Member, healthcheck: Healthcheck): readonly Finding[] {
  const found: Finding[] = [];
  const period = healthcheck.startPeriod?.ms ?? 0;
  const at = healthcheck.startPeriod?.at ?? healthcheck.at;
  if (gate !== null && period < gate.wait) {
    const said = `start_period is ${span(period)}, and the gate may wait ${span(gate.wait)} (${gate.from}): ${service.name} is unhealthy while it waits`;
    found.push(finding(at, "warning", "short-start-period", said, `start_period: ${whole(gate.wait)}, or more`));
  }
  if (healthcheck.startInterval !== null && period === 0) {
    const said = "start_interval counts within start_period only, and there is none";
    found.push(finding(healthcheck.startInterval.at, "warning", "idle-start-interval", said, "start_period: 1m"));
  }
  return found;
}

/** A duration as Compose reads it. */
function whole(ms: number): string {
  return ms % 60_000 === 0 ? `${ms / 60_000}m` : `${Math.ceil(ms / 1000)}s`;
}

/** Database images answer on their socket while their first set-up is still running, and then restart. */
function early({ service }: Member, healthcheck: Healthcheck): readonly Finding[] {
  const line = healthcheck.test?.words.join(" ") ?? "";
  const said = (tool: string, by: string): string =>
    `${tool} asks the socket${by}, where ${service.name} answers while its first set-up is still running: dependants come too early`;
  const host = /(?:\s-h\s*|\s--host[= ])["']?([^\s"']+)/.exec(line)?.[1];
  const at = healthcheck.test?.at ?? healthcheck.at;
  if (/\bpg_isready\b/.test(line) && host === undefined)
    return [finding(at, "warning", "early-healthy", said("pg_isready without --host", ""), "add --host=localhost")];
  if (/\b(?:mysqladmin|mariadb-admin)\b/.test(line) && (host === undefined || host === "localhost"))
    return [
      finding(
        at,
        "warning",
        "early-healthy",
        said("it", host === undefined ? "" : ", for localhost means that here"),
        "add --host=127.0.0.1",
      ),
    ];
  return [];
}
