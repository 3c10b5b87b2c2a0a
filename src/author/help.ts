/** The general help of the package: that of the gate, and the commands that only the package has. */
import { write } from "#os";
import { kinds } from "../../checks/index.ts";
import { NOT_READY } from "../exit.ts";
import { help, rows } from "../help.ts";
import { lost } from "../report/lost.ts";
import { COMMANDS } from "./commands.ts";

export function general(): string {
  const table = rows(COMMANDS.map((c) => [c.name, c.about]));
  return help(kinds, `Commands of the npm package, "preflight COMMAND --help" says more:\n${table}`);
}

/** Prints it; the exit code. */
export function run(): number {
  const why = lost(write(1, general()));
  if (why !== "") write(2, `preflight: ${why}\n`);
  return why === "" ? 0 : NOT_READY;
}
