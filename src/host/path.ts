/** One look at a path: what is there, and whether it is as wanted. */
import { fail, pass, wait, type Deadline, type Tell, type Verdict } from "../check.ts";
import type { Options } from "../fields.ts";
import { compile, type Pattern } from "../pattern.ts";
import { quoted, span } from "../text.ts";
import { called, fileOf, idOf, type Owner } from "./accounts.ts";
import { Digest } from "./digest.ts";
import { EACCES, ENOENT, reason } from "./errno.ts";
import * as files from "./files.ts";
import { reach } from "./mounts.ts";
import { barred, troubleOf } from "./trouble.ts";

/** Fields about what is in a file. */
export const CONTENTS: readonly string[] = ["min_size", "max_size", "contains", "pattern", "sha256"];
/** So much of a file is searched. */
const SEARCHED = 1_048_576;
/** What access(2) is asked, and how it is said. */
const ACCESS: readonly (readonly [string, number, string])[] = [
  ["readable", 4, "read"],
  ["writable", 2, "write"],
  ["executable", 1, "execute"],
];

/** Looks at one path, and remembers what it saw: whether it has changed since, and how far it was hashed. */
export class Look {
  readonly path: string;
  readonly #o: Options;
  readonly #pattern: Pattern | null;
  readonly #digest: Digest;
  #seen: files.Entry | null = null;
  #since = 0;

  constructor(path: string, o: Options) {
    this.path = path;
    this.#o = o;
    this.#pattern = o.given("pattern") ? compile(o.text("pattern")) : null;
    this.#digest = new Digest(path);
  }

  start(deadline: Deadline, tell: Tell): void {
    reach([this.path], deadline, (silent) => {
      if (silent === "") this.#look(deadline, tell);
      else tell(wait("the file system does not answer", "silent"));
    });
  }

  #look(deadline: Deadline, tell: Tell): void {
    const e = files.stat(this.path, this.#o.text("type") !== "symlink" && !this.#o.flag("absent"));
    const verdict = typeof e === "number" ? this.#absent(e) : this.#judge(e, deadline);
    if (verdict.is !== "pass" || typeof e === "number" || !this.#o.given("sha256")) tell(verdict);
    else this.#hash(e, deadline, tell);
  }

  /** All that is known at once, what needs the least first. */
  #judge(e: files.Entry, deadline: Deadline): Verdict {
    if (this.#o.flag("absent")) return wait(`exists (${files.words(files.sortOf(e))}), and must not`, "absent");
    const grown = this.#seen !== null && this.#seen.size !== e.size;
    if (!files.same(this.#seen, e)) this.#since = files.now();
    this.#seen = e;
    let v = this.#sort(e);
    if (v.is === "pass") v = this.#rights(e);
    if (v.is === "pass") v = this.#access(e);
    if (v.is === "pass") v = this.#size(e, grown);
    if (v.is === "pass") v = this.#time(e);
    if (v.is === "pass") v = this.#search(e, deadline);
    return v;
  }

  #absent(errno: number): Verdict {
    const t = troubleOf(errno, this.path);
    if (t.is === "missing") return this.#o.flag("absent") ? pass() : wait(t.why, "absent", t.hint);
    return t.is === "silent" ? wait(t.why, "silent", t.hint) : fail(t.why, t.hint);
  }

  #sort(e: files.Entry): Verdict {
    const o = this.#o;
    const sort = files.sortOf(e);
    const inside = CONTENTS.some((name) => o.given(name));
    const want = o.given("type") ? o.text("type") : inside || (o.flag("not_empty") && sort !== "dir") ? "file" : sort;
    if (sort === want) return pass();
    const mounted = sort === "dir" && want !== "symlink" && files.entries(this.path) === 0;
    const hint = mounted ? "Docker makes an empty folder where the source of a bind mount is missing on the host" : "";
    return fail(`${mounted ? "an empty directory" : files.words(sort)}, want ${files.words(want)}`, hint);
  }

  #rights(e: files.Entry): Verdict {
    const o = this.#o;
    const mode = e.mode & 0o7777;
    const want = files.octal(o.number("mode"));
    if (o.given("mode") && mode !== o.number("mode"))
      return fail(`mode ${files.octal(mode)}, want ${want}`, `chmod ${want} ${this.path}`);
    const most = o.number("max_mode");
    if (o.given("max_mode") && (mode & ~most) !== 0) {
      return fail(
        `mode ${files.octal(mode)} is looser than ${files.octal(most)}`,
        `chmod ${files.octal(mode & most)} ${this.path}`,
      );
    }
    const owner = this.#owned("user", "owner", e.uid);
    return owner.is === "pass" ? this.#owned("group", "group", e.gid) : owner;
  }

  #owned(sort: Owner, name: string, id: number): Verdict {
    if (!this.#o.given(name)) return pass();
    const wanted = this.#o.text(name);
    const want = idOf(sort, wanted);
    if (want < 0)
      return fail(
        `no ${sort} is called ${quoted(wanted)} in ${fileOf(sort)}`,
        "write the number: an image may have no such file",
      );
    return want === id ? pass() : fail(`${name} ${called(sort, id)}, want ${called(sort, want)}`);
  }

  #access(e: files.Entry): Verdict {
    for (const [name, mode, verb] of ACCESS) {
      if (!this.#o.flag(name)) continue;
      const errno = files.access(this.path, mode);
      if (errno === 0) continue;
      const folder = errno === EACCES ? barred(this.path) : "";
      if (folder !== "") return fail(folder);
      const does = verb === "execute" && files.sortOf(e) === "dir" ? "enter" : verb;
      const why = errno === EACCES ? files.rights(e) : reason(errno);
      return fail(`${files.other()} cannot ${does} it: ${why}`);
    }
    return pass();
  }

  /** While a file grows its size is not told, for each new reason is a line in the report. */
  #size(e: files.Entry, grown: boolean): Verdict {
    const o = this.#o;
    const got = grown ? "still changing" : files.sized(e.size);
    const folder = files.sortOf(e) === "dir";
    if (o.flag("not_empty") && (folder ? files.entries(this.path) === 0 : e.size === 0 && !files.hasBytes(this.path)))
      return wait("empty", "absent");
    if (e.size < o.number("min_size"))
      return wait(`${got}, want at least ${files.sized(o.number("min_size"))}`, "absent");
    if (o.given("max_size") && e.size > o.number("max_size"))
      return fail(`${files.sized(e.size)}, want at most ${files.sized(o.number("max_size"))}`);
    return pass();
  }

  #time(e: files.Entry): Verdict {
    const o = this.#o;
    const age = files.age(e);
    if (o.given("max_age") && age > o.number("max_age")) {
      return wait(`last changed at ${files.moment(e.modified)}, want within ${span(o.number("max_age"))}`, "absent");
    }
    const stable = o.number("stable");
    const still = age >= stable || files.now() - this.#since >= stable;
    return still ? pass() : wait(`changed less than ${span(stable)} ago`, "absent");
  }

  #search(e: files.Entry, deadline: Deadline): Verdict {
    const o = this.#o;
    if (this.#pattern === null && !o.given("contains")) return pass();
    const bytes = files.read(this.path, SEARCHED);
    if (typeof bytes === "number") return this.#unread(e, bytes);
    const where = bytes.length === SEARCHED ? " in its first MiB" : "";
    const text = bytes.toString("utf8");
    if (!text.includes(o.text("contains")))
      return wait(`does not contain ${quoted(o.value("contains")?.raw ?? "")}${where}`, "absent");
    const matched = this.#pattern === null || this.#pattern.matches(text, deadline);
    if (matched === undefined)
      return wait(`the pattern ${quoted(o.value("pattern")?.raw ?? "")} was not matched in time`, "answering");
    return matched
      ? pass()
      : wait(`does not match the pattern ${quoted(o.value("pattern")?.raw ?? "")}${where}`, "absent");
  }

  #unread(e: files.Entry, errno: number): Verdict {
    if (errno === EACCES) return fail(`${files.self()} cannot read it: ${files.rights(e)}`);
    return errno === ENOENT ? wait("does not exist", "absent") : wait(`cannot be read: ${reason(errno)}`, "silent");
  }

  #hash(e: files.Entry, deadline: Deadline, tell: Tell): void {
    this.#digest.read(e, deadline, (d) => {
      const want = this.#o.text("sha256").toLowerCase();
      if (d.errno > 0) tell(this.#unread(e, d.errno));
      else if (d.changed) tell(wait("changed while it was read", "absent"));
      else if (d.hex === "") tell(wait(`${files.sized(d.done)} of ${files.sized(e.size)} hashed in time`, "absent"));
      else tell(d.hex === want ? pass() : fail("another SHA-256 than wanted", "", [`got ${d.hex}`, `want ${want}`]));
    });
  }
}
