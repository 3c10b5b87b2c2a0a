/** What a server's own words come to: the verdict tables of kinds. */
import { pass, refuse, wait, type Verdict } from "../check.ts";

/** The verdict on a server's own code: a row of a kind's table. */
export interface Rule {
  /** How the code begins. */
  readonly code: string;
  readonly is: "pass" | "wait" | "refuse";
  /** What helps, "" where nothing is to be said. */
  readonly hint: string;
}

/** By the first row whose code it begins with; what is in no row may pass by. */
export function ruled(rules: readonly Rule[], code: string, why: string): Verdict {
  const rule = rules.find((r) => code.startsWith(r.code));
  if (rule === undefined || rule.is === "wait") return wait(why, "answering", rule === undefined ? "" : rule.hint);
  return rule.is === "pass" ? pass() : refuse(why, rule.hint);
}
