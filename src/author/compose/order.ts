/** When each service would start and be there: an estimate from habits, intervals and conditions, and its longest path. */
import { healthyAt, looksOf } from "./health.ts";
import { runsOnce, type Member, type Project } from "./project.ts";
import type { Condition } from "./schema.ts";

/** Estimates, in milliseconds: a container's start, a program nobody knows, one that runs once, Compose's next question. */
const CONTAINER = 300;
const PROGRAM = 1000;
const ONCE = 5000;
const QUESTION = 500;

/** One service is waited for by another: by depends_on, or by its gate. */
export interface Wait {
  readonly on: string;
  readonly how: Condition | "gate";
  /** When it is over, in milliseconds from the start of all. */
  readonly until: number;
}

/** Times in milliseconds from the start of all. */
export interface Step {
  readonly name: string;
  readonly waits: readonly Wait[];
  readonly starts: number;
  /** When its gate lets the program go; as `starts` where there is none. */
  readonly passes: number;
  /** When it answers, or has ended where it runs once. */
  readonly answers: number;
  /** When Docker calls it healthy, undefined where nobody waits for that. */
  readonly healthy: number | undefined;
  readonly once: boolean;
  readonly critical: boolean;
}

export interface Order {
  /** As they start. */
  readonly steps: readonly Step[];
  /** Names on the longest path, first to last. */
  readonly critical: readonly string[];
  readonly total: number;
}

/** The estimated order of a project; who waits in a circle is taken as if that wait were not. */
export function orderOf(project: Project): Order {
  const known = new Map<string, Step>();
  for (const name of project.members.keys()) estimate(project, name, known, []);
  const steps = [...known.values()].toSorted((a, b) => a.starts - b.starts || a.answers - b.answers);
  const last = steps.toSorted((a, b) => end(b) - end(a))[0];
  const critical = last === undefined ? [] : path(known, last);
  return {
    steps: steps.map((s) => ({ ...s, critical: critical.includes(s.name) })),
    critical,
    total: last === undefined ? 0 : end(last),
  };
}

function end(s: Step): number {
  return Math.max(s.answers, s.healthy ?? 0);
}

function estimate(project: Project, name: string, known: Map<string, Step>, above: readonly string[]): Step | null {
  const done = known.get(name);
  const m = project.members.get(name);
  if (done !== undefined || m === undefined || above.includes(name)) return done ?? null;
  const wait = (on: string, how: Wait["how"]): readonly Wait[] => {
    const step = estimate(project, on, known, [...above, name]);
    return step === null ? [] : [{ on, how, until: over(step, how) }];
  };
  const asked = m.service.dependsOn.flatMap((d) => wait(d.name, d.condition));
  const starts = Math.max(0, ...asked.map((w) => w.until));
  const gated = (m.gate?.targets ?? []).flatMap(({ host }) =>
    [...project.members.values()]
      .filter((o) => o !== m && o.service.names.includes(host))
      .flatMap((o) => wait(o.service.name, "gate")),
  );
  const passes = Math.max(starts, ...gated.map((w) => w.until));
  const once = runsOnce(project, name);
  const answers = passes + own(m, once);
  const awaited = [...project.members.values()].some(({ service }) =>
    service.dependsOn.some((d) => d.name === name && d.condition === "service_healthy"),
  );
  const healthy = awaited ? starts + healthyAt(looksOf(m), answers - starts) : undefined;
  const step = { name, waits: [...asked, ...gated], starts, passes, answers, healthy, once, critical: false };
  known.set(name, step);
  return step;
}

/** How long a program takes from its start. */
function own({ habit }: Member, once: boolean): number {
  return CONTAINER + (once ? ONCE : habit === undefined ? PROGRAM : habit.starts * 1000);
}

function over(step: Step, how: Wait["how"]): number {
  if (how === "service_started") return step.starts + CONTAINER;
  if (how === "gate") return step.answers;
  return (how === "service_healthy" ? (step.healthy ?? step.answers) : step.answers) + QUESTION;
}

/** From the last back through what each was waiting for last. */
function path(known: ReadonlyMap<string, Step>, last: Step): readonly string[] {
  const names: string[] = [];
  for (let at: Step | undefined = last; at !== undefined && !names.includes(at.name);) {
    names.unshift(at.name);
    const until: Wait | undefined = at.waits.toSorted((a, b) => b.until - a.until)[0];
    at = until === undefined ? undefined : known.get(until.on);
  }
  return names;
}
