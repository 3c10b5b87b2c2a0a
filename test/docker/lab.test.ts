/** The lab keeps its promises: it says aloud what it skips, and leaves nothing behind, however it ends. */
import { spawn, spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { test, type Test } from "tap";
import { root } from "../../scripts/tools.ts";
import { eventually, live, run, type Ended } from "./support.ts";

const LAB = [process.execPath, "test/docker/lab.ts"];
const own =
  (process.env["PREFLIGHT_LAB"] ?? "theirs") === "theirs" && "it starts engines, and none can be started here";

/** A lab that runs, in a process group of its own, as a shell in a terminal would start it. */
class Lab {
  readonly pid: number;
  readonly code: Promise<number | null>;
  said = "";

  constructor(t: Test, command: readonly string[], env: NodeJS.ProcessEnv = {}) {
    const [program = "", ...args] = command;
    const inherited = { ...process.env, NODE_OPTIONS: "", NODE_TEST_CONTEXT: undefined, ...env };
    const child = spawn(program, args, {
      cwd: root,
      env: inherited,
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.pid = child.pid ?? 0;
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (text: string) => (this.said += text));
    this.code = new Promise((resolve) => child.on("exit", resolve));
    t.teardown(() => {
      this.signal("SIGTERM");
    });
  }

  says(pattern: RegExp): Promise<string> {
    return eventually(`${String(pattern)} in ${this.said}`, () => Promise.resolve(pattern.exec(this.said)?.[1]));
  }

  /** As ctrl-c does: to all of the group. */
  signal(signal: NodeJS.Signals): void {
    spawnSync("kill", ["-s", signal, "--", `-${this.pid}`]);
  }

  /** The folder that its engine was made in. */
  folder(): Promise<string> {
    return eventually("there is an engine", () =>
      Promise.resolve(engines().find((f) => read(join(f, "owner")) === String(this.pid))),
    );
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

const engines = (): readonly string[] =>
  readdirSync("/tmp")
    .filter((f) => f.startsWith("pf-lab-"))
    .map((f) => join("/tmp", f));

/** All there is of an engine: its processes and those of its tests and containers, network, rules, mounts, files. */
function left(folder: string, containers: readonly string[]): readonly string[] {
  const name = folder.slice(-8);
  const lines = (text: string): readonly string[] =>
    text.split("\n").filter((l) => l.includes(name) || l.includes(folder));
  const said = (command: string, ...args: readonly string[]): string =>
    spawnSync(command, args, { encoding: "utf8" }).stdout;
  const ofIt = (pid: string): boolean =>
    ["cmdline", "environ", "cgroup"].some((file) => {
      const text = read(`/proc/${pid}/${file}`);
      return [folder, ...containers].some((words) => text.includes(words));
    });
  const processes = readdirSync("/proc").filter((pid) => Number(pid) > 0 && Number(pid) !== process.pid && ofIt(pid));
  return [
    ...processes.map((pid) => `process ${pid}: ${read(`/proc/${pid}/cmdline`).replaceAll("\0", " ")}`),
    ...lines(said("ip", "netns")),
    ...lines(said("ip", "-o", "link")),
    ...lines(said("iptables-save")),
    ...lines(read("/proc/self/mounts")),
    ...engines().filter((f) => f === folder),
  ];
}

/** Waits until nothing is left: who else starts an engine at this moment may be about to remove it. */
async function nothingLeft(t: Test, what: string, folder: string, ...containers: readonly string[]): Promise<void> {
  t.match([folder, ...containers].join(" "), /^\/tmp\/pf-lab-\w{6}( \w{64})*$/, what);
  const end = Date.now() + 10_000;
  while (Date.now() < end && left(folder, containers).length > 0) await pause(50);
  t.same(left(folder, containers), [], `nothing is left ${what}`);
}

/** Runs in the lab until it is ended, with a container that takes its time; prints its folder and the container's id. */
const LASTING = ["--", "sh", "-c", 'echo "ready $(docker run -d lab/tools sleep 1000)"; sleep 1000'];

live(
  "the lab leaves nothing where ctrl-c comes in the middle",
  async (t) => {
    const lab = new Lab(t, [...LAB, ...LASTING]);
    const id = await lab.says(/ready (\w{64})/);
    const folder = await lab.folder();
    t.not(left(folder, []).length, 0, "and it would be seen");
    lab.signal("SIGINT");
    t.equal(await lab.code, 130);
    await nothingLeft(t, "after ctrl-c", folder, id);
  },
  own,
);

live(
  "the lab leaves nothing where ctrl-c comes while the engine starts, and runs nothing then",
  async (t) => {
    const lab = new Lab(t, [...LAB, "--", "echo", "it ran"]);
    const folder = await lab.folder();
    lab.signal("SIGINT");
    t.equal(await lab.code, 130);
    t.notMatch(lab.said, /it ran|SKIP/);
    await nothingLeft(t, "after ctrl-c at the start", folder);
  },
  own,
);

/** A test that is killed, with a container and an engine of its own. */
const DYING = `
  import { writeFileSync } from "node:fs";
  import { Engine } from "${import.meta.dirname}/engine.ts";
  import { live, start } from "${import.meta.dirname}/support.ts";
  live("it dies", async (t) => {
    const { id } = await start(t, "lab/tools", "sleep", "1000");
    const engine = await Engine.start();
    writeFileSync(import.meta.dirname + "/made", id + " " + engine.folder);
    process.kill(process.pid, "SIGKILL");
  });
`;

live(
  "the lab leaves nothing after a test that was killed, and nothing of a lab that was",
  async (t) => {
    const killed = new Lab(t, [...LAB, ...LASTING]);
    const container = await killed.says(/ready (\w{64})/);
    const folder = await killed.folder();
    process.kill(killed.pid, "SIGKILL");
    await killed.code;
    t.ok(left(folder, [container]).length > 5, "nobody was there to clean up");
    const tests = t.testdir({ "dying.test.ts": DYING });
    const next = new Lab(t, [...LAB, join(tests, "dying.test.ts")]);
    const other = await next.folder();
    await nothingLeft(t, "of the lab that was killed", folder, container);
    t.equal(await next.code, 1);
    const [id = "", inner = ""] = read(join(tests, "made")).split(" ");
    await nothingLeft(t, "of the test that was killed", inner, id);
    await nothingLeft(t, "of its lab", other);
  },
  own,
);

/** Runs the lab where no engine can be started: without the rights of root, and with no engine to be found. */
function without(env: NodeJS.ProcessEnv): Promise<Ended> {
  const stranger = process.getuid?.() === 0 ? ["unshare", "--user"] : [];
  const nowhere = { DOCKER_HOST: "unix:///nonexistent", NODE_TEST_CONTEXT: undefined, PREFLIGHT_LAB: undefined };
  const command = [...stranger, ...LAB, "test/docker/hold.test.ts"];
  return run("env", command, { ...process.env, ...nowhere, ...env });
}

test("the lab says aloud that there is no engine, and its tests count as skipped", async (t) => {
  const r = await without({ PREFLIGHT_REQUIRE_LAB: "" });
  t.match(r.stdout, /^# SKIP docker: an engine needs root\n/);
  t.match(r.stdout, /^. pass 0\n. fail 0\n. cancelled 0\n. skipped [1-9]/m);
  t.equal(r.code, 0);
});

test("the lab fails where an engine is required and there is none", async (t) => {
  const r = await without({ PREFLIGHT_REQUIRE_LAB: "1" });
  t.same([r.code, r.stdout], [1, "# SKIP docker: an engine needs root\n"]);
});
