/** Tests of jobs: which exit code ends them, which is tried again, and which counts. */
import { scenario } from "./scenario.ts";
import { ask, collection, type Condition, type Job } from "../support/api.ts";
import { example, statuses, type Room } from "../support/room.ts";

const ENV = "spec.template.spec.containers.0.env";
const SOON = { name: "PREFLIGHT_WAIT", value: "1s" };

/** Waits until a job is over, and says how. */
function over(room: Room, name = "migrate"): Promise<Condition> {
  return room.until(`job ${name} is over`, async () => {
    const { status } = await room.read<Job>("Job", name, "batch/v1");
    return status.conditions?.find((c) => ["Complete", "Failed"].includes(c.type) && c.status === "True");
  });
}

/** The exit codes of all pods of the room, in order. */
async function codes(room: Room): Promise<readonly (number | undefined)[]> {
  return (await room.pods())
    .flatMap((p) => statuses(p))
    .map((c) => c.state.terminated?.exitCode)
    .toSorted();
}

scenario("a job is given up on 78, after one pod", async (t, room) => {
  await room.make(...example("job", { [ENV]: [] }));
  const { type, reason, message } = await over(room);
  t.same([type, reason], ["Failed", "PodFailurePolicy"]);
  t.match(message, /failed with exit code 78 matching FailJob rule at index 0$/);
  t.same(await codes(room), [78]);
});

scenario("a job is given up on 78 of an init container too", async (t, room) => {
  const gate = { name: "preflight", image: "preflight:0.1.0", command: ["/preflight", "check", "env:DATABASE_URL"] };
  await room.make(...example("job", { "spec.template.spec.initContainers": [gate] }));
  const { reason, message } = await over(room);
  t.equal(reason, "PodFailurePolicy");
  t.match(message, /^Container preflight for pod \S+ failed with exit code 78 /);
});

scenario("a job is tried again on 75, and backoffLimit 0 is not touched", async (t, room) => {
  await room.make(...example("job", { [`${ENV}.1`]: SOON }));
  await room.until("a pod has given up", async () => (await codes(room)).includes(75));
  await room.listen();
  t.equal((await over(room)).type, "Complete");
  const seen = await codes(room);
  t.equal(seen.at(0), 0);
  t.ok(seen.length >= 2 && seen.slice(1).every((c) => c === 75), seen.join(", "));
});

scenario("a job without a rule for 75 counts it", async (t, room) => {
  const changes = { "spec.podFailurePolicy.rules.1.onExitCodes.values": [99], "spec.backoffLimit": 1 };
  await room.make(...example("job", { ...changes, [`${ENV}.1`]: SOON }));
  t.equal((await over(room)).reason, "BackoffLimitExceeded");
  t.same(await codes(room), [75, 75]);
});

scenario("a job's deadline ends a gate that waits", async (t, room) => {
  await room.make(...example("job", { "spec.activeDeadlineSeconds": 4, [`${ENV}.1`]: { ...SOON, value: "10m" } }));
  t.equal((await over(room)).reason, "DeadlineExceeded");
});

scenario("a job's pod that is evicted while its gate waits is replaced, and does not count", async (t, room) => {
  await room.make(...example("job", { "spec.template.metadata.finalizers": ["lab/kept"] })); // so that its end can be read
  const first = await room.until("a pod waits", async () => {
    const name = (await room.pods())[0]?.metadata.name;
    return name !== undefined && (await room.log(name)).includes("waiting") ? name : undefined;
  });
  const eviction = { apiVersion: "policy/v1", kind: "Eviction", metadata: { name: first } };
  await ask("POST", `${collection("v1", "Pod", room.namespace)}/${first}/eviction`, eviction, "application/json");
  await room.container(first, "over", (c) => c.state.terminated?.exitCode === 143);
  await room.listen();
  t.equal((await over(room)).type, "Complete");
  t.same(await codes(room), [0, 143]);
});
