/** examples/swarm on an engine of its own, for it is made a swarm; and what an update sees of a gate without a healthcheck. */
import { join } from "node:path";
import { TOOLS } from "./engine.ts";
import { alone, eventually, must, seen } from "./support.ts";

const folder = join(import.meta.dirname, "../../examples/swarm");

/** Waits until swarm says this of a service. */
async function until(what: string, ...question: readonly string[]): Promise<void> {
  await eventually(what, async () => ((await must("service", ...question)).startsWith(what) ? true : undefined));
}

alone("swarm takes a task for running when its gate is through, where health says so", async (t) => {
  await t.test("the swarm example shows what its README says", async (t) => {
    process.env["ENDPOINT_MODE"] = "dnsrr"; // the routing mesh wants IPVS, which not every kernel has
    const said = await seen(t, "swarm");
    t.equal(said.match(/20 requests, each answered by version/g)?.length, 5);
  });

  await t.test("without a healthcheck an update is completed while the gate still waits", async (t) => {
    await must("swarm", "init", "--advertise-addr", "127.0.0.1");
    t.teardown(() => must("swarm", "leave", "--force"));
    await must("build", "-q", "--build-arg", `BUSYBOX=${TOOLS}`, "-t", "preflight-swarm", folder);
    const flags = ["-d", "--init", "--no-resolve-image", "--update-order", "start-first", "--update-monitor", "1s"];
    await must("service", "create", ...flags, "--name", "hasty", "-e", "VERSION=1", "preflight-swarm");
    await until("Running", "ps", "hasty", "--format", "{{.CurrentState}}");
    await must("service", "update", "-d", "--env-add", "PREFLIGHT_CHECKS=tcp:127.0.0.1:1", "hasty");
    await until("completed", "inspect", "hasty", "-f", "{{with .UpdateStatus}}{{.State}}{{end}}");
    const states = await must("service", "ps", "hasty", "--format", "{{.DesiredState}} {{.CurrentState}}");
    t.match(states, /^Running Running .*\nShutdown /, "the old task is taken away");
    const log = await must("service", "logs", "--raw", "hasty");
    t.notMatch(log, /2 checks passed/, "and the new one is not through");
  });
});
