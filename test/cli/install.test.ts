/** install: the binary copies itself, whole or not at all, over one that runs, wherever it may write. */
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import t, { test, type Test } from "tap";
import { binary, onlyBinary, pack, Preflight } from "../support/artifacts.ts";

t.setTimeout(120_000);

const [program] = binary.command;
const own = readFileSync(program);
const noRoot = process.getuid?.() === 0 ? false : "a mount namespace needs root";
const preflight = new Preflight(binary);

/** A folder whose path needs no quotes in a shell, wherever the checkout is. */
function room(t: Test): string {
  const dir = mkdtempSync("/tmp/preflight-install-");
  chmodSync(dir, 0o755);
  t.teardown(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/** Runs a shell script in a mount namespace of its own; $1 is the folder, $2 the binary. */
function within(
  script: string,
  dir: string,
  before: readonly string[] = ["unshare", "-m"],
): { code: number | null; said: string } {
  const [first, ...rest] = [...before, "sh", "-c", `exec 2>&1; ${script}`, "sh", dir, program];
  const r = spawnSync(first ?? "", rest, { encoding: "utf8", timeout: 30_000, cwd: "/" });
  return { code: r.status, said: r.stdout };
}

test("install copies to a file and into a folder, silently, with mode 0755 whatever the umask", async (t) => {
  const dir = room(t);
  mkdirSync(join(dir, "tools"));
  symlinkSync("tools", join(dir, "link"));
  const umask = process.umask(0o077);
  t.teardown(() => process.umask(umask));
  for (const [path, made] of [
    ["pf", "pf"],
    ["tools", "tools/preflight"],
    ["tools/", "tools/preflight"],
    ["link", "tools/preflight"],
    ["tools/other name", "tools/other name"],
  ] as const) {
    rmSync(join(dir, made), { force: true });
    const r = await preflight.run(["install", path], { cwd: dir });
    t.same([r.code, r.stdout, r.stderr], [0, "", ""], path);
    t.ok(readFileSync(join(dir, made)).equals(own), path);
    t.equal(statSync(join(dir, made)).mode & 0o7777, 0o755, path);
  }
  t.same(readdirSync(join(dir, "tools")).toSorted(), ["other name", "preflight"], "and leaves nothing else");
  const copy = new Preflight({ name: "binary", command: [join(dir, "pf")] });
  t.match(await copy.run(["--version"]), { code: 0 });
  t.match(await copy.run(["install", join(dir, "again")]), { code: 0 });
  t.ok(readFileSync(join(dir, "again")).equals(own), "a copy copies itself");
});

test("install replaces one that runs, which runs on, and replaces itself", async (t) => {
  const dir = room(t);
  const target = join(dir, "preflight");
  await preflight.run(["install", target]);
  const before = statSync(target).ino;
  const running = new Preflight({ name: "binary", command: [target] }).start(["file:/nonesuch", "--", "true"]);
  await running.says("waiting");
  const r = await preflight.run(["install", dir]);
  t.same([r.code, r.stderr], [0, ""]);
  t.not(statSync(target).ino, before);
  running.child.kill("SIGTERM");
  t.equal((await running.ended).code, 143);
  const self = await new Preflight({ name: "binary", command: [target] }).run(["install", target]);
  t.same([self.code, self.stderr, readdirSync(dir)], [0, "", ["preflight"]]);
  t.ok(readFileSync(target).equals(own));
});

test("install replaces a link, not what it leads to", async (t) => {
  const dir = room(t);
  writeFileSync(join(dir, "old"), "old");
  symlinkSync("old", join(dir, "pf"));
  t.match(await preflight.run(["install", join(dir, "pf")]), { code: 0 });
  t.equal(readFileSync(join(dir, "old"), "utf8"), "old");
  t.notOk(statSync(join(dir, "pf")).isSymbolicLink());
});

test("whoever looks meanwhile finds the whole of it", async (t) => {
  const dir = room(t);
  const target = join(dir, "preflight");
  await preflight.run(["install", target]);
  const seen = new Set<number>(); // each copy by when it took the place
  const install = async (): Promise<readonly unknown[]> => {
    const ends: unknown[] = [];
    while (seen.size < 10) {
      const r = await preflight.run(["install", target]);
      ends.push([r.code, r.stderr]);
    }
    return ends;
  };
  const all = Promise.all([install(), install()]);
  while (seen.size < 10) {
    const { size, ctimeMs } = statSync(target);
    if (size !== own.length) t.fail(`${size} bytes`);
    seen.add(ctimeMs);
    await new Promise(setImmediate);
  }
  for (const end of (await all).flat()) t.same(end, [0, ""]);
  t.same(readdirSync(dir), ["preflight"]);
});

const wrong = (path: string, why: string): string => `preflight: cannot install to "${path}": ${why}\n`;

test("install that cannot names the path and the cause, ends with 78 and leaves nothing", async (t) => {
  const dir = room(t);
  mkdirSync(join(dir, "full/preflight"), { recursive: true });
  writeFileSync(join(dir, "file"), "");
  symlinkSync("loop", join(dir, "loop"));
  const long = "x".repeat(250);
  const cases: readonly (readonly [string, string])[] = [
    [join(dir, "gone/pf"), "its folder does not exist"],
    [join(dir, "gone/"), "its folder does not exist"],
    [join(dir, "file/pf"), "a part of its path is not a directory"],
    [join(dir, "full"), "it is a directory"],
    [join(dir, "loop/pf"), "too many symbolic links"],
    [join(dir, long), "the name is too long"],
    [`/${"x/".repeat(2100)}`, "the name is too long"],
  ];
  for (const [path, why] of cases) {
    const r = await preflight.run(["install", path]);
    t.same(
      [r.code, r.stdout, r.stderr],
      [78, "", wrong(path.length > 4096 ? `${path.slice(0, 4096)}…` : path, why)],
      path.slice(0, 80),
    );
  }
  t.same(readdirSync(dir).toSorted(), ["file", "full", "loop"]);
  t.same(readdirSync(join(dir, "full")), ["preflight"]);
});

test("install on a full disk says so, and leaves what was there", { skip: noRoot }, (t) => {
  const dir = room(t);
  const mount = `mount -t tmpfs -o size=200k none $1 && echo old >$1/preflight`;
  const r = within(`${mount}; "$2" install "$1"; echo "exit $?"; ls -A "$1"; cat "$1/preflight"`, dir);
  t.equal(r.said, `${wrong(dir, "no space left on device")}exit 78\npreflight\nold\n`);
  const inodes = within(`mount -t tmpfs -o nr_inodes=1 none $1; "$2" install "$1"; echo "exit $?"; ls -A "$1"`, dir);
  t.equal(inodes.said, `${wrong(dir, "no space left on device")}exit 78\n`);
  t.end();
});

test("install into a folder that cannot be written says why", { skip: noRoot }, (t) => {
  const dir = room(t);
  const readOnly = within(`mount -t tmpfs -o ro none $1; "$2" install "$1"`, dir);
  t.same(readOnly, { code: 78, said: wrong(dir, "the file system is read-only") });
  const nobody = within(`"$2" install "$1"`, dir, ["setpriv", "--reuid", "65534", "--clear-groups"]);
  t.same(nobody, { code: 78, said: wrong(dir, "permission denied") });
  const mounted = within(`touch $1/f; mount --bind $1/f $1/f; "$2" install "$1/f"; echo $?; ls -A $1`, dir);
  t.same(mounted.said, `${wrong(join(dir, "f"), "device or resource busy")}78\nf\n`);
  t.end();
});

test(
  "install works from a read-only root into an emptyDir, as any user, without capabilities",
  { skip: noRoot || onlyBinary },
  (t) => {
    const dir = room(t);
    const nobody =
      "setpriv --reuid 65534 --regid 65534 --clear-groups --bounding-set -all --inh-caps -all --no-new-privs";
    const r = within(
      `mount -t tmpfs -o mode=1777 none $1 && mount -o remount,bind,ro / || exit 9
    cp "$2" $1/first; touch /nonesuch 2>/dev/null && exit 8
    ${nobody} $1/first install $1/tools 2>&1 && stat -c '%a %u' $1/tools && ${nobody} $1/tools --version`,
      dir,
    );
    t.match(r.said, /^755 65534\npreflight \d+\.\d+\.\d+\n$/);
    t.equal(r.code, 0);
    t.end();
  },
);

test("install without /proc says what it is copied from", { skip: noRoot || onlyBinary }, (t) => {
  const dir = room(t);
  const r = within(`cp "$2" $1/preflight && chroot $1 /preflight install /copy; echo "exit $?"; ls $1`, dir);
  t.equal(
    r.said,
    `${wrong("/copy", "cannot read /proc/self/exe, which it is copied from: no such file")}exit 78\npreflight\n`,
  );
  t.end();
});

const noStrace = spawnSync("strace", ["-V"]).status === 0 ? onlyBinary : "strace is not installed";

test("install leaves no piece behind where a call fails or a signal comes", { skip: noStrace }, (t) => {
  const dir = room(t);
  for (const [inject, code] of [
    ["write:error=EIO:when=5", 78],
    ["fchmod:error=EPERM", 78],
    ["rename,renameat,renameat2:error=EXDEV", 78],
    ["write:signal=SIGTERM:when=5", null],
    ["write:signal=SIGINT:when=1", null],
  ] as const) {
    const calls = inject.split(":", 1)[0] ?? "";
    const r = spawnSync("strace", [
      "-qqo",
      "/dev/null",
      "-e",
      `trace=${calls
        .split(",")
        .map((c) => `?${c}`)
        .join(",")}`,
      "-e",
      `inject=${inject}`,
      program,
      "install",
      dir,
    ]);
    t.equal(r.status, code, inject);
    const left = readdirSync(dir);
    if (code === null)
      t.same([r.signal !== null, left], [true, ["preflight"]], "the copy is whole, and then the signal counts");
    else t.same(left, [], inject);
    rmSync(join(dir, "preflight"), { force: true });
  }
  t.end();
});

test("install takes exactly one path", async (t) => {
  const message = "preflight: install takes one path: preflight install PATH\n";
  for (const words of [[], [""], ["/a", "/b"]]) {
    const r = await preflight.run(["install", ...words]);
    t.same([r.code, r.stderr], [64, message], words.join(" "));
  }
});

test("the npm package has no binary to install", async (t) => {
  const dir = room(t);
  const r = await new Preflight(pack).run(["install", join(dir, "pf")]);
  t.same(
    [r.code, r.stdout, r.stderr],
    [64, "", "preflight: install belongs to the static binary: the npm package has none inside\n"],
  );
  t.notOk(existsSync(join(dir, "pf")));
});

test("install has no memory for what it copies", { skip: onlyBinary }, (t) => {
  const dir = room(t);
  const runs = (kib: number, args: readonly string[]): boolean =>
    spawnSync("sh", ["-c", 'ulimit -v "$0"; exec "$@"', `${kib}`, program, ...args]).status === 0;
  let least = 1000;
  while (!runs(least, ["--version"]) && least < 20_000) least += 100;
  t.ok(runs(least + 100, ["install", dir]), `${least} KiB are enough to start`);
  t.ok(readFileSync(join(dir, "preflight")).equals(own));
  t.end();
});
