/** examples/compose on an engine of its own, for it is restarted; and what Compose makes of exit codes and of health. */
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import type { Test } from "tap";
import { DEBIAN } from "./engine.ts";
import { alone, docker, live, must, noCompose, seen, type Ended } from "./support.ts";

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
  const server = createServer((asks) => void does().finally(() => asks.end()));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.teardown(() => server.close());
  return `'${process.execPath}' -e 'net.connect(${(server.address() as AddressInfo).port}, "127.0.0.1").resume()'`;
}

/** The gate's column and that of depends_on, in seconds: a row for each start. */
function rows(said: string, what: string): readonly (readonly number[])[] {
  const found = said.matchAll(new RegExp(`^ +${what} +([\\d.]+) s +([\\d.]+) s$`, "gm"));
  return [...found].map((m) => m.slice(1).map(Number));
}

alone(
  "the compose example comes up in the worst order, and again after a restart of the engine",
  async (t, engine) => {
    await Promise.all([serve(), build("preflight-compose", example)]);
    process.env["RESTART"] = await command(t, async () => {
      await engine.halt();
      await engine.launch();
    });
    const said = await seen(t, "compose");
    const started = rows(said, "the programs are started");
    const late = rows(said, "its port is open").map(([open = NaN], i) => (started[i]?.[0] ?? NaN) - open);
    t.equal(late.length, 2);
    for (const s of late) t.ok(s < 3, `the gates are through soon after the database: ${s.toFixed(2)} s`);
    t.ok((started[0]?.[1] ?? NaN) > 10, "depends_on waits for an interval to be over");
  },
  noCompose(),
);

/** docker compose up of these services, in a project that goes with the test. */
async function up(t: Test, yaml: string, ...flags: readonly string[]): Promise<Ended> {
  const file = join(t.testdir({ "compose.yaml": yaml }), "compose.yaml");
  const project = ["compose", "--progress", "quiet", "-p", `lab-${process.pid}-${Date.now()}`, "-f", file];
  t.teardown(() => docker(...project, "down", "-v", "-t", "1"));
  return docker(...project, "up", "-d", ...flags);
}

live(
  "compose starts what comes after a one-shot service only where its gate passed, and names the exit code",
  async (t) => {
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
  },
  noCompose(),
);

live(
  "compose up --wait ends with the gate, and fails where it is unhealthy",
  async (t) => {
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
  },
  noCompose(),
);
