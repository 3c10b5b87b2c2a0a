/** `preflight trace`: what gates waited for, from what they wrote with --format json. */
import { basename } from "node:path";
import { UsageError } from "../../arguments.ts";
import * as exit from "../../exit.ts";
import { secrets } from "../../redact.ts";
import type { Given } from "../commands.ts";
import { readText } from "../input.ts";
import { html } from "../picture/html.ts";
import { svg } from "../picture/svg.ts";
import { text } from "../picture/text.ts";
import { report } from "../report.ts";
import { Refusal } from "../refusal.ts";
import { readLog, type Run } from "./events.ts";
import { timelineOf } from "./picture.ts";

/** A day's log of a talkative program is larger; what a start writes is not. */
const LIMIT = 64 * 1024 * 1024;

/** Rows that can be told from each other. */
const MOST = 2000;

export function run(given: Given): number {
  if (given.words.filter((w) => w === "-").length > 1)
    throw new UsageError('"-" is the standard input: it can be read once');
  try {
    const runs = given.words.flatMap((f) => [...runsOf(f)]);
    const timeline = timelineOf(runs);
    const format = given.value("format");
    const width = process.stdout.isTTY ? process.stdout.columns : 120;
    const picture = format === "svg" ? svg(timeline) : format === "html" ? html(timeline) : text(timeline, width);
    process.stdout.write(secrets.strike(picture));
    return 0;
  } catch (e) {
    if (!(e instanceof Refusal)) throw e;
    process.stderr.write(report([e.finding], "text", () => undefined));
    return exit.WRONG;
  }
}

function runsOf(file: string): readonly Run[] {
  const name = file === "-" ? "standard input" : file;
  const { runs, others } = readLog(
    readText(file, name, LIMIT),
    file === "-" ? "start" : basename(file).replace(/\.\w+$/, ""),
  );
  const refuse = (rule: string, text: string, hint: string): Refusal =>
    new Refusal({ file: name, line: 0, column: 0, severity: "error", rule, text, hint });
  const checks = runs.reduce((sum, r) => sum + new Set(r.events.map((e) => e.check)).size, runs.length);
  if (checks > MOST)
    throw refuse(
      "too-many",
      `more than ${MOST} starts and checks: a picture would show nothing`,
      "take a part of the log",
    );
  if (runs.length > 0) return runs;
  const said = others === 0 ? "it holds nothing but empty lines" : "none of its lines is an event of a gate";
  throw refuse("no-events", said, "write one with preflight --format json … 2>events.jsonl");
}
