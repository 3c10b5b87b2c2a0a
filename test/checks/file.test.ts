import { execFileSync, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import {
  appendFileSync,
  chmodSync,
  chownSync,
  mkdirSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import type { Test } from "tap";
import { both, Preflight, type Ended, type Running } from "../support/artifacts.ts";
import { nearby } from "../support/local.ts";

const ROOT = process.getuid?.() === 0;

/** Starts preflight with this configuration; DIR stands for the folder of the test, which is the working directory. */
function start(preflight: Preflight, dir: string, items: readonly string[], more: readonly string[] = []): Running {
  const yaml = items.map((i) => `  - {${i.split("DIR").join(dir)}}\n`).join("");
  writeFileSync(join(dir, "preflight.yaml"), `checks:\n${yaml}`);
  return preflight.start(["--config", join(dir, "preflight.yaml"), ...more, "--", "echo", "started"], { cwd: dir });
}

/** Looks once. */
function once(preflight: Preflight, dir: string, items: readonly string[]): Promise<Ended> {
  return start(preflight, dir, items, ["--no-wait"]).ended;
}

/** What was said after the summary, with DIR for the folder of the test. */
function reasons(r: Ended, dir: string): string {
  return r.stderr
    .replace(/^preflight: \d+ checks? (?:failed|not ready|passed).*\n/, "")
    .split(dir)
    .join("DIR")
    .replace(/^DIR\/preflight\.yaml:/gm, "");
}

/** Each item and what is said of it after "preflight: file DIR/", "" where it passes; all are looked at in one run. */
async function judged(
  t: Test,
  preflight: Preflight,
  dir: string,
  rows: readonly (readonly [string, string])[],
): Promise<void> {
  const r = await once(
    preflight,
    dir,
    rows.map(([item]) => item),
  );
  const want = rows.filter(([, said]) => said !== "").map(([, said]) => `preflight: file DIR/${said}\n`);
  t.equal(blocks(reasons(r, dir)).sort().join(""), want.sort().join(""));
  t.equal(r.stdout, want.length === 0 ? "started\n" : "");
}

/** What is said of each check: waits stand before failures, so that the order is not that of the file. */
function blocks(text: string): string[] {
  return text === "" ? [] : text.split(/^(?=preflight: )/m);
}

/** The same artifact, run by a user without any rights. */
function unprivileged(preflight: Preflight, dir: string): Preflight {
  const script = join(dir, "unprivileged");
  const words = preflight.artifact.command.map((w) => `'${w}'`).join(" ");
  const become = `setpriv --reuid ${UID} --regid ${UID} --clear-groups`;
  writeFileSync(
    script,
    `#!/bin/sh
exec ${become} ${words} "$@"
`,
    { mode: 0o755 },
  );
  return new Preflight({ name: preflight.artifact.name, command: [script] });
}
const UID = 65534;

both("file passes where the path is there", async (t, preflight) => {
  const dir = t.testdir({ here: "x", folder: {} });
  await judged(t, preflight, dir, [
    ["file: DIR/here", ""],
    ["file: DIR/folder", ""],
    ["file: here", ""],
    ["file: ./folder/../here", ""],
    ['file: "file://DIR/h%65re"', ""],
  ]);
  const word = await preflight.run([
    `file://${dir}/here`,
    `file:${dir}/here`,
    `!file:${dir}/none`,
    "--",
    "echo",
    "started",
  ]);
  t.equal(word.stdout, "started\n");
});

both("file waits for a path that is missing, and says which folder is there", async (t, preflight) => {
  const dir = t.testdir({ folder: {}, full: { x: "" } });
  await judged(t, preflight, dir, [
    ["file: DIR/folder/x", 'folder/x: does not exist\n  hint: the folder "DIR/folder" exists, and is empty'],
    ["file: DIR/full/y", 'full/y: does not exist\n  hint: the folder "DIR/full" exists'],
    [
      "file: DIR/folder/a/b/c",
      'folder/a/b/c: does not exist\n  hint: of its folders, the deepest that exists is "DIR/folder"',
    ],
  ]);
  const relative = await once(preflight, dir, ["file: full/y"]);
  t.equal(relative.code, 75);
  t.equal(
    reasons(relative, dir),
    'preflight: file full/y: does not exist\n  hint: the folder "full" exists, from "DIR"\n',
  );
  const run = start(preflight, dir, ["file: DIR/late"]);
  await run.says("late: waiting: does not exist");
  const from = performance.now();
  writeFileSync(join(dir, "late"), "");
  const r = await run.ended;
  t.equal(r.stdout, "started\n");
  t.ok(performance.now() - from < 1000);
});

both("file tells sorts apart, and fails for good on the wrong one", async (t, preflight) => {
  const dir = t.testdir({ file: "x", dir: { x: "" }, empty: {} });
  const near = nearby(t);
  const server = createServer().listen(join(near, "socket"));
  await new Promise((resolve) => server.on("listening", resolve));
  symlinkSync(join(near, "socket"), join(dir, "socket"));
  execFileSync("mkfifo", [join(dir, "fifo")]);
  symlinkSync("file", join(dir, "symlink"));
  const sorts = ["file", "dir", "socket", "symlink", "fifo"];
  await judged(
    t,
    preflight,
    dir,
    sorts.map((s) => [`file: DIR/${s}, type: ${s}`, ""]),
  );
  await judged(t, preflight, dir, [
    ["file: DIR/symlink, type: file", ""],
    ["file: DIR/file, type: dir", "file: a file, want a directory"],
    ["file: DIR/fifo, type: file", "fifo: a FIFO, want a file"],
    ["file: DIR/dir, type: socket", "dir: a directory, want a socket"],
    ["file: DIR/socket, type: fifo", "socket: a socket, want a FIFO"],
    ["file: DIR/file, type: symlink", "file: a file, want a symbolic link"],
    ["file: DIR/dir, contains: x", "dir: a directory, want a file"],
    [
      "file: DIR/empty, type: file",
      "empty: an empty directory, want a file\n  hint: Docker makes an empty folder where the source of a bind mount is missing on the host",
    ],
    ["file: DIR/file/x", 'file/x: "DIR/file" is a file, not a folder'],
  ]);
  server.close();
  const r = await once(preflight, dir, ["file: /dev/null, type: file"]);
  t.equal(reasons(r, dir), "preflight: file /dev/null: a character device, want a file\n");
  t.equal(r.code, 78);
});

both("file says what is odd about links", async (t, preflight) => {
  const dir = t.testdir({});
  symlinkSync("loop", join(dir, "loop"));
  symlinkSync("nowhere", join(dir, "dangling"));
  await judged(t, preflight, dir, [
    ["file: DIR/loop", "loop: a loop of symbolic links"],
    ["file: DIR/loop, type: symlink", ""],
    ["file: DIR/dangling", "dangling: a symbolic link whose target does not exist"],
    ["file: DIR/dangling, type: symlink", ""],
    ["file: DIR/dangling, absent: true", "dangling: exists (a symbolic link), and must not"],
  ]);
  t.equal((await once(preflight, dir, ["file: DIR/loop"])).code, 78);
  t.equal((await once(preflight, dir, ["file: DIR/dangling"])).code, 75);
  const long = await once(preflight, dir, [`file: /${"x".repeat(300)}`]);
  t.match(long.stderr, /: the path is longer than the system takes\n$/);
});

both("file holds permissions to a mode, or to no more than a mode", async (t, preflight) => {
  const dir = t.testdir({ open: "x", shut: "x", sticky: {} });
  chmodSync(join(dir, "open"), 0o644);
  chmodSync(join(dir, "shut"), 0o400);
  chmodSync(join(dir, "sticky"), 0o1777);
  await judged(t, preflight, dir, [
    ["file: DIR/open, mode: 0644", ""],
    ["file: DIR/open, mode: 644", ""],
    ["file: DIR/open, mode: 0o644", ""],
    ["file: DIR/sticky, mode: 1777", ""],
    ["file: DIR/open, mode: 0400", "open: mode 0644, want 0400\n  hint: chmod 0400 DIR/open"],
    ["file: DIR/sticky, mode: 0777", "sticky: mode 1777, want 0777\n  hint: chmod 0777 DIR/sticky"],
    ["file: DIR/shut, max_mode: 0600", ""],
    ["file: DIR/open, max_mode: 0640", "open: mode 0644 is looser than 0640\n  hint: chmod 0640 DIR/open"],
    ["file: DIR/shut, max_mode: 0077", "shut: mode 0400 is looser than 0077\n  hint: chmod 0000 DIR/shut"],
  ]);
});

both("file knows owners and groups by name and number", async (t, preflight) => {
  const dir = t.testdir({ mine: "x" });
  if (!ROOT) {
    t.pass("only root can give a file away");
    return;
  }
  chownSync(join(dir, "mine"), 1, 12345);
  await judged(t, preflight, dir, [
    ["file: DIR/mine, owner: daemon, group: 12345", ""],
    ["file: DIR/mine, owner: 1", ""],
    ["file: DIR/mine, owner: root", "mine: owner daemon (1), want root (0)"],
    ["file: DIR/mine, owner: 4242", "mine: owner daemon (1), want 4242"],
    ["file: DIR/mine, group: root", "mine: group 12345, want root (0)"],
    [
      "file: DIR/mine, owner: nosuch",
      'mine: no user is called "nosuch" in /etc/passwd\n  hint: write the number: an image may have no such file',
    ],
    [
      "file: DIR/mine, group: nosuch",
      'mine: no group is called "nosuch" in /etc/group\n  hint: write the number: an image may have no such file',
    ],
  ]);
});

both("file asks for access as the user that preflight runs as", async (t, preflight) => {
  const dir = t.testdir({ shut: "x", open: "x", tool: "x", closed: { deep: { file: "x" } }, listed: {} });
  for (const [name, mode] of [
    ["shut", 0o600],
    ["open", 0o644],
    ["tool", 0o755],
    ["closed", 0o700],
    ["listed", 0o744],
  ] as const) {
    chmodSync(join(dir, name), mode);
  }
  const user = unprivileged(preflight, dir);
  const rights = (mode: string): string => `mode ${mode}, owner root (0), group root (0)`;
  if (!ROOT) {
    t.pass("only root can become another user");
    return;
  }
  await judged(t, user, dir, [
    ["file: DIR/open, readable: true", ""],
    ["file: DIR/tool, executable: true", ""],
    ["file: DIR/shut", ""],
    ["file: DIR/shut, readable: true", `shut: uid ${UID} cannot read it: ${rights("0600")}`],
    ["file: DIR/shut, contains: x", `shut: uid ${UID} cannot read it: ${rights("0600")}`],
    [`file: DIR/shut, sha256: ${"0".repeat(64)}`, `shut: uid ${UID} cannot read it: ${rights("0600")}`],
    ["file: DIR/open, writable: true", `open: uid ${UID} cannot write it: ${rights("0644")}`],
    ["file: DIR/open, executable: true", `open: uid ${UID} cannot execute it: ${rights("0644")}`],
    ["file: DIR/listed, executable: true", `listed: uid ${UID} cannot enter it: ${rights("0744")}`],
    [
      "file: DIR/closed/deep/file",
      `closed/deep/file: uid ${UID} cannot enter the folder "DIR/closed": ${rights("0700")}`,
    ],
    [
      "file: DIR/closed/deep/file, absent: true",
      `closed/deep/file: uid ${UID} cannot enter the folder "DIR/closed": ${rights("0700")}`,
    ],
  ]);
  t.equal((await once(user, dir, ["file: DIR/shut, readable: true"])).code, 78);
});

both("file waits for a size, and fails for good on too large a file", async (t, preflight) => {
  const dir = t.testdir({ empty: "", small: "x".repeat(12), big: "", folder: {}, full: { x: "" } });
  truncateSync(join(dir, "big"), 1_572_864);
  await judged(t, preflight, dir, [
    ["file: DIR/small, not_empty: true, min_size: 12, max_size: 12B", ""],
    ["file: DIR/full, not_empty: true", ""],
    ["file: DIR/empty, not_empty: true", "empty: empty"],
    ["file: DIR/folder, not_empty: true", "folder: empty"],
    ["file: DIR/small, min_size: 1KiB", "small: 12 bytes, want at least 1 KiB"],
    ["file: DIR/big, min_size: 2GiB", "big: 1.5 MiB, want at least 2 GiB"],
    ["file: DIR/big, max_size: 1MB", "big: 1.5 MiB, want at most 976.6 KiB"],
  ]);
  t.equal((await once(preflight, dir, ["file: DIR/empty, not_empty: true"])).code, 75);
  t.equal((await once(preflight, dir, ["file: DIR/big, max_size: 1MB"])).code, 78);
  const run = start(preflight, dir, ["file: DIR/small, min_size: 100"]);
  await run.says("small: waiting: 12 bytes, want at least 100 bytes\n");
  appendFileSync(join(dir, "small"), "x");
  await run.says("small: waiting: still changing, want at least 100 bytes\n");
  appendFileSync(join(dir, "small"), "x".repeat(100));
  t.equal((await run.ended).code, 0);
});

both("file waits until its first MiB holds what is wanted", async (t, preflight) => {
  const dir = t.testdir({ log: "starting\n", big: "" });
  writeFileSync(join(dir, "big"), `${"x".repeat(1_048_576)}ready`);
  await judged(t, preflight, dir, [
    ["file: DIR/log, contains: start, pattern: starting", ""],
    ["file: DIR/log, contains: ready", 'log: does not contain "ready"'],
    ["file: DIR/log, pattern: ready", 'log: does not match the pattern "ready"'],
    ["file: DIR/big, contains: ready", 'big: does not contain "ready" in its first MiB'],
    ["file: DIR/big, pattern: ready", 'big: does not match the pattern "ready" in its first MiB'],
  ]);
  const run = start(preflight, dir, ["file: DIR/log, pattern: ready"]);
  await run.says("waiting: does not match");
  appendFileSync(join(dir, "log"), "ready\n");
  t.equal((await run.ended).stdout, "started\n");
});

both("file compares a SHA-256, and gives both where they differ", async (t, preflight) => {
  const dir = t.testdir({ small: "hello\n", none: "" });
  const big = Buffer.alloc(3_000_001, "abc");
  writeFileSync(join(dir, "big"), big);
  const sum = (b: Buffer | string): string => createHash("sha256").update(b).digest("hex");
  const hello = sum("hello\n");
  const zero = "0".repeat(64);
  await judged(t, preflight, dir, [
    [`file: DIR/small, sha256: ${hello}`, ""],
    [`file: DIR/small, sha256: ${hello.toUpperCase()}`, ""],
    [`file: DIR/none, sha256: ${sum("")}`, ""],
    [`file: DIR/small, sha256: "${zero}"`, `small: another SHA-256 than wanted\n  got ${hello}\n  want ${zero}`],
  ]);
  const r = await start(preflight, dir, [`file: DIR/big, sha256: ${sum(big)}, successes: 3`]).ended;
  t.equal(r.code, 0, r.stderr);
});

both("file hashes a huge file no longer than it has time, beside the other checks", async (t, preflight) => {
  const dir = t.testdir({ huge: "" });
  truncateSync(join(dir, "huge"), 10 * 2 ** 30);
  const huge = `file: DIR/huge, sha256: "${"0".repeat(64)}"`;
  const run = start(preflight, dir, [huge, "file: DIR/other"], ["--wait", "1500ms"]);
  const r = await run.ended;
  t.equal(r.code, 75);
  t.match(reasons(r, dir), /^preflight: file DIR\/other: waiting: does not exist\n/);
  t.match(
    reasons(r, dir),
    /preflight: file DIR\/huge: not ready after 1\.[56]s: \S+ [MG]iB of 10 GiB hashed in time\n/,
  );
  t.ok(r.took < 5000, `${r.took} ms`);
  const stopped = start(preflight, dir, [huge, "file: DIR/other"], ["--verbose"]);
  await stopped.says("other: waiting");
  writeFileSync(join(dir, "other"), "");
  await stopped.says("other: passed");
  const from = performance.now();
  stopped.child.kill("SIGTERM");
  t.equal((await stopped.ended).code, 143);
  t.ok(performance.now() - from < 500, "SIGTERM is answered while it hashes");
});

both("file goes on hashing where the look before had to stop", async (t, preflight) => {
  const dir = t.testdir({ big: "" });
  const bytes = Buffer.alloc(60_000_000, "abcdefg");
  writeFileSync(join(dir, "big"), bytes);
  const sum = createHash("sha256").update(bytes).digest("hex");
  const r = await start(preflight, dir, [`file: DIR/big, sha256: ${sum}, timeout: 20ms`]).ended;
  t.equal(r.stdout, "started\n");
  t.match(r.stderr, /waiting: \S+ MiB of 57\.2 MiB hashed in time/);
});

both("file waits for one that is new, still or gone", async (t, preflight) => {
  const dir = t.testdir({ old: "x", fresh: "x", gone: "x" });
  const past = new Date("2026-01-02T03:04:05Z");
  utimesSync(join(dir, "old"), past, past);
  await judged(t, preflight, dir, [
    ["file: DIR/old, stable: 1h", ""],
    ["file: DIR/fresh, max_age: 1h", ""],
    ["file: DIR/none, absent: true", ""],
    ["file: DIR/no/such/folder, absent: true", ""],
    ["file: DIR/old, max_age: 1h", "old: last changed at 2026-01-02T03:04:05Z, want within 60m00s"],
    ["file: DIR/fresh, stable: 1h", "fresh: changed less than 60m00s ago"],
    ["file: DIR/gone, absent: true", "gone: exists (a file), and must not"],
  ]);
  const gone = start(preflight, dir, ["file: DIR/gone, absent: true"]);
  await gone.says("gone: waiting: exists (a file), and must not");
  rmSync(join(dir, "gone"));
  t.equal((await gone.ended).code, 0);
  writeFileSync(join(dir, "fresh"), "y");
  const still = start(preflight, dir, ["file: DIR/fresh, stable: 400ms"]);
  await still.says("fresh: waiting: changed less than 400ms ago");
  writeFileSync(join(dir, "fresh"), "z");
  const from = performance.now();
  t.equal((await still.ended).code, 0);
  t.ok(performance.now() - from >= 380, "the last change counts");
});

both("file takes one from the future as stable once it has seen it unchanged", async (t, preflight) => {
  const dir = t.testdir({ ahead: "x" });
  const future = new Date(Date.now() + 3_600_000);
  utimesSync(join(dir, "ahead"), future, future);
  const r = await start(preflight, dir, ["file: DIR/ahead, stable: 300ms"]).ended;
  t.equal(r.code, 0);
  t.ok(r.took >= 300);
});

both("file never waits for what it opens", async (t, preflight) => {
  const dir = t.testdir({ "preflight.yaml": "" });
  execFileSync("mkfifo", [join(dir, "fifo")]);
  const held = spawn("sh", ["-c", `exec sleep 30 <> '${join(dir, "fifo")}'`]);
  t.teardown(() => held.kill());
  const sum = "0".repeat(64);
  const paths = ["DIR/fifo", "/dev/zero", "/dev/random", "/dev/tty", "/dev/full"];
  const rules = ["contains: x", "pattern: x", `sha256: "${sum}"`, "not_empty: true", "min_size: 1"];
  const r = await once(
    preflight,
    dir,
    paths.flatMap((path) => rules.map((rule) => `file: ${path}, ${rule}`)),
  );
  const said = paths.flatMap((path) =>
    rules.map(() => `preflight: file ${path}: a ${path === "DIR/fifo" ? "FIFO" : "character device"}, want a file\n`),
  );
  t.equal(reasons(r, dir), said.join(""));
  t.equal(r.code, 78);
  t.ok(r.took < 5000, `${r.took} ms`);
  const plain = await once(
    preflight,
    dir,
    paths.map((path) => `file: ${path}, readable: true`),
  );
  t.equal(plain.stdout, "started\n");
  writeFileSync(join(dir, "preflight.yaml"), "checks:\n  - {env: X, from_file: true}\n");
  const env = await preflight.run(["--config", join(dir, "preflight.yaml"), "--", "true"], {
    env: { X_FILE: join(dir, "fifo") },
  });
  t.equal(reasons(env, dir), 'preflight: env X: the file "DIR/fifo" that X_FILE names is a FIFO\n');
  await judged(t, preflight, dir, [["file: /proc/self/status, contains: Pid, not_empty: true", ""]]);
  const none = await once(preflight, dir, [`file: /proc/version, sha256: "${sum}"`]);
  t.match(none.stderr, /: another SHA-256 than wanted\n {2}got [0-9a-f]{64}\n/);
});

/** The same artifact in a mount namespace of its own, in which DIR/dead is a file system that nobody answers for. */
function beside(preflight: Preflight, dir: string): Preflight {
  const script = join(dir, "beside");
  const words = preflight.artifact.command.map((w) => `'${w}'`).join(" ");
  const mount = `mount -i -t fuse -o fd=3,rootmode=40000,user_id=0,group_id=0 dead '${dir}/dead'`;
  const inside = `exec 3<>/dev/fuse && ${mount} || exit 99; exec ${words} "$@"`;
  writeFileSync(script, `#!/bin/sh\nexec unshare -m sh -c '${inside.split("'").join("'\\''")}' sh "$@"\n`, {
    mode: 0o755,
  });
  return new Preflight({ name: preflight.artifact.name, command: [script] });
}

both("file gives up on a file system that does not answer, and goes on beside it", async (t, preflight) => {
  const dir = t.testdir({ dead: {}, here: "x" });
  const lost = beside(preflight, dir);
  const r = await start(
    lost,
    dir,
    ["file: DIR/dead/x", "file: DIR/here", "env: SOME, from_file: true"],
    ["--wait", "1500ms"],
  ).ended;
  if (r.code === 99 || r.stderr.includes("unshare")) {
    t.pass(`cannot mount here: ${r.stderr}`);
    return;
  }
  t.equal(r.code, 78, "a variable that is missing is known before the file system is given up");
  t.match(r.stderr, "env SOME: not set, nor is SOME_FILE");
  const late = await start(lost, dir, ["file: DIR/dead/x", "file: DIR/here"], ["--wait", "1500ms"]).ended;
  t.match(
    reasons(late, dir),
    /preflight: file DIR\/dead\/x: not ready after 1\.5s: the file system does not answer, \d+ looks\n$/,
  );
  t.equal(late.code, 75);
  t.ok(late.took < 5000, `${late.took} ms`);
  const warned = await start(
    lost,
    dir,
    ["file: DIR/dead/x, optional: true", "file: DIR/here, contains: x"],
    ["--wait", "300ms"],
  ).ended;
  t.equal(warned.stdout, "started\n", "the command starts while a thread hangs");
  t.equal(warned.code, 0);
});

both("file finds a folder's entries without reading them all", async (t, preflight) => {
  const dir = t.testdir({ many: {} });
  for (let i = 0; i < 2000; i++) mkdirSync(join(dir, "many", `${i}`));
  await judged(t, preflight, dir, [["file: DIR/many, not_empty: true, type: dir", ""]]);
});

both("file complains of options that contradict each other", async (t, preflight) => {
  const dir = t.testdir({});
  const mistakes: readonly (readonly [string, string])[] = [
    ['file: ""', "12: file must name a path"],
    ['file: "a\\0b"', "12: file must not hold a NUL character"],
    ["file: file://host/x", '12: file must name no host: write file:///path: got "file://host/x"'],
    ["file: /x, absent: true, mode: 0600, owner: 0", "24: absent goes with no other rule: drop mode, owner"],
    ["file: /x, type: symlink, readable: true", "41: readable does not go with type: symlink"],
    ["file: /x, type: dir, contains: x", "37: contains does not go with type: dir"],
    ["file: /x, type: fifo, not_empty: true", "39: not_empty does not go with type: fifo"],
    ["file: /x, mode: 0600, max_mode: 0600", "38: max_mode goes without mode, which says it all"],
    ["file: /x, min_size: 2, max_size: 1", "26: min_size is more than max_size: no file would do"],
    ["file: /x, not_empty: true, max_size: 0", "27: not_empty does not go with max_size: 0"],
    ["file: /x, stable: 2h, max_age: 1h", "24: stable is longer than max_age: no file would do"],
    ["file: /x, sha256: abc", '24: sha256 must be 64 hexadecimal digits: got "abc"'],
    ["file: /x, mode: 888", "22: mode must be an octal mode such as 0640: got 888"],
    ["file: /x, type: link", "22: type must be file, dir, socket, symlink or fifo: got link"],
  ];
  const r = await once(
    preflight,
    dir,
    mistakes.map(([item]) => item),
  );
  t.equal(reasons(r, dir), mistakes.map(([, want], i) => `${i + 2}:${want}\n`).join(""));
  t.equal(r.code, 78);
});

both("file has an example that holds", async (t, preflight) => {
  const example = join(import.meta.dirname, "../../examples/file.yaml");
  const r = await preflight.run(["--config", example, "--", "echo", "started"]);
  t.equal(r.stdout, "started\n");
  t.match(r.stderr, /^preflight: 5 checks passed in \S+\n$/);
});
