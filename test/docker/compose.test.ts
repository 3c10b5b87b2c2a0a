/** examples/compose on an engine of its own, for it is restarted; and what Compose makes of exit codes and of health. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Test } from "tap";
import { DEBIAN } from "./engine.ts";
import { alone, docker, live, must, run, seen, type Ended } from "./support.ts";

const services = join(import.meta.dirname, "services");
const example = join(import.meta.dirname, "../../examples/compose");

/** Builds an image on Debian. */
function build(image: string, folder: string, ...more: readonly string[]): Promise<string> {
  return must("build", "-q", "--build-arg", `BASE=${DEBIAN}`, "-t", image, ...more, folder);
}

/** Makes the images of PostgreSQL, Redis and a broker, and names them to the example. */
async function serve(): Promise<void> {
  for (const name of ["postgres", "redis", "mosquitto"]) {
    await build(`lab/${name}`, services, "--target", name);
    process.env[name.toUpperCase()] = `lab/${name}`;
  }
}

/** A shell command that has this done here, and ends when it is. */
async function command(t: Test, does: () => Promise<void>): Promise<string> {
  const folder = t.testdir({});
  const [asked, done] = [join(folder, "asked"), join(folder, "done")];
  await run("mkfifo", [asked, done]);
  void readFile(asked)
    .then(does)
    .then(() => writeFile(done, ""));
  return `echo >'${asked}'; cat '${done}'`;
}

alone("the compose example comes up in the worst order, and again after a restart of the engine", async (t, engine) => {
  await Promise.all([serve(), build("preflight-compose", example)]);
  process.env["RESTART"] = await command(t, async () => {
    await engine.halt();
    await engine.launch();
  });
  const said = await seen(t, "compose");

  const row = (what: string): { gate: number; depends: number }[] =>
    [...said.matchAll(new RegExp(`^ +${what} +([\\d.]+) s +([\\d.]+) s$`, "gm"))].map((m) => ({
      gate: Number(m[1]),
      depends: Number(m[2]),
    }));
  const [open, started, up] = [row("its port is open"), row("the command of web is started"), row("web is up")];
  for (const i of [0, 1]) {
    const late = (started[i]?.gate ?? NaN) - (open[i]?.gate ?? NaN);
    t.ok(late < 1, `the gate notices the database within a second: ${late.toFixed(2)} s`);
    t.ok((up[i]?.gate ?? NaN) < 60);
  }
  t.ok((started[0]?.depends ?? NaN) > 5, "depends_on does not look before the first interval is over");
});

/** docker compose up of these services, in a project that goes with the test. */
async function up(t: Test, yaml: string, ...flags: readonly string[]): Promise<Ended> {
  const file = join(t.testdir({ "compose.yaml": yaml }), "compose.yaml");
  const project = ["compose", "--progress", "quiet", "-p", `lab-${process.pid}-${Date.now()}`, "-f", file];
  t.teardown(() => docker(...project, "down", "-v", "-t", "1"));
  return docker(...project, "up", "-d", ...flags);
}

live("compose starts what comes after a one-shot service only where its gate passed, and names the exit code", async (t) => {
  const stack = (check: string): string => `
services:
  migrate:
    image: preflight
    network_mode: none
    command: [check, "${check}"]
  web:
    image: preflight
    network_mode: none
    command: [check, "env:PATH"]
    depends_on:
      migrate: { condition: service_completed_successfully }
`;
  const good = await up(t, stack("env:PATH"));
  t.same([good.code, good.stderr], [0, ""]);
  const bad = await up(t, stack("env:DATABASE_URL"));
  t.same([bad.code, bad.stderr], [1, `service "migrate" didn't complete successfully: exit 78\n`]);
});

live("compose up --wait ends with the gate, and fails where it is unhealthy", async (t) => {
  const stack = (check: string): string => `
services:
  web:
    image: lab/tools
    network_mode: none
    environment: { PREFLIGHT_ON_FAILURE: hold, PREFLIGHT_CHECKS: "${check}" }
    command: [preflight, --, sleep, "600"]
    healthcheck: { test: [CMD, preflight, health], interval: 1s, retries: 1 }
`;
  t.equal((await up(t, stack("env:PATH"), "--wait")).code, 0);
  const bad = await up(t, stack("env:DATABASE_URL"), "--wait");
  t.equal(bad.code, 1);
  t.match(bad.stderr, /^container lab-\S+-web-1 is unhealthy\n$/);
});
