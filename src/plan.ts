/** What is to be checked: the configuration bound to its probes. */
import type { Probe } from "./check.ts";
import type { Options } from "./fields.ts";

/** One prerequisite, or a group of them ("any", "all") with members instead of a probe. */
export interface Check {
  /** As configured, "" where it was not named. */
  readonly name: string;
  readonly kind: string;
  readonly target: string;
  readonly probe: Probe | null;
  readonly members: readonly Check[];
  /** The kind's own fields. */
  readonly options: Options;
  /** The fields that every check has. */
  readonly common: Options;
  /** Where it was configured: "preflight.yaml", "command line" or "PREFLIGHT_CHECKS". */
  readonly source: string;
  /** The same with line and column, "preflight.yaml:4:5", where there are such. */
  readonly place: string;
  readonly instant: boolean;
  readonly fixed: boolean;
  /** Milliseconds it may take to come true, and who says so. */
  readonly wait: number;
  readonly waitFrom: string;
  /** Milliseconds one look may take, and who says so. */
  readonly timeout: number;
  readonly timeoutFrom: string;
  readonly hint: string;
  readonly optional: boolean;
  readonly not: boolean;
  readonly after: readonly string[];
  readonly successes: number;
}

/** What people call it: its name, else its kind and target. */
export function label(check: Check): string {
  return check.name === "" ? `${check.not ? "not " : ""}${check.kind} ${check.target}` : check.name;
}

/** The checks that look, groups resolved into their members. */
export function leaves(checks: readonly Check[]): readonly Check[] {
  const out: Check[] = [];
  for (const c of checks) {
    if (c.probe !== null) out.push(c);
    else out.push(...leaves(c.members));
  }
  return out;
}
