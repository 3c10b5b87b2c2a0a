/** Names of users and groups, from /etc/passwd and /etc/group alone: there is no NSS in a static binary. */
import { read } from "#os";

export type Sort = "user" | "group";

/** Bytes of either file that are read; passwd(5) and group(5): lines of fields parted by colons. */
const LIMIT = 1_048_576;

/** The file that holds the names of this sort. */
export function fileOf(sort: Sort): string {
  return sort === "user" ? "/etc/passwd" : "/etc/group";
}

function rows(sort: Sort): readonly string[] {
  const bytes = read(fileOf(sort), LIMIT);
  return typeof bytes === "number" ? [] : bytes.toString("utf8").split("\n");
}

/** The number behind a name, or behind its digits; -1 where the name is not known. */
export function idOf(sort: Sort, name: string): number {
  if (/^[0-9]{1,10}$/.test(name)) return Number(name);
  for (const row of rows(sort)) {
    const fields = row.split(":");
    if (fields.at(0) === name && /^[0-9]+$/.test(fields.at(2) ?? "")) return Number(fields.at(2) ?? "");
  }
  return -1;
}

/** A user or group as people read it: "root (0)", or "12345" where it has no name. */
export function called(sort: Sort, id: number): string {
  for (const row of rows(sort)) {
    const fields = row.split(":");
    if (fields.at(2) === `${id}`) return `${fields.at(0) ?? ""} (${id})`;
  }
  return `${id}`;
}
