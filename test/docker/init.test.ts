/** examples/init: any init collects the worker's orphans and hands SIGTERM on, wherever preflight stands; without one, nobody does. */
import { join } from "node:path";
import { root } from "../../scripts/tools.ts";
import { live, must, seen, start } from "./support.ts";

const IMAGE = "preflight-init";
const TARGETS = ["no-init", "tini-in-front", "tini-behind", "preflight-init"] as const;

/** What follows docker run for each of the ways with an init. */
const INITS = [
  ["docker-init", ["--init", `${IMAGE}:no-init`]],
  ["tini-in-front", [`${IMAGE}:tini-in-front`]],
  ["tini-behind", [`${IMAGE}:tini-behind`]],
  ["preflight-init", [`${IMAGE}:preflight-init`]],
] as const;

/** Builds what ./run builds, which then finds it. */
async function build(): Promise<void> {
  const base = `BASE=${process.env["BASE"] ?? "debian:bookworm-slim"}`;
  for (const target of TARGETS)
    await must(
      "build",
      "-q",
      "--build-arg",
      base,
      "--target",
      target,
      "-t",
      `${IMAGE}:${target}`,
      join(root, "examples/init"),
    );
}

live("the init example shows what its README says", async (t) => {
  await build();
  const said = await seen(t, "init");
  const rows = [...said.matchAll(/^(\S+) +(\S+) +(\d+) +([\d.]+) s +(\d+) +(\d+)$/gm)].map((m) => m.slice(1));
  const [none, ...inits] = rows;
  t.same([none?.[0], none?.[2], none?.[4], none?.[5]], ["no-init", "3", "137", "42"]);
  t.ok(Number(none?.[3]) >= 10, "process 1 without a handler is killed after ten seconds");
  t.same(
    inits.map(([way, , zombies, , ends, code]) => [way, zombies, ends, code]),
    INITS.map(([way]) => [way, "0", "143", "42"]),
  );
  for (const [way = "", , , took] of inits) t.ok(Number(took) < 5, `${way}: ${took ?? ""} s`);
});

live("SIGTERM reaches the command behind each init, and its exit code is kept", async (t) => {
  await build();
  const script = 'trap "echo got TERM; exit 3" TERM; echo ready; while :; do sleep 0.05; done';
  const stops = INITS.map(async ([way, args]) => {
    const c = await start(t, ...args, "sh", "-c", script);
    await c.says("ready");
    t.equal((await c.stop()).code, 3, way);
    t.match(await c.logs(), "got TERM", way);
  });
  await Promise.all(stops);
});

live("docker stop ends a gate that waits at once, with and without an init", async (t) => {
  await build();
  const stops = ([["no-init", [`${IMAGE}:no-init`]], ...INITS] as const).map(async ([way, args]) => {
    const c = await start(t, "-e", "PREFLIGHT_CHECKS=tcp:127.0.0.1:1", ...args);
    await c.says("waiting: connection refused");
    const { code, took } = await c.stop();
    t.equal(code, 143, way);
    t.ok(took < 5000, `${way}: ${took} ms`);
    t.match(await c.logs(), "SIGTERM while waiting for 1 check", way);
  });
  await Promise.all(stops);
});
