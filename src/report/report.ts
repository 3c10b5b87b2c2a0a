/** What a report is, and what every format is made from. */
import type { Outcome } from "../gate/gate.ts";
import type { Standing } from "../gate/standing.ts";
import { label } from "../plan.ts";
import { secrets } from "../redact.ts";
import { plural, span, visible } from "../text.ts";

/** Told what happens. It only writes; it decides nothing. */
export interface Report {
  /** A check has to wait, waits for something else, or has ended. */
  readonly changed: (s: Standing) => void;
  /** Some seconds have passed. */
  readonly tick: (standings: readonly Standing[], now: number) => void;
  readonly end: (outcome: Outcome, code: number) => void;
}

/** Where a report writes; texts have no secrets in them any more. */
export type Out = (text: string) => void;

/** What a report may say of a check: one line each, no secret, nothing that drives a terminal. */
export interface Said {
  readonly label: string;
  readonly why: string;
  readonly details: readonly string[];
  readonly hint: string;
}

export function said(s: Standing): Said {
  return {
    label: line(label(s.check)),
    why: line(reason(s)),
    details: s.details.slice(0, 5).map((d) => line(d)),
    hint: line(s.check.probe === null ? s.check.hint : s.hint), // a group has no look to say it
  };
}

export function line(text: string): string {
  return visible(secrets.strike(text));
}

/** What Docker keeps of a health check's output, in bytes (moby, daemon/health.go: maxOutputLen). */
const KEPT = 4096;

/** A text that is kept whole: its first line, and as many of its last as there is room for; `mark` is for what is left out. */
export function clipped(text: string, mark: string): string {
  if (Buffer.byteLength(text) <= KEPT) return text;
  const lines = text.split("\n");
  const first = `${lines.at(0) ?? ""}\n`;
  let room = KEPT - Buffer.byteLength(first) - Buffer.byteLength(mark);
  if (room < 0) return "";
  let tail = "";
  for (let i = lines.length - 2; i > 0; i--) {
    const line = `${lines.at(i) ?? ""}\n`;
    room -= Buffer.byteLength(line);
    if (room < 0) break;
    tail = line + tail;
  }
  return first + mark + tail;
}

/** The reason in full: how long it was waited for, and how often it was looked at. */
function reason(s: Standing): string {
  const looks = s.looks > 1 ? `, ${plural(s.looks, "look")}` : "";
  switch (s.state) {
    case "late":
      return s.check.wait === 0 || s.check.probe === null
        ? s.why
        : `not ready after ${span(s.ended - s.started)}: ${s.why}${looks}`;
    case "dropped":
      return s.why === ""
        ? "not looked at"
        : s.looks === 0
          ? s.why
          : `given up after ${span(s.ended - s.started)}: ${s.why}${looks}`;
    default:
      return s.why;
  }
}

/** "1 check failed for good, 2 were not ready", of those that are not optional. */
export function summary(outcome: Outcome): string {
  const needed = outcome.standings.filter((s) => !s.check.optional);
  const failed = needed.filter((s) => s.state === "failed").length;
  const open = needed.filter((s) => s.state !== "failed" && s.state !== "passed").length;
  const parts: string[] = [];
  if (failed > 0) parts.push(`${plural(failed, "check")} failed for good`);
  if (open > 0) parts.push(`${failed > 0 ? open : plural(open, "check")} not ready`);
  const passed = outcome.standings.filter((s) => s.state === "passed").length;
  if (parts.length === 0) return `${plural(passed, "check")} passed in ${span(outcome.took)}`;
  return `${parts.join(", ")}, ${passed} passed in ${span(outcome.took)}`;
}
