/** Tests of the gate's promises about starting: who waits, where, how long, and how it ends. */
import { opening } from "./opening.ts";
import { scenario } from "./scenario.ts";
import { ask, collection, type Pod } from "../support/api.ts";
import { example, pod, statuses } from "../support/room.ts";

/** An example's gate gives up so soon. */
const SOON = { name: "PREFLIGHT_WAIT", value: "1s" };

scenario("an init container waits, and the main container is not started before", async (t, room) => {
  const measured = opening(room, "init-container");
  await room.said("init-container", "preflight: tcp db:5432: waiting", "preflight");
  const p = await room.read<Pod>("Pod", "init-container");
  t.equal(p.status.phase, "Pending");
  t.equal(p.status.containerStatuses?.[0]?.state.waiting?.reason, "PodInitializing");
  const took = await measured;
  t.ok(took < 5000, `port open to command: ${took} ms`);
  t.equal((await room.ended("init-container", "preflight")).exitCode, 0);
});

scenario("an init container ends with its code, and the pod says why", async (t, room) => {
  const changes = { "metadata.name": "late", "spec.restartPolicy": "Never", "spec.initContainers.0.env.1": SOON };
  await room.make(...example("init-container", changes));
  const wrong = { "metadata.name": "wrong", "spec.restartPolicy": "Never", "spec.initContainers.0.env": [] };
  await room.make(...example("init-container", wrong));
  for (const [name, code, why] of [
    ["late", 75, /preflight: tcp db:5432: not ready after [\d.]+s: connection refused at \S+, \d+ looks\n$/],
    ["wrong", 78, /preflight: env DATABASE_URL: not set\n$/],
  ] as const) {
    const { exitCode, message } = await room.ended(name, "preflight");
    t.equal(exitCode, code);
    t.match(message, why);
    await room.until(`${name} fails`, async () => (await room.read<Pod>("Pod", name)).status.phase === "Failed");
  }
});

scenario("a gate in front of the command opens at once when the port does", async (t, room) => {
  const took = await opening(room, "gate");
  t.ok(took < 1000, `port open to command: ${took} ms`);
});

scenario(
  "a container that is restarted passes a gate in front again, and an init container no more",
  async (t, room) => {
    const gate = ["preflight", "--allow-empty", "--"];
    const init = { name: "preflight", image: "your-image:1.0", command: [...gate, "true"] };
    await room.make(pod("again", { command: gate, args: ["sh", "-c", "exit 3"] }, { initContainers: [init] }));
    const app = await room.container("again", "restarted", (c) => c.restartCount > 0);
    t.equal(app.lastState.terminated?.exitCode, 3);
    t.match(await room.log("again"), / preflight: 0 checks passed in /);
    const [first] = statuses(await room.read<Pod>("Pod", "again"));
    t.same([first?.name, first?.restartCount, first?.state.terminated?.exitCode], ["preflight", 0, 0]);
  },
);

scenario("a pod that is deleted while its gate waits ends with 143 at once", async (t, room) => {
  const kept = example("gate", { "metadata.finalizers": ["lab/kept"] }); // so that its end can be read
  await room.make(...kept);
  await room.said("gate", "preflight: tcp db:5432: waiting: connection refused");
  const path = `${collection("v1", "Pod", room.namespace)}/gate`;
  const from = Date.now();
  await ask("DELETE", path);
  const { exitCode, message } = await room.ended("gate");
  const took = Date.now() - from;
  t.equal(exitCode, 143);
  t.match(message, /preflight: SIGTERM while waiting for 1 check: tcp db:5432 \(.*\)\n$/);
  t.ok(took < 10_000, `${took} ms of 30 s`);
  t.comment(`deleted to over: ${took} ms`);
  await ask("PATCH", path, { metadata: { finalizers: null } }, "application/merge-patch+json");
});

scenario("a gate waits for a service without endpoints, and for a name that is not there yet", async (t, room) => {
  const gate = { command: ["preflight", "tcp:api:80", "tcp:late:5432", "--"], args: ["server"] };
  await room.make(pod("gate", gate));
  await room.said("gate", "preflight: tcp api:80: waiting: the name does not resolve");
  const ports = [{ port: 80, targetPort: 8080 }];
  const service = { metadata: { name: "api" }, spec: { selector: { app: "api" }, ports } };
  const made = await ask<{ spec: { clusterIP: string } }>("POST", collection("v1", "Service", room.namespace), service);
  room.name("api", made.spec.clusterIP);
  await room.said("gate", "preflight: tcp api:80: waiting: connection refused");
  const api = pod("api", { command: ["server"] });
  await room.make({ ...api, metadata: { name: "api", labels: { app: "api" } } });
  room.name("late", room.address);
  await room.listen();
  t.ok((await room.said("gate", "serving")) > 0);
});

scenario("the runtime's own 128 is not preflight's 127, and a missing secret is told by 78", async (t, room) => {
  const never = { restartPolicy: "Never" };
  await room.make(pod("runtime", { command: ["nowhere"] }, never));
  await room.make(pod("preflight", { command: ["preflight", "--allow-empty", "--", "nowhere"] }, never));
  const secret = (optional: boolean): object => ({
    command: ["preflight", "env:PASSWORD", "--", "true"],
    env: [{ name: "PASSWORD", valueFrom: { secretKeyRef: { name: "none", key: "none", optional } } }],
  });
  await room.make(pod("required", secret(false), never), pod("optional", secret(true), never));
  t.match(await room.ended("runtime"), { exitCode: 128, reason: "StartError" });
  t.equal((await room.ended("preflight")).exitCode, 127);
  t.equal((await room.ended("optional")).exitCode, 78);
  await room.container("required", "not created", (c) => c.state.waiting?.reason === "CreateContainerConfigError");
});

scenario("a long report ends with the reasons in the termination message", async (t, room) => {
  const checks = Array.from({ length: 100 }, (_, i) => `env:A_VARIABLE_THAT_IS_MISSING_${i}`);
  const gate = { command: ["preflight", ...checks, "--", "true"], terminationMessagePolicy: "FallbackToLogsOnError" };
  await room.make(pod("long", gate, { restartPolicy: "Never" }));
  const { message = "" } = await room.ended("long");
  t.equal(Buffer.byteLength(message), 2048);
  t.match(message, /\npreflight: env A_VARIABLE_THAT_IS_MISSING_99: not set\n$/);
});

scenario(
  "an image without preflight gets it from an init container, under Pod Security restricted",
  async (t, room) => {
    await room.make(...example("install", { "spec.containers.0.args": ["sh", "-c", "id -u; touch /no 2>&1; server"] }));
    await room.said("install", "preflight: tcp db:5432: waiting: connection refused");
    await room.listen();
    await room.said("install", "serving");
    const log = await room.log("install");
    t.match(log, / 65534\n/);
    t.match(log, /touch: \/no: Read-only file system/);
    t.same(
      statuses(await room.read<Pod>("Pod", "install")).map((c) => c.restartCount),
      [0, 0],
    );
  },
  { "pod-security.kubernetes.io/enforce": "restricted" },
);
