/** One thing that a command of the laptop finds wrong in a file. */
import { plural } from "../text.ts";

export interface Finding {
  readonly file: string;
  /** From 1; 0 where it is about the file as a whole. */
  readonly line: number;
  /** From 1, in code points; 0 with line 0. */
  readonly column: number;
  readonly severity: "error" | "warning";
  /** What sort of mistake it is, in words with "-" between them: stable, for machines. */
  readonly rule: string;
  /** One line, lower case, no full stop. */
  readonly text: string;
  /** The cure, "" where the text says it. */
  readonly hint: string;
}

/** How findings are written (report.ts). */
export const FORMATS: readonly string[] = ["text", "json", "github", "sarif"];

/** "2 mistakes and 1 warning", "no mistakes". */
export function tally(findings: readonly Finding[]): string {
  const errors = findings.filter((f) => f.severity === "error").length;
  const warnings = findings.length - errors;
  const said = errors === 0 ? "no mistakes" : plural(errors, "mistake");
  return warnings === 0 ? said : `${said} and ${plural(warnings, "warning")}`;
}

/** Where a finding is, as compilers write it. */
export function place(f: Finding): string {
  return f.line === 0 ? f.file : `${f.file}:${f.line}:${f.column}`;
}
