/** explain shows every value with its place, looks at nothing, and is as its golden files. UPDATE=1 writes them. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { both } from "../support/artifacts.ts";
import { free } from "../support/local.ts";

t.setTimeout(120_000);

const CONFIGURATION = `wait: 45s
checks:
  - env: [APP_NAME, APP_REGION]
  - env: DB_PASSWORD
    secret: true
    default: sesame-open
    min: 8
  - name: search is green
    http: http://elastic:\${ELASTIC_PASSWORD:-changeme}@search:9200/_cluster/health?token=t0ken&pretty=1
    headers:
      x-api-key: \${ORDERS_KEY:-leaky-default}
      accept: application/json
    json:
      - path: status
        equals: green
      - path: nodes
        exists: true
    wait: 2m
    timeout: 1s
    successes: 3
  - tcp: \${DB_HOST:-db}:\${DB_PORT-5432}
    hint: costs $\${MONEY}, see \${RUNBOOK}
    after: search is green
    optional: true
  - any:
      - file: /run/secrets/license
        mode: 0400
      - unix: /run/app.sock
        wait: 1s
    name: license
`;

const ENV = {
  DB_PASSWORD: "hunter2-canary",
  ELASTIC_PASSWORD: "elastic-canary",
  DB_HOST: "10.0.0.7",
  RUNBOOK: "runbook 7",
  PREFLIGHT_TIMEOUT: "1500ms",
  PREFLIGHT_CHECKS: "!file:/run/lock/app",
};

for (const format of ["text", "json"]) {
  both(
    `explain shows every value with its place, defaults, flags and variables, as ${format}`,
    async (t, preflight) => {
      const cwd = t.testdir({ "preflight.yaml": CONFIGURATION });
      const args = ["explain", "--format", format, `tcp:127.0.0.1:1`];
      const r = await preflight.run(args, { cwd, env: ENV });
      const path = join(import.meta.dirname, `golden/explain.${format}.txt`);
      if (process.env["UPDATE"] === "1") writeFileSync(path, r.stdout);
      t.same([r.code, r.stderr], [0, ""]);
      t.equal(r.stdout, readFileSync(path, "utf8"));
      t.notMatch(r.stdout, /canary|sesame|leaky|changeme|t0ken/);
      if (format === "json") {
        const read = JSON.parse(r.stdout) as { version: number; checks: { fields: unknown[]; members: unknown[] }[] };
        t.equal(read.version, 1);
        t.equal(read.checks.length, 7);
        t.equal(read.checks[4]?.members.length, 2);
      }
    },
  );
}

both("explain names the flag that a duration comes from, and looks at nothing", async (t, preflight) => {
  const cwd = t.testdir({ "preflight.yaml": "wait: 1s\nchecks:\n  - command: [touch, looked]\n  - env: NONESUCH\n" });
  const flag = await preflight.run(["explain", "--wait", "2m", "--timeout", "3s"], { cwd });
  t.match(flag.stdout, /\n {2}wait +2m00s +--wait\n {2}timeout +3s +--timeout\n/);
  const none = await preflight.run(["explain", "--no-wait"], { cwd });
  t.match(none.stdout, /\n {2}wait +0ms +--no-wait\n/);
  const word = await preflight.run(["explain", "-c", "preflight.yaml", `tcp:127.0.0.1:${await free()}`], { cwd });
  t.match(
    word.stdout,
    /\ntcp 127\.0\.0\.1:\d+ {2}\(command line\)\n {2}tcp +127\.0\.0\.1:\d+ +command line\n {2}wait +1s +preflight\.yaml:1:7\n/,
  );
  t.throws(() => readFileSync(join(cwd, "looked")));
});

both("explain says what is wrong instead, with 78", async (t, preflight) => {
  const cwd = t.testdir({ "preflight.yaml": "checks:\n  - tpc: a:1\n" });
  const r = await preflight.run(["explain"], { cwd });
  t.same([r.code, r.stdout], [78, ""]);
  t.equal(r.stderr, 'preflight.yaml:2:5: no check is called "tpc": did you mean "tcp"?\n');
});
