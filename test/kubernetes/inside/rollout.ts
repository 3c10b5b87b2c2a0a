/** Tests of what keeps serving, and of pods that decide by exit code whether they are restarted. */
import { scenario } from "./scenario.ts";
import { ask, collection, type Deployment, type Pod } from "../support/api.ts";
import { example, statuses, type Room } from "../support/room.ts";

const DEPLOYMENT = "apps/v1";
const WRONG = { name: "DATABASE_URL", value: "mysql://db/app" };
const ENV = "spec.containers.0.env";

async function ready(room: Room): Promise<number> {
  return (await room.read<Deployment>("Deployment", "app", DEPLOYMENT)).status.readyReplicas ?? 0;
}

scenario("a bad rollout holds for diagnosis, and the old pod serves on", async (t, room) => {
  await room.listen();
  await room.make(...example("deployment", { "spec.progressDeadlineSeconds": 5 }));
  await room.until("the first rollout is done", async () => (await ready(room)) === 1);
  const [old] = await room.pods();
  const patch = {
    spec: { template: { spec: { containers: [{ name: "app", env: [{ ...WRONG, valueFrom: null }] }] } } },
  };
  const path = `${collection(DEPLOYMENT, "Deployment", room.namespace)}/app`;
  await ask("PATCH", path, patch, "application/strategic-merge-patch+json");
  const stuck = await room.until("the rollout is given up", async () => {
    const { status } = await room.read<Deployment>("Deployment", "app", DEPLOYMENT);
    return status.conditions?.find((c) => c.type === "Progressing" && c.status === "False");
  });
  t.equal(stuck.reason, "ProgressDeadlineExceeded");
  const pods = await room.pods();
  t.equal(pods.length, 2);
  const fresh = pods.find((p) => p.metadata.name !== old?.metadata.name);
  const [app] = fresh === undefined ? [] : statuses(fresh);
  t.same([fresh?.status.phase, app?.ready, app?.restartCount], ["Running", false, 0]);
  const name = fresh?.metadata.name ?? "";
  const log = await room.log(name);
  t.match(log, / preflight: env DATABASE_URL: scheme is "mysql", want postgres\n/);
  t.match(log, / preflight: holding for diagnosis: stop the container to end it\n$/);
  t.match(await room.events(name), /Readiness probe failed: preflight: 1 check not ready/); // so programs can be run in it
  t.equal(await ready(room), 1);
});

scenario("a pod with restart rules is restarted on 75, and fails on 78", async (t, room) => {
  await room.make(
    ...example("restart-rules", { "metadata.name": "late", [`${ENV}.1`]: { name: "PREFLIGHT_WAIT", value: "1s" } }),
  );
  await room.make(...example("restart-rules", { "metadata.name": "wrong", [`${ENV}.0`]: WRONG }));
  await room.container("late", "restarted", (c) => c.restartCount > 0 && c.lastState.terminated?.exitCode === 75);
  await room.listen();
  const late = await room.container("late", "done", (c) => c.state.terminated?.exitCode === 0);
  t.ok(late.restartCount >= 1);
  const wrong = await room.container("wrong", "over", (c) => c.state.terminated?.exitCode === 78);
  t.equal(wrong.restartCount, 0);
});

scenario("a deployment replaces pods with restart rules at once, without end", async (t, room) => {
  const [rules] = example("restart-rules", { [`${ENV}.0`]: WRONG });
  const spec = { ...(rules?.["spec"] as object), restartPolicy: "Always" };
  await room.make(...example("deployment", { "spec.template.spec": spec }));
  const failed = await room.until("three pods have failed", async () => {
    const pods = (await room.pods()).filter((p) => p.status.phase === "Failed");
    return (
      pods.length >= 3 && pods.toSorted((a, b) => created(a) - created(b)).map((p) => ({ p, app: statuses(p)[0] }))
    );
  });
  for (const { app } of failed) t.same([app?.restartCount, app?.state.terminated?.exitCode], [0, 78]);
  const ends = failed.map(({ app }) => Date.parse(app?.state.terminated?.finishedAt ?? ""));
  const pauses = failed.slice(1).map(({ p }, i) => created(p) - (ends[i] ?? 0));
  t.ok(Math.min(...pauses) < 9000, `${pauses.join(", ")} ms: back-off would be 10 s, then 20 s`);
});

function created(p: Pod): number {
  return Date.parse(p.metadata.creationTimestamp);
}
