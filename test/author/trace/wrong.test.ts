/** What preflight trace says of input that it cannot use: one clear line, the right code, and no stack trace. */
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { test } from "tap";
import { pack, Preflight } from "../../support/artifacts.ts";

const laptop = new Preflight(pack);

const EVENT =
  '{"version":1,"event":"passed","at":1,"check":"a","kind":"env","place":"","optional":false,"looks":1,"took":1,"why":""}';
const NONE = "e: none of its lines is an event of a gate";
const HINT = "  hint: write one with preflight --format json … 2>events.jsonl";

interface Wrong {
  readonly what: string;
  readonly text?: string | Buffer;
  readonly prepare?: (cwd: string) => void;
  readonly args?: readonly string[];
  readonly code?: number;
  readonly says: string;
}

const TABLE: readonly Wrong[] = [
  { what: "no file", args: [], code: 64, says: 'preflight: "preflight trace" needs FILES...: their stderr, each a lane or more; - is the standard input' },
  { what: "a file that is missing", args: ["no"], says: "no: cannot be read: there is no such file" },
  { what: "a second file that is missing", text: EVENT, args: ["e", "no"], says: "no: cannot be read: there is no such file" },
  { what: "a directory", prepare: (cwd) => mkdirSync(join(cwd, "dir")), args: ["dir"], says: "dir: it is a directory, not a file" },
  { what: "a circle of links", prepare: (cwd) => symlinkSync("l", join(cwd, "l")), args: ["l"], says: "l: cannot be read: its links run in a circle" },
  { what: "a path through a file", text: EVENT, args: ["e/x"], says: "e/x: cannot be read: a part of its path is not a directory" },
  { what: "a long name", args: ["x".repeat(300)], says: `${"x".repeat(300)}: cannot be read: its name is too long` },
  { what: "an empty file", text: "", says: "e: the file is empty" },
  { what: "empty lines", text: "\n\n", says: "e: it holds nothing but empty lines" },
  { what: "a binary file", text: Buffer.from([0x7f, 0x45, 0, 1]), says: "e: not a text file: it holds NUL bytes" },
  { what: "a file that is not UTF-8", text: Buffer.from([0x7b, 0xff, 0xfe, 0x7d]), says: "e: not UTF-8 text" },
  { what: "a log without events", text: "listening on 8080\n", says: NONE },
  { what: "JSON of somebody else", text: '{"level":"info","msg":"x"}\n', says: NONE },
  { what: "another version", text: EVENT.replace('"version":1', '"version":2'), says: NONE },
  { what: "an event that is cut", text: EVENT.slice(0, 40), says: NONE },
  { what: "an unknown event", text: EVENT.replace("passed", "exploded"), says: NONE },
  { what: "a time that is a text", text: EVENT.replace('"at":1', '"at":"soon"'), says: NONE },
  { what: "a time below zero", text: EVENT.replace('"at":1', '"at":-1'), says: NONE },
  { what: "a time without end", text: EVENT.replace('"at":1', '"at":1e99'), says: NONE },
  { what: "a list of events", text: `[${EVENT}]`, says: NONE },
  { what: "the text report", text: "preflight: 6 checks passed in 1.2s\n", says: NONE },
  { what: "two thousand starts", text: `${EVENT}\n{"version":1,"event":"end","at":1,"result":"passed","exit":0,"took":1}\n`.repeat(1001), says: "e: more than 2000 starts and checks: a picture would show nothing" },
  { what: "an unknown form", text: EVENT, args: ["e", "--format", "png"], code: 64, says: 'preflight: --format must be text, svg or html: got "png"' },
  { what: "an unknown flag", text: EVENT, args: ["e", "--formta", "svg"], code: 64, says: 'preflight: unknown flag "--formta": did you mean "--format"?' },
  { what: "the standard input twice", args: ["-", "-"], code: 64, says: 'preflight: "-" is the standard input: it can be read once' },
]; // prettier-ignore

test("preflight trace answers wrong input with one clear line and no stack trace", async (t) => {
  for (const wrong of TABLE) {
    const cwd = t.testdir(wrong.text === undefined ? {} : { e: wrong.text });
    wrong.prepare?.(cwd);
    const r = await laptop.run(["trace", ...(wrong.args ?? ["e"])], { cwd });
    t.same([r.code, r.stdout], [wrong.code ?? 78, ""], wrong.what);
    const [first, second] = r.stderr.split("\n");
    t.equal(first, wrong.says, wrong.what);
    if (wrong.says === NONE) t.equal(second, HINT);
    t.notMatch(r.stderr, /\n\s+at |node:internal|TypeError|a bug/, wrong.what);
  }
  t.ok(TABLE.length >= 15);
});

test("preflight trace draws a check that changes its reason a hundred thousand times", async (t) => {
  const line = (i: number): string =>
    `{"version":1,"event":"waiting","at":${i},"check":"a","took":${i},"looks":${i},"why":"reason ${i % 7}"}\n`;
  const cwd = t.testdir({ e: Array.from({ length: 100_000 }, (_, i) => line(i)).join("") });
  for (const form of ["text", "svg", "html"]) {
    const r = await laptop.run(["trace", "--format", form, "e"], { cwd });
    t.same([r.code, r.stderr], [0, ""]);
    t.ok(r.stdout.length < 400_000, `${r.stdout.length}`);
  }
});

test("preflight trace reads no more than 64 MiB", async (t) => {
  const cwd = t.testdir({ e: Buffer.alloc(64 * 1024 * 1024 + 1, "x") as unknown as string });
  const r = await laptop.run(["trace", "e"], { cwd });
  t.same([r.code, r.stderr], [78, "e: too large: at most 64 MiB are read\n"]);
});

test("preflight trace says why a file cannot be read by this user", (t) => {
  const cwd = t.testdir({ e: EVENT });
  chmodSync(join(cwd, "e"), 0);
  const [node, ...words] = pack.command;
  const as = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
  const r = spawnSync(node, [...words, "trace", "e"], { cwd, encoding: "utf8", ...as });
  t.same([r.status, r.stderr], [78, "e: cannot be read: permission denied\n"]);
  t.end();
});
