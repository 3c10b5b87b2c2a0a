/** One fixed end of a gate that holds every sort of check and every awkward character, for the reports. */
import type { Outcome } from "../../src/gate/gate.ts";
import { Standing, type State } from "../../src/gate/standing.ts";
import type { Check } from "../../src/plan.ts";
import { check, group } from "./plan.ts";

/** What a name must survive: quotes, markup, escapes, comments and directives of each format, controls, both ends of a line. */
export const AWKWARD = `a<b>&"c' \\ # TODO x | %0A :: , : \u0000\u001b[31m\r\n\t\u2028\u202e\uFFFE ü 漢 😀`;

interface Ended {
  readonly why?: string;
  readonly details?: readonly string[];
  readonly hint?: string;
  readonly looks?: number;
  /** Milliseconds from the start of the gate. */
  readonly ended?: number;
}

function standing(c: Check, state: State, e: Ended = {}): Standing {
  const s = new Standing(c);
  s.state = state;
  s.why = e.why ?? "";
  s.details = e.details ?? [];
  s.hint = e.hint ?? "";
  s.looks = e.looks ?? 1;
  s.started = 10;
  s.ended = e.ended ?? 20;
  return s;
}

const never = (): null => null;
const member = check("", never, { kind: "tcp", target: "db:5432", place: "preflight.yaml:20:7" });

/** A check at a place of the file. */
function at(line: number, more: Partial<Check>): Check {
  return check("", never, { place: `preflight.yaml:${line}:5`, ...more });
}

export const STANDINGS: readonly Standing[] = [
  standing(at(3, { kind: "env", target: "PORT", instant: true }), "passed"),
  standing(at(5, { kind: "tcp", target: "cache:6379" }), "late", {
    why: "connection refused at 172.18.0.3",
    looks: 118,
    ended: 30_010,
    hint: "is it in this network?",
  }),
  standing(at(7, { kind: "command", target: "./manage check" }), "failed", {
    why: "exit code 4, which fail_exit names",
    details: ["one", "::error::two # three", "  indented: - yes", "C:\\new\\temp", "five", "six is not shown"],
    hint: 'run "./manage migrate" first & <again>',
    looks: 3,
  }),
  standing(at(9, { kind: "http", target: "http://auth/" }), "dropped", { why: "status 503, want 2xx", looks: 7 }),
  standing(at(10, { kind: "tcp", target: "later:1" }), "dropped", { looks: 0 }),
  standing(at(11, { name: "nice", kind: "file", target: "/x", optional: true }), "late", { why: "no such file" }),
  standing(
    { ...group("any", [member]), target: "of tcp db:5432", place: "preflight.yaml:19:3", hint: "one will do" },
    "late",
    { why: "tcp db:5432: the name does not resolve", looks: 0 },
  ),
  standing(at(25, { name: AWKWARD, kind: "file", target: "/y" }), "failed", {
    why: `of another sort: ${AWKWARD}`,
    details: [AWKWARD],
    hint: AWKWARD,
  }),
  standing(
    check("word", never, { kind: "env", target: "W", source: "command line", place: "command line", optional: true }),
    "passed",
  ),
];

export const OUTCOME: Outcome = { is: "failed", standings: STANDINGS, took: 30_010 };
