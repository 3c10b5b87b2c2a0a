/** What an init costs while the command runs: hardly any memory, no thread, and no descriptor that others wait for. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { test } from "tap";
import { binary, onlyBinary } from "../support/artifacts.ts";
import { at, childrenOf, descriptors, first, ordinary, Started, status, until } from "../support/inits.ts";
import { configuration, free } from "../support/local.ts";
import { inside } from "../support/world.ts";

const resident = (pid: number): number => Number(status(pid, "VmRSS").split(" ")[0]);

test("the init takes at most 1 MB more than the gate that waited", { skip: onlyBinary }, async (t) => {
  const port = await free();
  const run = new Started(t, [...binary.command, "--init", "--quiet", `tcp:127.0.0.1:${port}`, "--", "sleep", "60"]);
  await until(() => status(run.pid, "State").startsWith("S") && resident(run.pid) > 400, "it waits");
  const waiting = resident(run.pid);
  const server = createServer((socket) => socket.destroy()).listen(port, "127.0.0.1");
  t.teardown(() => server.close());
  await until(() => status(run.command, "Name") === "sleep", "the command runs");
  const staying = resident(run.pid);
  t.ok(staying <= waiting + 1024, `${waiting} kB while it waited, ${staying} kB as the init`);
  t.equal(status(run.pid, "Threads"), "1");
});

inside(
  { names: { "mute.test": { mute: ["A", "AAAA"] } }, listen: [4000] },
  "the init does its work while threads still wait for a resolver",
  async (t, preflight) => {
    const file = configuration(t, "checks:\n  - any:\n      - dns: mute.test\n      - tcp: 127.0.0.1:4000\n");
    const script = "grep Threads /proc/$PPID/status; kill -USR1 $PPID; exec sleep 60";
    const r = await preflight.run(["--init", "-q", "--config", file, "--", "sh", "-c", script]);
    t.match(r.stdout, /^Threads:\t[23]\n$/);
    t.equal(r.code, 138);
  },
  "binary",
);

/** Waits for the command, which comes a moment before its init lets go. */
async function held(run: Started, wanted: readonly number[]): Promise<readonly number[]> {
  await until(() => status(run.command, "Name") === "sleep", "the command runs");
  await until(() => descriptors(run.pid).length <= wanted.length, "the init lets go").catch(() => {});
  return descriptors(run.pid);
}

const WITH_MORE = ["sh", "-c", 'exec 5</dev/null 7>/dev/null; exec "$@"', "sh"];

at([ordinary], "the init holds no descriptor as an ordinary process", async (t, seat) => {
  const run = new Started(t, [...WITH_MORE, ...seat.alone, "sleep", "60"]);
  t.same(await held(run, []), []);
  for (const fd of [0, 1, 2, 5, 7]) t.ok(descriptors(run.command).includes(fd), `the command has ${fd}`);
});

at([first], "the init holds the standard streams as process 1, for /proc/1/fd/1 is the log", async (t, seat) => {
  const run = new Started(t, [...WITH_MORE, ...seat.alone, "sleep", "60"], true);
  t.same(await held(run, [0, 1, 2]), [0, 1, 2]);
  const logging = ["sh", "-c", '"$@" | cat', "sh", ...seat.alone, "sh", "-c", "echo logged >/proc/1/fd/1"];
  t.equal(spawnSync("sh", logging.slice(1), { encoding: "utf8" }).stdout, "logged\n");
});

const strace = spawnSync("strace", ["-V"]).status === 0 ? onlyBinary : "strace is not installed";

test("the init lets go on a kernel without close_range too", { skip: strace }, async (t) => {
  const old = ["strace", "-qq", "-o", "/dev/null", "-e", "inject=close_range:error=ENOSYS"];
  const run = new Started(t, [...old, ...WITH_MORE, ...ordinary.alone, "sleep", "60"]);
  const pid = (): number => childrenOf(run.pid)[0] ?? 0;
  await until(() => status(childrenOf(pid())[0] ?? 0, "Name") === "sleep", "the command runs");
  await until(() => descriptors(pid()).length === 0, "the init lets go");
  t.same(descriptors(pid()), []);
});

at([ordinary], "who reads the command's output sees its end when the command closes it", async (t, seat) => {
  const [program = "", ...args] = seat.alone;
  const child = spawn(program, [...args, "sh", "-c", "echo all; exec sleep 60 >&- 2>&- <&-"]);
  t.teardown(() => child.kill("SIGTERM"));
  let out = "";
  child.stdout.on("data", (bytes) => (out += String(bytes)));
  await Promise.all([once(child.stdout, "end"), once(child.stderr.resume(), "end"), refused(child.stdin)]);
  t.equal(out, "all\n");
  t.equal(child.exitCode, null, "the command runs");
});

/** Writes until nobody reads any more. */
async function refused(pipe: NodeJS.WritableStream): Promise<void> {
  const error = once(pipe, "error");
  const timer = setInterval(() => pipe.write("x"), 5);
  await error;
  clearInterval(timer);
}
