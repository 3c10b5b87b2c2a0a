/** The pictures of real gates: what each check waited for, what the start cost, and which check it waited for last. */
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test, type Test } from "tap";
import { readLog } from "../../../src/author/trace/events.ts";
import { timelineOf } from "../../../src/author/trace/picture.ts";
import type { Row } from "../../../src/author/picture/timeline.ts";
import { both, pack, Preflight, type Ended } from "../../support/artifacts.ts";
import { look, noBrowser, open } from "../../support/browser.ts";

const laptop = new Preflight(pack);

/** A gate that waits for a file and for a command that comes after it; the file is written once it waits. */
async function gate(t: Test, preflight: Preflight): Promise<Ended & { readonly cwd: string }> {
  const cwd = t.testdir({
    "preflight.yaml": `checks:
  - env: PORT
    default: 80
  - file: ./ready
    name: ready
  - command: [sh, -c, "exit 0"]
    name: migrated
    after: [ready]
  - tcp: 127.0.0.1:1
    name: cache
    optional: true
    wait: 0s
`,
  });
  const running = preflight.start(["--format", "json", "--", "sh", "-c", "echo started >&2"], { cwd });
  await running.says(/"waiting".*"check":"ready"/);
  writeFileSync(join(cwd, "ready"), "");
  return { ...(await running.ended), cwd };
}

const row = (rows: readonly Row[], label: string): Row => {
  const found = rows.find((r) => r.label === label);
  if (found === undefined) throw new Error(`no row ${label}`);
  return found;
};

both(
  "preflight trace draws what a gate waited for, and through after what it waited for last",
  async (t, preflight) => {
    const run = await gate(t, preflight);
    t.equal(run.code, 0, run.stderr);
    const { runs, others } = readLog(run.stderr, "web");
    t.same([runs.length, others], [1, 1], "the program's own line is passed over");
    const timeline = timelineOf(runs);
    t.match(timeline.title, /^web: passed after /);
    t.same(timeline.notes, ["critical path: ready > migrated"]);
    t.same(
      timeline.rows.filter((r) => r.critical).map((r) => r.label),
      ["ready", "migrated"],
    );
    const ready = row(timeline.rows, "ready");
    t.match(ready.details, [/^\d+ms does not exist$/]);
    t.match(ready.said, /^passed after \d+m?s, \d+ looks$/);
    const [link] = timeline.links;
    t.equal(timeline.rows[link?.from ?? -1]?.label, "ready");
    t.equal(timeline.rows[link?.to ?? -1]?.label, "migrated");
    t.ok((link?.meets ?? 0) >= (link?.leaves ?? 1) - 1, "it starts when the other has passed");
    t.match(row(timeline.rows, "cache").said, /^out of time after /);
    for (const form of ["text", "svg", "html"]) {
      writeFileSync(join(run.cwd, "events.jsonl"), run.stderr);
      const r = await laptop.run(["trace", "--format", form, "events.jsonl"], { cwd: run.cwd });
      t.same([r.code, r.stderr], [0, ""]);
      t.match(r.stdout, "critical path: ready &gt; migrated".replace("&gt;", form === "text" ? ">" : "&gt;"));
      t.match(r.stdout, "does not exist");
      t.notMatch(r.stdout.replace('xmlns="http://www.w3.org/2000/svg"', ""), /https?:|url\(|<script|NaN|undefined/);
    }
  },
);

both("preflight trace says why a start failed", async (t, preflight) => {
  const cwd = t.testdir({});
  const r = await preflight.run(["check", "--format", "json", "env:NOT_THERE", "file:/nonesuch"], { cwd });
  t.equal(r.code, 78);
  const timeline = timelineOf(readLog(r.stdout, "job").runs);
  t.match(timeline.title, /^job: failed after \d+m?s, exit code 78$/);
  t.match(row(timeline.rows, "env NOT_THERE").said, /^failed for good after /);
  t.match(row(timeline.rows, "file /nonesuch").said, /^given up after /);
  t.same(timeline.notes, ["critical path: env NOT_THERE"]);
});

const LOG = readFileSync(join(import.meta.dirname, "compose.log"), "utf8");

test("one log of Compose is a lane for each container and each of its starts, by the clock", (t) => {
  const { runs, others } = readLog(LOG, "x");
  t.same(
    runs.map((r) => [r.lane, r.events.length, r.end?.exit]),
    [
      ["web-1", 3, 0],
      ["worker-1", 2, 75],
      ["job-1", 1, undefined],
      ["worker-1, start 2", 2, 0],
    ],
  );
  t.equal(others, 4);
  const timeline = timelineOf(runs);
  t.equal(timeline.title, "4 starts behind a gate");
  t.notMatch(timeline.about, "from its own beginning");
  t.same(
    timeline.rows.map((r) => [r.group.replace(/:.*/, ""), r.label, Math.round(r.bars[0]?.from ?? -1)]),
    [
      ["web-1", "db", 0],
      ["web-1", "migrated", 2500],
      ["worker-1", "tcp db:5432", 1000],
      ["job-1", "tcp db:5432", 2000],
      ["worker-1, start 2", "tcp db:5432", 2200],
    ],
  );
  t.match(row(timeline.rows.slice(3), "tcp db:5432").said, "still waiting after 5ms, 1 look");
  t.end();
});

test("the picture of a log as text is as its golden file", async (t) => {
  const r = await laptop.run(["trace", "compose.log"], { cwd: import.meta.dirname });
  const path = join(import.meta.dirname, "compose.txt");
  if (process.env["UPDATE"] === "1") writeFileSync(path, r.stdout);
  t.equal(r.stdout, readFileSync(path, "utf8"));
  t.same([r.code, r.stderr], [0, ""]);
});

test("the standard input is drawn as a file is", (t) => {
  const [node, ...words] = pack.command;
  const r = spawnSync(node, [...words, "trace", "-"], { input: LOG, encoding: "utf8" });
  t.same([r.status, r.stderr], [0, ""]);
  t.equal(r.stdout, readFileSync(join(import.meta.dirname, "compose.txt"), "utf8"));
  t.end();
});

test("a text of a check cannot become markup or drive a terminal", (t) => {
  const evil = '<img src=x onerror=alert(1)>"&\u001b[31m';
  const event = JSON.stringify({
    version: 1,
    event: "passed",
    at: 1,
    check: evil,
    took: 1,
    looks: 1,
    why: evil,
    kind: "",
    place: "",
  });
  const cwd = t.testdir({ e: event });
  return Promise.all(
    ["text", "svg", "html"].map(async (form) => {
      const r = await laptop.run(["trace", "--format", form, "e"], { cwd });
      t.equal(r.code, 0);
      t.notMatch(r.stdout, new RegExp(String.fromCharCode(27)));
      if (form !== "text") t.notMatch(r.stdout, "<img");
    }),
  );
});

test(
  "a picture of several starts is readable in the light, in the dark and on a phone",
  { skip: noBrowser },
  async (t) => {
    const browser = await open();
    t.teardown(() => browser.close());
    const cwd = t.testdir({});
    for (const form of ["html", "svg"]) {
      const r = await laptop.run(["trace", "--format", form, "compose.log"], { cwd: import.meta.dirname });
      const file = join(cwd, `t.${form}`);
      writeFileSync(file, r.stdout);
      const light = await look(browser, file, "light", 1200);
      const dark = await look(browser, file, "dark", 1200);
      t.same([light.background, dark.background], ["rgb(255, 255, 255)", "rgb(13, 17, 23)"]);
      t.same([light.asked, light.outside, dark.outside], [[], [], []]);
      if (form === "html") t.notOk((await look(browser, file, "light", 390)).overflows);
    }
  },
);
