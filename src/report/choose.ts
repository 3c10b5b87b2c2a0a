/** Which report it is to be: as asked for, and as the stream it goes to can show it. */
import { columns, write } from "#os";
import type { Command } from "../arguments.ts";
import { variable } from "../host/environment.ts";
import { secrets } from "../redact.ts";
import { json } from "./json.ts";
import { list } from "./lists.ts";
import { live } from "./live.ts";
import type { Report } from "./report.ts";
import { text } from "./text.ts";

export interface Chosen {
  readonly report: Report;
  /** Milliseconds between two ticks. */
  readonly every: number;
}

/** The report that goes to this descriptor. */
export function choose(command: Command, fd: number, started: number, now: () => number): Chosen {
  const out = (words: string): void => {
    write(fd, secrets.strike(words));
  };
  const format = command.value("format");
  const quiet = command.given("quiet");
  const verbose = command.given("verbose");
  if (format === "json") return { report: json(out, started, now), every: 10_000 };
  if (format !== "" && format !== "text") return { report: list(out, format), every: 10_000 };
  const lines = text(out, quiet, verbose);
  const width = quiet || verbose || variable("TERM") === "dumb" ? 0 : columns(fd);
  if (width === 0) return { report: lines, every: 10_000 };
  return { report: live(out, width, coloured(), lines), every: 100 };
}

/** https://no-color.org and https://bixense.com/clicolors */
function coloured(): boolean {
  const forced = variable("CLICOLOR_FORCE") ?? "";
  return (variable("NO_COLOR") ?? "") === "" || (forced !== "" && forced !== "0");
}
