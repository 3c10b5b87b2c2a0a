/** examples/healthcheck: what the engine, and who depends on it, makes of HEALTHCHECK while a gate waits. */
import { join } from "node:path";
import { TOOLS } from "./engine.ts";
import { docker, live, noCompose, seen, type Ended } from "./support.ts";

live("the healthcheck example shows what its README says", async (t) => {
  const said = await seen(t, "healthcheck");
  const [, unhealthy, healthy, late] =
    /unhealthy after +([\d.]+) s +never\nhealthy after +([\d.]+) s +([\d.]+) s\nrestarts +0 +0$/m.exec(said) ?? [];
  t.ok(Number(unhealthy) >= 3, `three looks, a second apart: ${unhealthy ?? ""}`);
  t.ok(Number(healthy) > Number(unhealthy), "one look that passes makes it healthy");
  t.ok(Number(late) >= 5, "five looks failed in the start period, and it was never unhealthy");
});

/** A worker whose gate waits about eight seconds, and what depends on its health. */
const project = (healthcheck: string): string => `
services:
  db:
    image: ${TOOLS}
    command: sh -c "sleep 8; exec httpd -f -p 5432"
    labels: [preflight.lab=test]
  worker:
    image: ${TOOLS}
    command: [preflight, "tcp:db:5432", --, sh, -c, "touch /tmp/alive; exec sleep 1000"]
    healthcheck: { test: [CMD, preflight, health, "file:/tmp/alive"], interval: 1s, retries: 2${healthcheck} }
    labels: [preflight.lab=test]
  dependant:
    image: ${TOOLS}
    command: "true"
    depends_on: { worker: { condition: service_healthy } }
    labels: [preflight.lab=test]
`;

live(
  "in Compose a dependant is not started where a gate waits without a start period, and is with one",
  async (t) => {
    const folder = t.testdir({ "without.yaml": project(""), "with.yaml": project(", start_period: 60s") });
    const up = async (name: string): Promise<Ended> => {
      const compose = ["compose", "-p", `health-${name}`, "-f", join(folder, `${name}.yaml`)];
      t.teardown(() => docker(...compose, "down", "-v", "-t", "0"));
      return docker(...compose, "up", "-d");
    };
    const [without, patient] = await Promise.all([up("without"), up("with")]);
    t.equal(without.code, 1);
    t.match(without.stderr, "dependency failed to start: container health-without-worker-1 is unhealthy");
    t.equal(patient.code, 0, patient.stderr);
  },
  noCompose(),
);
