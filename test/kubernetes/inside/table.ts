/** What Kubernetes does on each exit code of preflight, observed, as a table: for the README, its test and ./run. */
import { ask, type Container, type Job, type Manifest, type Pod } from "../support/api.ts";
import { opening } from "./opening.ts";
import { example, pod, statuses, type Room } from "../support/room.ts";

interface End {
  readonly code: number;
  readonly means: string;
  /** How preflight comes to end so: the command of a container. */
  readonly command: readonly string[];
}
const TERMINATED = "(sleep 1; kill -TERM 1) & exec preflight tcp:localhost:1 -- true";
const ENDS: readonly End[] = [
  { code: 0, means: "the command's own", command: ["preflight", "--allow-empty", "--", "true"] },
  { code: 64, means: "wrong usage", command: ["preflight", "--no-such-flag", "--", "true"] },
  { code: 75, means: "not ready in time", command: ["preflight", "--no-wait", "tcp:localhost:1", "--", "true"] },
  { code: 78, means: "will not pass", command: ["preflight", "env:MISSING", "--", "true"] },
  { code: 126, means: "cannot be run", command: ["preflight", "--allow-empty", "--", "/srv"] },
  { code: 127, means: "not found", command: ["preflight", "--allow-empty", "--", "nowhere"] },
  { code: 143, means: "SIGTERM while it waits", command: ["sh", "-c", TERMINATED] },
];

interface Place {
  readonly title: string;
  readonly make: (name: string, command: readonly string[]) => readonly Manifest[];
  /** What has become of it; undefined while that is open. */
  readonly fate: (room: Room, name: string, code: number) => Promise<string | undefined>;
}

const PLACES: readonly Place[] = [
  { title: "`restartPolicy: Always`", make: (name, command) => [pod(name, { command })], fate: podFate },
  {
    title: "… with `--on-failure hold`",
    make: (name, command) => [pod(name, { command, env: [{ name: "PREFLIGHT_ON_FAILURE", value: "hold" }] })],
    fate: podFate,
  },
  {
    title: "`OnFailure`",
    make: (name, command) => [pod(name, { command }, { restartPolicy: "OnFailure" })],
    fate: podFate,
  },
  {
    title: "init container",
    make: (name, command) => changed("init-container", "spec.initContainers.0", name, command),
    fate: podFate,
  },
  {
    title: "`restart-rules.yaml`",
    make: (name, command) => changed("restart-rules", "spec.containers.0", name, command),
    fate: podFate,
  },
  {
    title: "`job.yaml`",
    make: (name, command) => changed("job", "spec.template.spec.containers.0", name, command),
    fate: jobFate,
  },
];

/** An example whose gate is this command, without the configuration that it would read. */
function changed(file: string, at: string, name: string, command: readonly string[]): readonly Manifest[] {
  return example(file, {
    "metadata.name": name,
    [`${at}.image`]: "your-image:1.0",
    [`${at}.command`]: command,
    [`${at}.args`]: [],
    [`${at}.env`]: [],
    [`${at}.volumeMounts`]: [],
  });
}

async function podFate(room: Room, name: string, code: number): Promise<string | undefined> {
  const p = await room.read<Pod>("Pod", name);
  const [first, second] = statuses(p);
  if (first === undefined) return undefined;
  if (second?.state.running !== undefined) return "the pod goes on";
  const ended = exit(first);
  if (ended === undefined) return (await room.log(name)).includes("holding for diagnosis") ? "holds" : undefined;
  if (ended !== code) throw new Error(`${name} ended with ${ended}: ${await room.log(name)}`);
  if (first.restartCount > 0) return "restarted";
  if (p.status.phase === "Failed" || p.status.phase === "Succeeded") return `pod ${p.status.phase}`;
  return undefined;
}

/** The code with which a container ended last. */
function exit(c: Container): number | undefined {
  return (c.state.terminated ?? c.lastState.terminated)?.exitCode;
}

async function jobFate(room: Room, name: string, code: number): Promise<string | undefined> {
  const { status } = await room.read<Job>("Job", name, "batch/v1");
  const own = (await room.pods()).filter((p) => p.metadata.name.startsWith(`${name}-`)).flatMap((p) => statuses(p));
  const ended = own.filter((c) => exit(c) === code).length;
  const over = status.conditions?.find((c) => c.status === "True" && ["Complete", "Failed"].includes(c.type));
  if (over !== undefined && ended === 1) return over.type === "Complete" ? "Complete" : `Failed: ${over.reason ?? ""}`;
  return over === undefined && ended > 1 && (status.failed ?? 0) === 0 ? "a new pod, not counted" : undefined;
}

/** How soon a command starts behind a gate, and behind an init container. */
async function delays(room: Room): Promise<string> {
  const gate = await opening(room, "gate");
  const init = await opening(room, "init-container");
  return `| | dependency listens to command starts |
| --- | --- |
| \`gate.yaml\`: the gate in front of the command | ${gate} ms |
| \`init-container.yaml\`: the gate in an init container | ${init} ms |`;
}

/** Lets preflight end in each way at each place, and writes down what Kubernetes makes of it. */
async function fates(room: Room): Promise<string> {
  const { gitVersion } = await ask<{ gitVersion: string }>("GET", "/version");
  const rows = ENDS.map(async ({ code, means, command }) => {
    const cells = PLACES.map(async ({ title, make, fate }, i) => {
      const name = `place-${i}-${code}`;
      const objects = make(name, command);
      await room.make(...objects);
      const found = await room.until(`${title}: what becomes of ${code}`, () => fate(room, name, code));
      for (const o of objects) await room.remove(o); // a crash loop takes time from the others
      return found;
    });
    return `| ${code} | ${means} | ${(await Promise.all(cells)).join(" | ")} |`;
  });
  const head = [`Kubernetes ${gitVersion}`, "", ...PLACES.map((p) => p.title)];
  const line = head.map(() => "---");
  return [`| ${head.join(" | ")} |`, `| ${line.join(" | ")} |`, ...(await Promise.all(rows))].join("\n");
}

/** All that the example shows, as Markdown. */
export async function seen(room: Room): Promise<string> {
  return `${await delays(room)}\n\n${await fates(room)}`;
}
