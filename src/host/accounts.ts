/** Users and groups as /etc/passwd and /etc/group name them: there is no NSS in a static binary. */
import { read, runner, runnerGroup } from "#os";
import { meant } from "../text.ts";
import { ENOENT, reason } from "./errno.ts";

export type Owner = "user" | "group";

/** Whom a process runs as. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
  /** The supplementary groups. */
  readonly groups: readonly number[];
  readonly home: string;
}

/** Bytes of either file; of a larger one nothing is believed. */
const LIMIT = 1_048_576;
/** The greatest id: the one above it means "as it is" to setresuid(2). */
const GREATEST = 4_294_967_294;

/** The number that the command runs with, -1 where the platform has none. */
export function runsAs(sort: Owner): number {
  return sort === "user" ? runner() : runnerGroup();
}

/** The file that holds the names of this sort. */
export function fileOf(sort: Owner): string {
  return sort === "user" ? "/etc/passwd" : "/etc/group";
}

/** The number behind a name, or behind its digits; -1 where the name is not known. */
export function idOf(sort: Owner, name: string): number {
  const id = number(name);
  return id < 0 ? number(find(tableOf(sort), 0, name).at(2) ?? "") : id;
}

/** A user or group as people read it: "root (0)", or "12345" where it has no name. */
export function called(sort: Owner, id: number): string {
  const name = find(tableOf(sort), 2, `${id}`).at(0) ?? "";
  return name === "" ? `${id}` : `${name} (${id})`;
}

/**
 * Whom "user", "user:group" or ":group" means, names or numbers, to a process of these ids; or why it means nobody.
 * As gosu has it (moby/sys, user.GetExecUser): digits are a number even where a name is like them, the first row wins,
 * the groups that list the user come along unless a group is given, and who is in no file keeps the group and gets "/".
 */
export function accountOf(spec: string, uid: number, gid: number): Account | string {
  const parts = spec.split(":");
  const name = parts.at(0) ?? "";
  const group = parts.at(1) ?? "";
  if (parts.length > 2) return "want UID[:GID], or names in their place";
  for (const part of parts)
    if (/^[0-9]+$/.test(part) && number(part) < 0) return `ids are numbers from 0 to ${GREATEST}`;
  const users = tableOf("user");
  const groups = tableOf("group");
  if (users.trouble !== "" || groups.trouble !== "") return users.trouble === "" ? groups.trouble : users.trouble;
  const asked = name === "" ? uid : number(name);
  const user = asked < 0 ? find(users, 0, name) : find(users, 2, `${asked}`);
  if (asked < 0 && user.length === 0) return unknown("user", users, name);
  const own = number(user.at(3) ?? "");
  const given = group === "" ? (user.length === 0 ? gid : own) : number(group);
  const named = given < 0 ? number(find(groups, 0, group).at(2) ?? "") : given;
  if (named < 0) return unknown("group", groups, group);
  return {
    uid: asked < 0 ? number(user.at(2) ?? "") : asked,
    gid: named,
    groups: group === "" && user.length > 0 ? memberships(groups, user.at(0) ?? "") : [],
    home: user.length === 0 ? "/" : (user.at(5) ?? ""),
  };
}

// --- internal ---

/** One of the two files: passwd(5) and group(5) are rows of fields parted by colons. */
interface Table {
  readonly rows: readonly string[];
  /** The fields that are numbers in every row. */
  readonly numbers: readonly number[];
  readonly there: boolean;
  /** Why it is not to be read though it is there, or "". */
  readonly trouble: string;
}

function tableOf(sort: Owner): Table {
  const file = fileOf(sort);
  const bytes = read(file, LIMIT + 1);
  const numbers = sort === "user" ? [2, 3] : [2];
  const there = bytes !== ENOENT;
  if (typeof bytes === "number") {
    return { rows: [], numbers, there, trouble: there ? `cannot read ${file}: ${reason(bytes)}` : "" };
  }
  if (bytes.length > LIMIT) return { rows: [], numbers, there, trouble: `${file} is larger than 1 MiB` };
  return { rows: bytes.toString("utf8").split("\n"), numbers, there, trouble: "" };
}

/** The fields of a row; empty where it is a comment, has no name, or no numbers: 0 in their place would be root. */
function fieldsOf(row: string, table: Table): readonly string[] {
  const fields = row.trim().split(":");
  const name = fields.at(0) ?? "";
  const fit = name !== "" && !name.startsWith("#") && table.numbers.every((i) => number(fields.at(i) ?? "") >= 0);
  return fit ? fields : [];
}

/** The fields of the first row whose field `at` is this, empty where there is none. */
function find(table: Table, at: number, text: string): readonly string[] {
  for (const row of table.rows) {
    if (!row.includes(text)) continue;
    const fields = fieldsOf(row, table);
    const got = fields.at(at) ?? "";
    if (text !== "" && (at === 2 ? `${number(got)}` : got) === text) return fields;
  }
  return [];
}

function memberships(groups: Table, user: string): readonly number[] {
  const out: number[] = [];
  for (const row of groups.rows) {
    if (!row.includes(user)) continue;
    const fields = fieldsOf(row, groups);
    if ((fields.at(3) ?? "").split(",").includes(user)) out.push(number(fields.at(2) ?? ""));
  }
  return out;
}

/** An id, -1 where the text is none. */
function number(text: string): number {
  return /^[0-9]{1,10}$/.test(text) && Number(text) <= GREATEST ? Number(text) : -1;
}

function unknown(sort: Owner, table: Table, name: string): string {
  if (!table.there) return `no such ${sort}: there is no ${fileOf(sort)}`;
  const names = table.rows.map((row) => fieldsOf(row, table).at(0) ?? "");
  return `no such ${sort} in ${fileOf(sort)}${meant(name, names)}`;
}
