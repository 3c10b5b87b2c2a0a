/** examples/supervisor: what dies inside comes back, the container stays up, and what trying again cannot mend is left down. */
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { Test } from "tap";
import { root } from "../../scripts/tools.ts";
import { eventually, live, must, seen, start, type Container } from "./support.ts";

const folder = join(root, "examples/supervisor");
const base = process.env["BASE"] ?? "debian:bookworm-slim";
const SITE = ["-e", "SERVER_NAME=www.example.org"];
const PID_FILE = "/run/apache2/apache2.pid";

/** Builds an image as ./run does, which then finds it. */
const build = (image: string, from: string): Promise<string> =>
  must("build", "-q", "--build-arg", `BASE=${base}`, "-t", image, join(folder, from));

const page = async (c: Container): Promise<string> =>
  (await c.exec("php", "-r", 'readfile("http://localhost/");')).stdout;

/** The stack, when its page is served. */
async function stack(t: Test, ...args: readonly string[]): Promise<Container> {
  const c = await start(t, ...args, ...SITE, "preflight-lamp");
  await eventually("the page is served", async () => (await page(c)).includes("MariaDB says hello") || undefined);
  return c;
}

/** What supervisord says of a program, such as "RUNNING". */
const status = async (c: Container, program: string): Promise<string> =>
  (await c.exec("supervisorctl", "status", program)).stdout.split(/\s+/)[1] ?? "";

const pidOf = async (c: Container, program: string): Promise<number> =>
  Number((await c.exec("supervisorctl", "pid", program)).stdout);

const shell = (c: Container, script: string): Promise<unknown> => c.exec("sh", "-c", script);

const count = (text: string, of: string): number => text.split(of).length - 1;

live("the supervisor example's images are built of Debian's packages", async (t) => {
  for (const [image, from] of [
    ["preflight-lamp", "."],
    ["preflight-runit", "runit"],
    ["preflight-s6", "s6"],
  ] as const)
    t.match(await build(image, from), /^sha256:/, image);
});

live("the supervisor example shows what its README says", async (t) => {
  const said = await seen(t, "supervisor");
  t.equal(count(said, "the page: MariaDB says hello"), 2, "before and after apache2 was killed");
  t.match(said, /exited: apache \(exit status 0; not expected\)\n {2}spawned: 'apache'\n/);
  t.equal(count(said, "exit code 0, restarts 0"), 3, "each ends cleanly, and none was restarted");
  t.match(said, /down: \/sv\/web/);
  t.match(said, /false 78/);
});

live("supervisord starts a killed apache2 again, and the container does not notice", async (t) => {
  const c = await stack(t, "--restart", "unless-stopped");
  const [before, first] = [await c.inspect(), await pidOf(c, "apache")];
  t.equal(
    (await c.exec("cat", PID_FILE)).stdout.trim(),
    `${first}`,
    "the gate has become apache2: it is the pid that supervisord knows",
  );
  await shell(c, `kill ${first}`);
  const second = await eventually("apache2 has another pid", async () => {
    const pid = await pidOf(c, "apache");
    return pid > 0 && pid !== first && (await page(c)) !== "" ? pid : undefined;
  });
  t.not(second, first);
  const after = await c.inspect();
  t.same([after.RestartCount, after.State.StartedAt], [0, before.State.StartedAt]);
  t.equal((await c.exec("preflight", "--config", "/etc/stack.yaml", "health")).code, 0);

  await shell(c, `kill -KILL ${second}`);
  await c.says("(98)Address already in use");
  await shell(c, `kill -KILL -${second}`);
  await eventually("apache2 runs when its orphans are gone", async () => {
    const [line] = (await c.exec("cat", PID_FILE)).stdout.split("\n");
    return Number(line) !== second && Number(line) === (await pidOf(c, "apache")) ? true : undefined;
  });
  t.match(await page(c), "MariaDB says hello");
  const { code } = await c.stop();
  t.equal(code, 0);
  t.match(await c.logs(), /mariadbd: Shutdown complete/);
});

live("apache2's gate waits for MariaDB, is started again on 75 and not once more on 127", async (t) => {
  const c = await stack(t, "-e", "PREFLIGHT_WAIT=1s");
  await c.exec("supervisorctl", "stop", "mariadb");
  const first = await pidOf(c, "apache");
  await shell(c, `kill ${first}`);
  await eventually("two gates gave up", async () => count(await c.logs(), "not ready, 0 passed") >= 2 || undefined);
  t.match(await c.logs(), /exited: apache \(exit status 75; not expected\)/);
  await c.exec("supervisorctl", "start", "mariadb");
  await eventually("the page is served", async () => (await page(c)) !== "" || undefined);
  await shell(c, `rm /usr/sbin/apache2; kill ${await pidOf(c, "apache")}`);
  await c.says("exited: apache (exit status 127; expected)");
  await pause(3000); // supervisord tries again within a second
  t.equal(await status(c, "apache"), "EXITED");
  t.equal(count(await c.logs(), "not found in PATH"), 1);
  t.equal(await status(c, "mariadb"), "RUNNING");
  t.equal((await c.inspect()).State.Status, "running");
  t.equal((await c.exec("preflight", "--config", "/etc/stack.yaml", "health")).code, 1, "health tells");
});

live(
  "a killed container is refused for the pid file that it left, and comes back where that is on a tmpfs",
  async (t) => {
    const [left, swept] = await Promise.all([stack(t), stack(t, "--tmpfs", "/run/apache2")]);
    for (const c of [left, swept]) {
      await must("kill", c.id);
      await must("start", c.id);
    }
    t.equal((await left.ended()).State.ExitCode, 75);
    const said = (await left.logs()).trimEnd().split("\n").slice(-2);
    t.same(said, [
      "preflight: file /run/apache2/apache2.pid: exists (a file), and must not",
      "  hint: a killed container left it, and apache2 would take it for a running one: --tmpfs /run/apache2",
    ]);
    await eventually("the page is served", async () => (await page(swept)) !== "" || undefined);
  },
);

live("without the gate apache2 takes the pid file that is left for a running one, as the README says", async (t) => {
  const c = await start(t, ...SITE, "--entrypoint", "supervisord", "preflight-lamp", "-c", "/etc/supervisord.conf");
  await eventually("the page is served", async () => (await page(c)) !== "" || undefined);
  await shell(c, `echo 1 >${PID_FILE}`); // a number that some process has after the next start too
  await must("kill", c.id);
  await must("start", c.id);
  t.match(await c.says("exited: apache (exit status 0; not expected)"), "httpd (pid 1) already running");
});

/** A container that supervises this script, in the place of the example's service. */
const supervised = (t: Test, kind: string, script: string, command: string): Promise<Container> =>
  start(t, `preflight-${kind}`, "sh", "-c", `printf '#!/bin/sh\n%s\n' '${script}' >/sv/web/run; exec ${command}`);

const SUPERVISORS = { runit: "supervise", s6: "s6-svscan /sv" } as const;

for (const [kind, command] of Object.entries(SUPERVISORS)) {
  live(`${kind} starts a gate again on 75, and not once more on 78, and the container stays up`, async (t) => {
    const late = await supervised(t, kind, "exec preflight --no-wait tcp:localhost:1 -- true", command);
    const wrong = await supervised(t, kind, "exec preflight env:MISSING -- true", command);
    await wrong.says("exit 78");
    await eventually("three gates gave up", async () => count(await late.logs(), "exit 75") >= 3 || undefined);
    t.equal(count(await wrong.logs(), "exit 78"), 1);
    t.equal((await wrong.inspect()).State.Status, "running");
  });

  live(`docker stop lets a service under ${kind} end in peace`, async (t) => {
    const script = 'trap "sleep 0.3; echo ended in peace; exit" TERM; echo up; while :; do sleep 0.05; done';
    const c = await supervised(t, kind, script, command);
    await c.says("up");
    const { code } = await c.stop();
    t.equal(code, 0);
    t.match(await c.logs(), "ended in peace");
  });
}

/** Kilobytes that the processes of these names have resident. */
async function resident(c: Container, names: RegExp): Promise<number> {
  const all = (await c.exec("sh", "-c", "cat /proc/[0-9]*/status")).stdout;
  const found = [...all.matchAll(/^Name:\t(.*)[^]*?^VmRSS:\s+(\d+) kB/gm)].filter(([, name = ""]) => names.test(name));
  return found.reduce((sum, [, , kb]) => sum + Number(kb), 0);
}

live("supervisord, runit and s6 collect orphans, in 30 MB and in 6", async (t) => {
  const supervisors = [
    ["preflight-lamp", /^supervisord$/, 20_000, 45_000],
    ["preflight-runit", /^(?:supervise|runsv|runsvdir)$/, 500, 6000],
    ["preflight-s6", /^s6-/, 500, 6000],
  ] as const;
  const looks = supervisors.map(async ([image, names, least, most]) => {
    const c = await start(t, ...SITE, "-e", "SITE=x", image);
    await c.says(/passed[^]*passed/); // the gate in front, and that of a service
    const left = (await c.exec("sh", "-c", "(exec sleep 0.1) & echo $!")).stdout.trim();
    await eventually(`${image} collects its orphan`, async () =>
      (await c.exec("test", "-e", `/proc/${left}`)).code === 1 ? true : undefined,
    );
    const memory = await resident(c, names);
    t.ok(memory > least && memory < most, `${image}: ${memory} kB`);
  });
  await Promise.all(looks);
});

live("runsvdir as PID 1 does not, as the README says", async (t) => {
  const c = await supervised(
    t,
    "runit",
    'trap "sleep 0.3; echo ended in peace; exit" TERM; echo up; while :; do sleep 0.05; done',
    "runsvdir /sv",
  );
  await c.says("up");
  t.equal((await c.stop()).code, 0);
  t.notMatch(await c.logs(), "ended in peace");
});
