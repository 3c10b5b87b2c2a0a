/** Reads a Compose project and says what is wrong with its start-up order. */
import type { Finding } from "../finding.ts";
import { Refusal } from "../refusal.ts";
import type { Reading } from "./files.ts";
import { readProject, type Project } from "./project.ts";
import { RULES } from "./rules/index.ts";
import { misshapen } from "./schema.ts";

export interface Linted {
  readonly findings: readonly Finding[];
  /** Null where nothing can be made of the files. */
  readonly project: Project | null;
}

/** All findings, by file, line and column; never throws for what is in the files. */
export function lint(reading: Reading, profiles: readonly string[]): Linted {
  try {
    const project = readProject(reading, profiles);
    const found = [...project.model.findings, ...misshapen(project.model.root), ...RULES.flatMap((r) => r(project))];
    return { findings: sorted(found), project };
  } catch (e) {
    if (e instanceof Refusal) return { findings: [e.finding], project: null };
    throw e;
  }
}

/** In the order of the files, each said once: a service that two others extend is read twice. */
function sorted(found: readonly Finding[]): readonly Finding[] {
  const unique = new Map(found.map((f) => [JSON.stringify(f), f]));
  return [...unique.values()].toSorted(
    (a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : 0) || a.line - b.line || a.column - b.column,
  );
}
