/** A path is there, of the right sort, with the right rights and contents. */
import type { Complaint, Kind, Probe } from "../src/check.ts";
import { choice, field, type Field, type Options, required } from "../src/fields.ts";
import { TYPES } from "../src/host/files.ts";
import { CONTENTS, Look } from "../src/host/path.ts";
import { quoted } from "../src/text.ts";

/** Fields that make no sense of a symbolic link itself: the system answers for its target, or the same for all links. */
const FOLLOWED: readonly string[] = [
  "readable",
  "writable",
  "executable",
  "mode",
  "max_mode",
  "not_empty",
  "stable",
  ...CONTENTS,
];
export const file: Kind = {
  name: "file",
  summary: "a path is there, with the right sort, rights and contents",
  schemes: ["file"],
  timeout: 0,
  fixed: false,
  fields: (): readonly Field[] => [
    required(field("text", "file", "the path, or file:///path; relative to the working directory")),
    choice("type", "what it must be; symlink looks at the link itself, all else at what it leads to", TYPES),
    field("flag", "readable", "the user that the command runs as can read it", "false"),
    field("flag", "writable", "the same user can write it", "false"),
    field("flag", "executable", "the same user can execute it, or enter the folder", "false"),
    field("mode", "mode", "its permissions, exactly"),
    field("mode", "max_mode", "no looser than this: no permission beyond these"),
    field("text", "owner", "a user's name or number"),
    field("text", "group", "a group's name or number"),
    field("flag", "not_empty", "at least one byte, or one entry of a folder", "false"),
    field("size", "min_size", "the least size"),
    field("size", "max_size", "the greatest size"),
    field("text", "contains", "what its first MiB must contain"),
    field("pattern", "pattern", "what its first MiB must match"),
    field("text", "sha256", "its SHA-256, 64 hexadecimal digits"),
    field("duration", "max_age", "changed no longer ago than this"),
    field("duration", "stable", "unchanged in size, time and inode for this long"),
    field("flag", "absent", "nothing may be there", "false"),
  ],
  verify: (o): readonly Complaint[] => complaints(o),
  bind: (o): Probe => {
    const look = new Look(pathOf(o.text("file")), o);
    return {
      target: look.path,
      look: (deadline, tell) => {
        look.start(deadline, tell);
      },
    };
  },
};

/** "file:///a%20b" is "/a b"; every other text is the path as it stands. */
function pathOf(text: string): string {
  if (!text.startsWith("file://")) return text;
  try {
    return decodeURIComponent(text.slice(7));
  } catch {
    return text.slice(7);
  }
}

// --- what is wrong with the options taken together ---

function complaints(o: Options): readonly Complaint[] {
  const out: Complaint[] = [];
  const add = (name: string, text: string): void => {
    out.push({ field: name, text });
  };
  const text = o.text("file");
  const path = pathOf(text);
  if (path === "") add("file", "must name a path");
  else if (path.includes("\u0000")) add("file", "must not hold a NUL character");
  else if (text.startsWith("file://") && !path.startsWith("/"))
    add("file", `must name no host: write file:///path: got ${quoted(o.value("file")?.raw ?? "")}`);
  const given = file
    .fields()
    .map((f) => f.name)
    .filter((n) => n !== "file" && n !== "absent" && o.given(n));
  if (o.flag("absent") && given.length > 0) add("absent", `goes with no other rule: drop ${given.join(", ")}`);
  const type = o.text("type");
  const odd =
    type === "symlink"
      ? FOLLOWED
      : type === "" || type === "file"
        ? []
        : type === "dir"
          ? CONTENTS
          : ["not_empty", ...CONTENTS];
  for (const name of odd) if (o.given(name)) add(name, `does not go with type: ${type}`);
  if (o.given("mode") && o.given("max_mode")) add("max_mode", "goes without mode, which says it all");
  if (o.given("max_size") && o.number("min_size") > o.number("max_size"))
    add("min_size", "is more than max_size: no file would do");
  if (o.flag("not_empty") && o.given("max_size") && o.number("max_size") === 0)
    add("not_empty", "does not go with max_size: 0");
  if (o.given("max_age") && o.number("stable") > o.number("max_age"))
    add("stable", "is longer than max_age: no file would do");
  if (o.given("sha256") && !/^[0-9A-Fa-f]{64}$/.test(o.text("sha256")))
    add("sha256", `must be 64 hexadecimal digits: got ${quoted(o.value("sha256")?.raw ?? "")}`);
  return out;
}
