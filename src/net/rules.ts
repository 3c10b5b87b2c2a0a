/** What a server's own words come to: the verdict tables of kinds. */
import { pass, refuse, wait, type Verdict } from "../check.ts";

/**
 * A table is a text, for as records it would be made at every start: a row a line, "verdict | how the code begins | hint | source".
 * The first row whose code it begins with decides: pass, wait or refuse; what is in no row may pass by. Columns are trimmed.
 * `otherwise` is what it comes to where no row fits.
 */
export function ruled(table: string, code: string, why: string, otherwise = wait(why, "answering")): Verdict {
  for (const line of table.split("\n")) {
    const row = line.split("|");
    const begins = (row.at(1) ?? "").trim();
    if (begins === "" || !code.startsWith(begins)) continue;
    const is = (row.at(0) ?? "").trim();
    const hint = (row.at(2) ?? "").trim();
    if (is === "pass") return pass();
    return is === "refuse" ? refuse(why, hint) : wait(why, "answering", hint);
  }
  return otherwise;
}
