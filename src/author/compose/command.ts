/** `preflight compose`: findings about the order of a start, or a picture of it. */
import { readFileSync } from "node:fs";
import { UsageError } from "../../arguments.ts";
import * as exit from "../../exit.ts";
import { looksSecret, secrets } from "../../redact.ts";
import type { Given } from "../commands.ts";
import { tally, type Finding } from "../finding.ts";
import { html } from "../picture/html.ts";
import { svg } from "../picture/svg.ts";
import { text } from "../picture/text.ts";
import { report } from "../report.ts";
import { lint } from "./lint.ts";
import { mermaid, timelineOf } from "./picture.ts";
import type { Project } from "./project.ts";

export function run(given: Given): number {
  const files = [...given.values("file"), ...given.words];
  if (given.values("file").length > 0 && given.words.length > 0)
    throw new UsageError("name the files either with --file or without, for their order counts");
  const environment = Object.fromEntries(Object.entries(process.env).map(([k, v]) => [k, v ?? ""]));
  const { findings, project } = lint({ files, cwd: process.cwd(), environment }, given.values("profile"));
  const graph = given.value("graph");
  if (graph !== "") return draw(findings, project, graph);
  const format = given.value("format");
  process.stdout.write(report(findings, format, masked));
  if (format === "" || format === "text") process.stderr.write(summary(findings, project));
  return wrong(findings) ? exit.WRONG : 0;
}

/** The picture on stdout, and on stderr what Compose would not take; of a circle there is none. */
function draw(findings: readonly Finding[], project: Project | null, graph: string): number {
  const errors = findings.filter((f) => f.severity === "error");
  if (project !== null && !errors.some((f) => f.rule === "circle"))
    process.stdout.write(secrets.strike(drawn(project, graph)));
  process.stderr.write(report(errors, "text", masked));
  return wrong(errors) ? exit.WRONG : 0;
}

function wrong(findings: readonly Finding[]): boolean {
  return findings.some((f) => f.severity === "error");
}

function drawn(project: Project, graph: string): string {
  const timeline = timelineOf(project);
  const width = process.stdout.isTTY ? process.stdout.columns : 120;
  switch (graph) {
    case "mermaid":
      return mermaid(project);
    case "svg":
      return svg(timeline);
    case "html":
      return html(timeline);
    default:
      return text(timeline, width);
  }
}

function summary(findings: readonly Finding[], project: Project | null): string {
  const file = project?.model.file ?? findings[0]?.file ?? "";
  return `preflight: ${file}: ${tally(findings)}\n`;
}

/** A file as the report may quote it: what stands behind a name that looks secret is struck, whatever it is. */
function masked(file: string): string | undefined {
  try {
    return maskSecrets(readFileSync(file, "utf8"));
  } catch {
    return undefined; // the finding says why it cannot be read
  }
}

/** A text with the values of `NAME: value` and `NAME=value` struck, where the name looks secret. */
export function maskSecrets(source: string): string {
  const pair = /(["']?)([A-Za-z_][\w.-]*)\1([^\S\n]*[:=][^\S\n]*)("[^"\n]*"|'[^'\n]*'|[^\s,}\]{[#][^,}\]\n]*)/g;
  return source.replace(pair, (all: string, quote: string, name: string, sign: string) =>
    looksSecret(name) ? `${quote}${name}${quote}${sign}***` : all,
  );
}
