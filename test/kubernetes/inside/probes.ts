/** Tests of `preflight health` in exec probes, and of sidecars. */
import { scenario } from "./scenario.ts";
import type { Job, Pod } from "../support/api.ts";
import { example, pod, statuses } from "../support/room.ts";

/** An exec probe that is asked each second and counts at once. */
function probe(...checks: readonly string[]): object {
  const exec = { command: ["preflight", "health", ...checks] };
  return { exec, periodSeconds: 1, timeoutSeconds: 1, failureThreshold: 1 };
}

scenario("a sidecar's startup probe starts the main container when the sidecar listens", async (t, room) => {
  await room.make(...example("sidecar"));
  const serving = await room.said("sidecar", "serving", "proxy");
  const took = (await room.said("sidecar", "serving")) - serving;
  t.ok(took >= 0 && took < 5000, `${took} ms`);
  t.comment(`sidecar listens to main container: ${took} ms`);
  const [proxy] = statuses(await room.read<Pod>("Pod", "sidecar"));
  t.same([proxy?.name, proxy?.started, proxy?.restartCount], ["proxy", true, 0]);
});

scenario("a gate that waits in front of a sidecar ends with 143 when the main container has ended", async (t, room) => {
  const sidecar = {
    ...{ name: "sidecar", image: "your-image:1.0", restartPolicy: "Always" },
    command: ["preflight", "--wait", "1h", "tcp:192.0.2.1:9", "--", "proxy"],
  };
  const main = pod("unused", { command: ["sleep", "2"] }, { restartPolicy: "Never", initContainers: [sidecar] });
  const job = { template: { spec: main["spec"], metadata: { finalizers: ["lab/kept"] } } };
  await room.make({ apiVersion: "batch/v1", kind: "Job", metadata: { name: "main" }, spec: job });
  await room.until("the job is complete", async () => {
    const { status } = await room.read<Job>("Job", "main", "batch/v1");
    return status.conditions?.some((c) => c.type === "Complete" && c.status === "True");
  });
  const ended = (await room.pods()).flatMap((p) => statuses(p));
  t.same(
    ended.map((c) => [c.name, c.state.terminated?.exitCode]),
    [
      ["sidecar", 143],
      ["app", 0],
    ],
  );
  const [gate, app] = ended.map((c) => Date.parse(c.state.terminated?.finishedAt ?? "")); // whole seconds
  t.ok((gate ?? 0) - (app ?? 0) <= 3000, `${(gate ?? 0) - (app ?? 0)} ms`);
});

scenario("readiness follows what health looks at, and the event carries its reasons", async (t, room) => {
  await room.make(pod("ready", { command: ["sleep", "3600"], readinessProbe: probe("tcp:db:5432") }));
  await room.container("ready", "running", (c) => c.state.running !== undefined);
  await room.until("an event says why", async () =>
    /Readiness probe failed: preflight: 1 check not ready.*\npreflight: tcp db:5432: connection refused/.test(
      await room.events(),
    ),
  );
  const opened = await room.listen();
  await room.container("ready", "ready", (c) => c.ready);
  const up = Date.now() - opened;
  room.close();
  const closed = Date.now();
  await room.container("ready", "not ready", (c) => !c.ready);
  const down = Date.now() - closed;
  t.ok(up < 5000 && down < 5000, `${up} ms, ${down} ms`);
  t.comment(`port open to ready: ${up} ms; closed to not ready: ${down} ms`);
});

scenario("what health says fits into an event, whatever goes wrong", async (t, room) => {
  const many = Array.from({ length: 200 }, (_, i) => `env:A_VARIABLE_THAT_IS_MISSING_${i}`);
  const readinessProbe = { ...probe(...many), timeoutSeconds: 5 };
  await room.make(pod("many", { command: ["sleep", "3600"], readinessProbe }));
  const event = await room.until(
    "an event says why",
    async () =>
      (await room.events()).match(/Readiness probe failed: preflight: 200 checks failed[^]*_199: not set\n/)?.[0],
  );
  t.ok(Buffer.byteLength(event) < 4200, `${Buffer.byteLength(event)} bytes`);
});

scenario("health ends with its reason within timeoutSeconds 1, though nobody answers", async (t, room) => {
  await room.make(
    pod("silent", { command: ["sleep", "3600"], readinessProbe: probe("tcp:192.0.2.1:9", "http://192.0.2.1/") }),
  );
  const event = await room.until(
    "an event says why",
    async () => (await room.events()).match(/Readiness probe failed: preflight[^]*/)?.[0],
  );
  t.match(event, /preflight: tcp 192\.0\.2\.1:9: no answer/);
  t.match(event, /preflight: http http:\/\/192\.0\.2\.1\/: no answer/);
});

scenario("a liveness probe ends a gate that waits, and a startup probe keeps it from that", async (t, room) => {
  const gate = {
    command: ["preflight", "tcp:db:5432", "--"],
    args: ["server"],
    livenessProbe: { ...probe("tcp:localhost:8080"), failureThreshold: 3 },
  };
  const started = { startupProbe: { ...probe("tcp:localhost:8080"), failureThreshold: 60 } };
  await room.make(pod("bare", gate), pod("shielded", { ...gate, ...started }));
  const bare = await room.container("bare", "restarted", (c) => c.restartCount > 0);
  t.equal(bare.lastState.terminated?.exitCode, 143);
  await room.listen();
  const shielded = await room.container("shielded", "started", (c) => c.started);
  t.equal(shielded.restartCount, 0);
});
