/** Which services have a gate, what it waits for and how long: by its words, its variables, its image and its file. */
import { test, type Test } from "tap";
import { lint } from "../../../src/author/compose/lint.ts";
import type { Gate } from "../../../src/author/compose/gate.ts";

/** The gate of a service `a` that is written so, beside these files. */
function gate(t: Test, service: string, files: Readonly<Record<string, string>> = {}): Gate | null | undefined {
  const cwd = t.testdir({ ...files, "compose.yaml": `services:\n  a: { image: x, ${service} }\n` });
  return lint({ files: [], cwd, environment: {} }, []).project?.members.get("a")?.gate;
}

const DOCKERFILE = 'FROM scratch\nENTRYPOINT ["/usr/bin/preflight", "--"]\n';
const hosts = (g: Gate | null | undefined): readonly string[] =>
  (g?.targets ?? []).map((e) => `${e.host}:${e.port ?? ""}`);

test("a gate is seen by its words, by its image and by x-preflight, and nowhere else", (t) => {
  for (const service of ["entrypoint: [preflight, --]", "command: preflight tcp:b:1 -- serve", "x-preflight: true"])
    t.match(gate(t, service), { wait: 30_000, from: "preflight's default" }, service);
  t.ok(gate(t, "build: .", { Dockerfile: DOCKERFILE }));
  t.equal(gate(t, "build: ., entrypoint: []", { Dockerfile: DOCKERFILE }), null, "the image's entry point is not used");
  t.ok(
    gate(t, "build: .", { Dockerfile: `${DOCKERFILE.replace("scratch", "scratch AS base")}FROM base\n` }),
    "of a stage",
  );
  for (const service of ["command: serve preflight", "entrypoint: [preflightd]", "build: ."])
    t.equal(gate(t, service, { Dockerfile: "FROM scratch\nCOPY preflight /\n" }), null, service);
  t.end();
});

test("a gate's wait is that of its flag, else of its variable, else the longest of its file, else the default", (t) => {
  const file = {
    "preflight.yaml": "wait: 1m\nchecks:\n  - tcp: b:1\n    wait: 2m\n  - env: A\n",
    Dockerfile: DOCKERFILE,
  };
  t.match(gate(t, "entrypoint: [preflight, --wait=5s, --], environment: { PREFLIGHT_WAIT: 7s }"), {
    wait: 5000,
    from: "--wait",
  });
  t.match(gate(t, "entrypoint: [preflight, --no-wait, --]"), { wait: 0, from: "--wait" });
  t.match(gate(t, "build: ., environment: { PREFLIGHT_WAIT: 7s }", file), { wait: 7000, from: "PREFLIGHT_WAIT" });
  t.match(gate(t, "build: .", file), { wait: 120_000, from: "preflight.yaml" });
  t.match(gate(t, "build: .", { ...file, "preflight.yaml": "checks: [tcp:b:1]\n" }), {
    wait: 30_000,
    from: "preflight's default",
  });
  t.match(
    gate(t, "build: .", { ...file, "preflight.yaml": "checks: [\n" }),
    { wait: 30_000 },
    "what is wrong, validate says",
  );
  t.match(
    gate(t, "entrypoint: [preflight, --], volumes: ['./gate.yaml:/etc/preflight.yaml:ro']", {
      "gate.yaml": "wait: 9s\nchecks: []\n",
    }),
    { wait: 9000, from: "gate.yaml" },
  );
  t.end();
});

test("a gate's targets are those of its words, its variable and its file, variables replaced", (t) => {
  t.same(hosts(gate(t, 'entrypoint: [preflight, "tcp:b:81", "c:82", "!tcp://d:83", "env:E", --, "f:84"]')), [
    "b:81",
    "c:82",
    "d:83",
  ]);
  t.same(hosts(gate(t, "command: preflight -- x, environment: { PREFLIGHT_CHECKS: 'redis://r:6379 dns:n' }")), [
    "r:6379",
  ]);
  const file = {
    Dockerfile: DOCKERFILE,
    "preflight.yaml":
      "checks:\n  - postgres: ${DATABASE_URL}\n  - any:\n      - tcp: x:85\n      - http://y:2/z\n  - dns: n\n  - file: /a\n    hint: see h:86\n",
  };
  t.same(hosts(gate(t, "build: ., environment: { DATABASE_URL: 'postgres://u:p@db/app' }", file)), [
    "db:",
    "x:85",
    "y:2",
    "n:",
  ]);
  t.end();
});
