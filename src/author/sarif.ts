/** Findings for code scanners: SARIF 2.1.0 (OASIS, docs.oasis-open.org/sarif/sarif/v2.1.0). */
import { VERSION } from "../version.ts";
import type { Finding } from "./finding.ts";

/** One run of preflight as a log file; positions are in code points (3.14.17, columnKind). */
export function sarif(findings: readonly Finding[]): string {
  const rules = [...new Set(findings.map((f) => f.rule))].toSorted();
  const log = {
    $schema: "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: { driver: { name: "preflight", semanticVersion: VERSION, rules: rules.map((id) => ({ id })) } },
        columnKind: "unicodeCodePoints",
        results: findings.map((f) => ({
          ruleId: f.rule,
          ruleIndex: rules.indexOf(f.rule),
          level: f.severity,
          message: { text: f.hint === "" ? f.text : `${f.text}: ${f.hint}` },
          locations: [{ physicalLocation: physical(f) }],
        })),
      },
    ],
  };
  return `${JSON.stringify(log, null, 2)}\n`;
}

function physical(f: Finding): object {
  const artifactLocation = { uri: f.file.split("/").map(encodeURIComponent).join("/") };
  return f.line === 0
    ? { artifactLocation }
    : { artifactLocation, region: { startLine: f.line, startColumn: f.column } };
}
