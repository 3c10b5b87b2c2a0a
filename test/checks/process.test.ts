import { spawn } from "node:child_process";
import { copyFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t, { type Test } from "tap";
import { both, onlyBinary } from "../support/artifacts.ts";
import { first, look, noMounts, said, telling } from "../support/facts.ts";
import { nearby } from "../support/local.ts";

t.setTimeout(120_000);
const CURE =
  "\n  hint: only processes of its own container are seen: pid in Compose, shareProcessNamespace in Kubernetes\n";

/** A program of this name that runs until the test ends; its pid. */
async function runs(t: Test, name: string, ...args: readonly string[]): Promise<number> {
  const path = join(nearby(t), name);
  copyFileSync("/bin/cat", path);
  const child = spawn(path, ["-", ...args], { stdio: ["pipe", "pipe", "ignore"] });
  child.stdin.write("ready");
  await new Promise((done) => child.stdout.once("data", done));
  const gone = new Promise((done) => child.once("exit", done));
  t.teardown(async () => {
    child.kill("SIGKILL");
    await gone;
  });
  return child.pid ?? 0;
}

both("process passes while a process of this name runs, and waits for it", async (t, preflight) => {
  const name = `pf-a-${process.pid}`;
  t.equal(await said(t, preflight, { process: name }), `process ${name}: no process is called "${name}"${CURE}`);
  const run = preflight.start([`process:${name}`, "--", "echo", "started"]);
  await run.says(`waiting: no process is called "${name}"`);
  await runs(t, name);
  t.equal((await run.ended).stdout, "started\n");
  t.equal(await said(t, preflight, { process: name, not: true }), `not process ${name}: it holds, and must not\n`);
});

both("process knows a name that the kernel has cut off", async (t, preflight) => {
  const name = `pf-rather-long-name-${process.pid}`;
  await runs(t, name);
  t.equal(await said(t, preflight, { process: name }), "");
  t.match(await said(t, preflight, { process: `${name}-b` }), "no process is called");
});

both("process matches the command line, and never shows it", async (t, preflight) => {
  const name = `pf-b-${process.pid}`;
  await runs(t, name, "--", "--password", "hunter2"); // cat reads "-" first
  t.equal(await said(t, preflight, { process: name, pattern: "- -- --password h" }), "");
  t.equal(
    await said(t, preflight, { process: name, pattern: "other" }),
    `process ${name}: the command line does not match: 1 process of this name\n`,
  );
});

both("process follows a pid file", async (t, preflight) => {
  const pid = await runs(t, "pf-c");
  const dir = t.testdir({
    more: `${pid}\n/var/lib/data\n5432\n`,
    bare: `${pid}`,
    empty: "",
    words: "pid\n",
    zero: "0\n",
  });
  const at = (name: string): string => join(dir, name);
  for (const name of ["more", "bare"]) t.equal(await said(t, preflight, { process: at(name) }), "", name);
  t.equal(await said(t, preflight, { process: at("more"), pattern: "pf-c" }), "");
  t.equal(
    await said(t, preflight, { process: at("more"), pattern: "other" }),
    `process ${dir}/more: the command line of process ${pid}, "pf-c", does not match\n`,
  );
  for (const [name, why] of [
    ["none", `does not exist\n  hint: the folder "${dir}" exists`],
    ["empty", "empty"],
    ["words", "does not begin with a number"],
    ["zero", "does not begin with a number"],
  ] as const) {
    t.equal(await said(t, preflight, { process: at(name) }), `process ${dir}/${name}: ${why}\n`);
    t.equal(await said(t, preflight, { process: at(name), not: true }), "", name);
  }
  for (const not of [false, true])
    t.equal(
      await said(t, preflight, { process: at("more/x"), not }, 78),
      `${not ? "not " : ""}process ${dir}/more/x: "${dir}/more" is a file, not a folder\n`,
    );
});

both("process takes neither a pid file that was left behind nor a zombie", async (t, preflight) => {
  const dir = t.testdir({});
  const program =
    "import os,sys\np=os.fork()\nif p==0: os._exit(0)\nos.waitid(os.P_PID,p,os.WEXITED|os.WNOWAIT)\nprint(p,flush=True)\nsys.stdin.read()";
  const parent = spawn("python3", ["-c", program], { stdio: ["pipe", "pipe", "inherit"] });
  const line = await new Promise<Buffer>((done) => parent.stdout.once("data", done));
  writeFileSync(join(dir, "pid"), line);
  const why = `process ${dir}/pid: no process ${line.toString().trim()} runs: its pid file was left behind\n`;
  t.equal(await said(t, preflight, { process: join(dir, "pid") }), why);
  const gone = new Promise((done) => parent.once("exit", done));
  parent.stdin.end();
  await gone;
  t.equal(await said(t, preflight, { process: join(dir, "pid") }), why);
});

if (noMounts === false) {
  both("process does not find itself", async (t, preflight) => {
    const own = preflight.artifact.command;
    const alone = first(preflight, 'set -- unshare -pf --mount-proc "$@"');
    for (const name of [own[0].split("/").at(-1), "MainThread", "node"])
      t.equal(await said(t, alone, { process: name }), `process ${name}: no process is called "${name}"${CURE}`);
  });

  both("process does not pass where there is no /proc, not even under not", async (t, preflight) => {
    const dir = t.testdir({ pid: "1" });
    const mute =
      preflight.artifact.name === "binary" && onlyBinary === false
        ? first(preflight, "mount -t tmpfs none /proc")
        : null;
    for (const name of ["x", join(dir, "pid")])
      for (const not of [false, true]) {
        if (mute === null) continue;
        t.equal(
          await said(t, mute, { process: name, not }, 78),
          `${not ? "not " : ""}process ${name}: cannot be looked at: /proc/self/stat: no such file\n`,
        );
      }
    const empty = telling(preflight, dir, { "/proc/self/stat": "" });
    t.equal(
      await said(t, empty, { process: "x" }, 78),
      "process x: cannot be looked at: /proc/self/stat: does not tell\n",
    );
  });
}

both("process wants a name or a path", async (t, preflight) => {
  const r = await preflight.run(look(t, { process: "" }));
  t.equal(r.code, 78);
  t.match(r.stderr, "process must be a name or a path\n");
});
