/** A file system has room. */
import { fail, pass, unable, wait, type Complaint, type Kind, type Probe, type Verdict } from "../src/check.ts";
import { amountOf, field, type Field, type Options, required } from "../src/fields.ts";
import { sized, space } from "../src/host/files.ts";
import { blind, told, unescaped } from "../src/host/kernel.ts";
import { reach } from "../src/host/mounts.ts";
import { troubleOf } from "../src/host/trouble.ts";

const MOUNTS = "/proc/self/mountinfo";

export const disk: Kind = {
  name: "disk",
  summary: "the file system of a path has room, and is mounted there",
  schemes: [],
  timeout: 0,
  fixed: false,
  fields: (): readonly Field[] => [
    required(field("text", "disk", "a path on the file system")),
    field("amount", "free", "the least that must be free, a size or a share; what is kept for root is not"),
    field("count", "inodes", "how many more files it must take at least"),
    field(
      "flag",
      "mounted",
      "a file system must be mounted at this very path: without its volume it is a folder",
      "false",
    ),
  ],
  verify: (o): readonly Complaint[] => {
    const out: Complaint[] = [];
    const path = o.text("disk");
    if (path === "" || path.includes("\0")) out.push({ field: "disk", text: "must be a path" });
    if (!o.given("free") && !o.given("inodes") && !o.flag("mounted"))
      out.push({ field: "disk", text: "needs free, inodes or mounted" });
    if (o.flag("mounted") && !path.startsWith("/")) out.push({ field: "mounted", text: "wants a path from / on" });
    return out;
  },
  bind: (o): Probe => {
    const path = o.text("disk");
    return {
      target: path,
      look: (deadline, tell) => {
        reach([path], deadline, (silent) => {
          tell(silent === "" ? judge(path, o) : wait("the file system does not answer", "silent"));
        });
      },
    };
  },
};

/** Room may be made, a volume may be mounted, and so both are waited for; but no more fits than there is in all. */
function judge(path: string, o: Options): Verdict {
  const s = space(path);
  if (typeof s === "number") {
    const { is, why, hint } = troubleOf(s, path);
    return is === "wrong" ? unable(why, hint) : wait(why, is === "missing" ? "absent" : "silent", hint);
  }
  if (o.flag("mounted")) {
    const mounts = told(MOUNTS, 1_048_576);
    if (mounts === "") return blind(MOUNTS);
    if (!isMount(path, mounts)) return wait("nothing is mounted there", "absent", "is the volume missing?");
  }
  if (o.given("free")) {
    const want = amountOf(o.number("free"), s.size);
    const why = `${sized(s.free)} free of ${sized(s.size)}, want ${o.text("free")}`;
    if (s.size === 0) return unable("this file system has no size");
    if (s.free < want) return want > s.size ? fail(why) : wait(why, "absent");
  }
  const inodes = o.number("inodes");
  if (!o.given("inodes") || (s.inodes > 0 && s.freeInodes >= inodes)) return pass();
  if (s.inodes === 0) return unable("this file system does not count its inodes");
  const why = `${s.freeInodes} of ${s.inodes} inodes free, want ${inodes}`;
  return inodes > s.inodes ? fail(why) : wait(why, "absent");
}

function isMount(path: string, mounts: string): boolean {
  const bare = path.length > 1 && path.endsWith("/") ? path.slice(0, -1) : path;
  return mounts.split("\n").some((l) => unescaped(l.split(" ", 5).at(4) ?? "") === bare);
}
