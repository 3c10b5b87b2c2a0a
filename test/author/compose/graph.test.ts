/** The order of a start: its estimates, and its pictures in each form. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "tap";
import { lint } from "../../../src/author/compose/lint.ts";
import { orderOf, type Order } from "../../../src/author/compose/order.ts";
import { healthyAt } from "../../../src/author/compose/health.ts";
import { pack, Preflight } from "../../support/artifacts.ts";
import { look, noBrowser, open } from "../../support/browser.ts";
import { projects } from "./projects.ts";

const laptop = new Preflight(pack);
const directory = (name: string): string => join(import.meta.dirname, name);

function order(t: { testdir: (f: Record<string, string>) => string }, services: string): Order {
  const cwd = t.testdir({ "compose.yaml": `services:\n${services}` });
  const { project, findings } = lint({ files: [], cwd, environment: {} }, []);
  if (project === null) throw new Error(JSON.stringify(findings));
  return orderOf(project);
}

const times = (o: Order): unknown =>
  Object.fromEntries(o.steps.map((s) => [s.name, [s.starts, s.passes, s.answers, s.healthy]]));

test("a dependency that is only started is waited for as long as a container starts", (t) => {
  const o = order(t, "  a: {image: x, depends_on: [b]}\n  b: {image: postgres}\n");
  t.same(times(o), { b: [0, 0, 6300, undefined], a: [300, 300, 1600, undefined] });
  t.same([o.critical, o.total], [["b"], 6300]);
  t.end();
});

test("a dependency that is to be healthy is waited for until the look after its start", (t) => {
  const o = order(
    t,
    "  a: {image: x, depends_on: {b: {condition: service_healthy}}}\n  b: {image: postgres, healthcheck: {test: x, interval: 5s}}\n",
  );
  t.same(times(o), { b: [0, 0, 6300, 10_000], a: [10_500, 10_500, 11_800, undefined] });
  t.same(o.critical, ["b", "a"]);
  t.end();
});

test("a gate starts its container at once, and its program when what it looks at answers", (t) => {
  const o = order(
    t,
    '  a: {image: x, depends_on: [b], entrypoint: [preflight, "tcp:b:5432", --]}\n  b: {image: postgres}\n',
  );
  t.same(times(o), { b: [0, 0, 6300, undefined], a: [300, 6300, 7600, undefined] });
  t.same(o.critical, ["b", "a"]);
  t.end();
});

test("a service that runs once is waited for to its end", (t) => {
  const o = order(
    t,
    "  a: {image: x, depends_on: {m: {condition: service_completed_successfully}}}\n  m: {image: x}\n",
  );
  t.same(times(o), { m: [0, 0, 5300, undefined], a: [5800, 5800, 7100, undefined] });
  t.end();
});

test("a circle has an order all the same, for the linter says that it is one", (t) => {
  const o = order(t, "  a: {image: x, depends_on: [b]}\n  b: {image: x, depends_on: [a]}\n");
  t.equal(o.steps.length, 2);
  t.end();
});

test("looks come at each interval, and within the start period at each start interval", (t) => {
  const looks = (interval: number, startPeriod: number, startInterval: number, ready: number): number =>
    healthyAt({ there: "yes", interval, startPeriod, startInterval }, ready);
  t.equal(looks(30_000, 0, 5000, 100), 30_000);
  t.equal(looks(30_000, 60_000, 5000, 6000), 10_000);
  t.equal(looks(30_000, 60_000, 1000, 2500), 3000);
  t.equal(looks(2000, 60_000, 5000, 100), 2000, "a start interval that is longer slows nothing");
  t.equal(looks(30_000, 10_000, 5000, 11_000), 40_000);
  t.end();
});

for (const [form, file] of [
  ["text", "order.txt"],
  ["mermaid", "order.mmd"],
] as const) {
  test(`the order of migrations as ${form} is as its golden file`, async (t) => {
    const r = await laptop.run(["compose", "--graph", form], { cwd: directory("migrations") });
    t.equal(r.code, 78, "of the finding that stands on stderr");
    t.match(r.stderr, "compose.yaml:16:14: restart: always starts migrate again");
    const path = join(directory("migrations"), file);
    if (process.env["UPDATE"] === "1") writeFileSync(path, r.stdout);
    t.equal(r.stdout, readFileSync(path, "utf8"));
  });
}

test("every project that has an order is drawn, in each form, without outside resources", async (t) => {
  for (const given of projects.filter((p) => !["circle", "version-1"].includes(p.name))) {
    for (const form of ["text", "mermaid", "svg", "html"]) {
      const args = [...given.profiles.flatMap((p) => ["--profile", p]), ...given.files];
      const r = await laptop.run(["compose", "--graph", form, ...args], { cwd: given.directory });
      t.match(r.stdout, /critical/, `${given.name} ${form}`);
      t.notMatch(
        r.stdout.replace('xmlns="http://www.w3.org/2000/svg"', ""),
        /https?:|url\(|<script|@import|NaN|undefined/,
      );
      t.notMatch(r.stdout, /s3cr3t|tok-fixture|8f4b2c1d9e/);
    }
  }
});

test("a picture is readable in the light, in the dark and on a phone", { skip: noBrowser }, async (t) => {
  const browser = await open();
  t.teardown(() => browser.close());
  const cwd = t.testdir({});
  for (const name of ["migrations", "kafka-zookeeper", "gate", "traefik"]) {
    for (const form of ["html", "svg"]) {
      const r = await laptop.run(["compose", "--graph", form], { cwd: directory(name) });
      const file = join(cwd, `${name}.${form}`);
      writeFileSync(file, r.stdout);
      const light = await look(browser, file, "light", 1200);
      const dark = await look(browser, file, "dark", 1200);
      t.same([light.background, light.ink], ["rgb(255, 255, 255)", "rgb(28, 33, 40)"]);
      t.same([dark.background, dark.ink], ["rgb(13, 17, 23)", "rgb(230, 237, 243)"]);
      t.same([light.asked, light.outside, dark.outside], [[], [], []], `${name} ${form}`);
      if (form === "html") t.notOk((await look(browser, file, "light", 390)).overflows, `${name} on a phone`);
    }
  }
});
