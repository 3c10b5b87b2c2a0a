/** The report for programs: one JSON object a line and event. Fields are only ever added within a version. */
import type { Standing } from "../gate/standing.ts";
import { line, said, type Out, type Report } from "./report.ts";

export const FORMAT_VERSION = 1;

/**
 * Events: "waiting", "passed", "failed", "late" and "dropped", of one check each; "end" last. `at` and `took` are
 * milliseconds, `at` from the start of the gate.
 */
export function json(out: Out, started: number, now: () => number): Report {
  const head = (event: string): string =>
    `{"version":${FORMAT_VERSION},"event":"${event}","at":${round(now() - started)}`;
  const told = (s: Standing): void => {
    const c = s.check;
    const { label, details, hint } = said(s);
    const texts = [
      text("check", label),
      text("kind", c.kind),
      text("target", line(c.target)),
      text("place", c.place),
      `"optional":${c.optional ? "true" : "false"}`,
      `"looks":${s.looks}`,
      `"took":${round((s.over() ? s.ended : now()) - s.started)}`,
      text("why", line(s.why)),
      `"details":[${details.map((d) => JSON.stringify(d)).join(",")}]`,
      text("hint", hint),
      `"after":[${c.after.map((name) => JSON.stringify(line(name))).join(",")}]`,
    ];
    out(`${head(s.state)},${texts.join(",")}}\n`);
    for (const m of s.members) if (m.state === "dropped") told(m);
  };
  return {
    changed: told,
    tick: () => {},
    end: (outcome, code) => {
      for (const s of outcome.standings) if (s.state === "dropped") told(s);
      out(`${head("end")},"result":"${outcome.is}","exit":${code},"took":${round(outcome.took)}}\n`);
    },
  };
}

function text(name: string, value: string): string {
  return `"${name}":${JSON.stringify(value)}`;
}

function round(ms: number): number {
  return Math.round(ms * 10) / 10;
}
