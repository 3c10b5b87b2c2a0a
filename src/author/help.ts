/** The general help of the package: that of the gate, and the commands that only the package has. */
import { kinds } from "../../checks/index.ts";
import { help, rows } from "../help.ts";
import { COMMANDS } from "./commands.ts";

export function general(): string {
  const table = rows(COMMANDS.map((c) => [c.name, c.about]));
  return help(kinds, `Commands of the npm package, "preflight COMMAND --help" says more:\n${table}`);
}
