/** The report for people: lines, the reasons last, for an orchestrator keeps the tail. */
import type { Outcome } from "../gate/gate.ts";
import type { Standing } from "../gate/standing.ts";
import { plural, span } from "../text.ts";
import { said, summary, type Out, type Report } from "./report.ts";

/** At most so many checks are named while waiting. */
const NAMED = 5;

export function text(out: Out, quiet: boolean, verbose: boolean): Report {
  return {
    changed: (s) => {
      if (quiet) return;
      if (s.state === "waiting") out(`preflight: ${said(s).label}: waiting: ${said(s).why}\n`);
      else if (verbose && s.state === "passed") out(`preflight: ${said(s).label}: passed\n`);
    },
    tick: (standings, now) => {
      if (!quiet && standings.some((s) => s.state === "waiting")) out(`preflight: ${open(standings, now)}\n`);
    },
    end: (outcome, code) => {
      const warned = outcome.standings.filter((s) => s.check.optional && s.state !== "passed");
      if (outcome.is !== "passed") out(`preflight: ${summary(outcome)}: exit ${code}\n${reasons(outcome)}`);
      else if (!quiet) out(`${warned.map((s) => block(s, "optional, ")).join("")}preflight: ${summary(outcome)}\n`);
    },
  };
}

const SIGNALS: ReadonlyMap<number, string> = new Map([
  [1, "SIGHUP"],
  [2, "SIGINT"],
  [3, "SIGQUIT"],
  [15, "SIGTERM"],
]);

/** What a signal put an end to. */
export function waiting(signal: number, standings: readonly Standing[], now: number): string {
  return `${SIGNALS.get(signal) ?? `signal ${signal}`} while ${open(standings, now)}`;
}

/** "waiting for 2 checks: tcp db:5432 (3s: connection refused), …" */
function open(standings: readonly Standing[], now: number): string {
  const those = standings.filter((s) => s.state === "waiting");
  const named = those.slice(0, NAMED).map((s) => `${said(s).label} (${span(now - s.started)}: ${said(s).why})`);
  const more = those.length > NAMED ? `, and ${those.length - NAMED} more` : "";
  return those.length === 0
    ? "about to end, or holding"
    : `waiting for ${plural(those.length, "check")}: ${named.join(", ")}${more}`;
}

/** Every check that did not pass: what was given up first, what failed for good last. */
export function reasons(outcome: Outcome): string {
  const order = ["idle", "waiting", "dropped", "late", "failed"];
  const open = outcome.standings.filter((s) => s.state !== "passed");
  const sorted = open.toSorted((a, b) => order.indexOf(a.state) - order.indexOf(b.state));
  return sorted.map((s) => block(s, s.check.optional ? "optional, " : "")).join("");
}

/** A check's reason, its details and what to do. */
function block(s: Standing, mark: string): string {
  const { label, why, details, hint } = said(s);
  const lines = [`preflight: ${label}: ${mark}${why}`, ...details.map((d) => `  ${d}`)];
  if (hint !== "") lines.push(`  hint: ${hint}`);
  return `${lines.join("\n")}\n`;
}
