/** Which report it is to be: as asked for, and as the stream it goes to can show it. */
import { columns, write } from "#os";
import type { Command } from "../arguments.ts";
import { variable } from "../host/environment.ts";
import { secrets } from "../redact.ts";
import { json } from "./json.ts";
import { list } from "./lists.ts";
import { live } from "./live.ts";
import { clipped, type Out, type Report } from "./report.ts";
import { text } from "./text.ts";

export interface Chosen {
  readonly report: Report;
  /** Milliseconds between two ticks. */
  readonly every: number;
  /** The errno why something of it could not be written, 0 where all was. */
  readonly lost: () => number;
}

/** Milliseconds between two lines that say what is waited for, and between two drawings of the table. */
const LINES = 10_000;
const FRAMES = 100;
/** A terminal with fewer columns has no room for a table. */
const NARROW = 20;

/** The report that goes to this descriptor. */
export function choose(command: Command, fd: number, started: number, now: () => number): Chosen {
  let errno = 0;
  const out = (words: string): void => {
    const failed = write(fd, secrets.strike(words));
    if (errno === 0) errno = failed;
  };
  const lost = (): number => errno;
  const format = command.value("format") === "" ? "text" : command.value("format");
  const quiet = command.given("quiet");
  const verbose = command.given("verbose");
  const plain = (to: Out): Report =>
    format === "json" ? json(to, started, now) : format === "text" ? text(to, quiet, verbose) : list(to, format);
  if (command.verb === "health")
    return { report: brief(plain, out, format === "text" ? "  …\n" : ""), every: LINES, lost };
  const width = format !== "text" || quiet || verbose || variable("TERM") === "dumb" ? 0 : columns(fd);
  if (width < NARROW) return { report: plain(out), every: LINES, lost };
  return { report: live(out, width, coloured(), plain(out)), every: FRAMES, lost };
}

/** A report that is written at its end, and is no longer than what Docker keeps of a health check's. */
function brief(make: (out: Out) => Report, out: Out, mark: string): Report {
  let said = "";
  const report = make((words) => {
    said += words;
  });
  return {
    changed: report.changed,
    tick: report.tick,
    end: (outcome, code) => {
      report.end(outcome, code);
      out(clipped(secrets.strike(said), mark));
    },
  };
}

/** https://no-color.org and https://bixense.com/clicolors */
function coloured(): boolean {
  const forced = variable("CLICOLOR_FORCE") ?? "";
  return (variable("NO_COLOR") ?? "") === "" || (forced !== "" && forced !== "0");
}
