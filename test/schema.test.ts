/** schema.json is a JSON Schema of what preflight takes: it refuses nothing that preflight takes, and little less than it. */
import { readdirSync, readFileSync } from "node:fs";
import { homedir, hostname } from "node:os";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import t, { test } from "tap";
import { parseDocument } from "yaml";
import { kinds } from "../checks/index.ts";
import { schemaJson } from "../scripts/docs.ts";
import type { Kind } from "../src/check.ts";
import { COMMON, GROUPS } from "../src/config/load.ts";
import { want, type Field } from "../src/fields.ts";
import { binary, Preflight } from "./support/artifacts.ts";
import { valid } from "./support/schema.ts";

t.setTimeout(120_000);

const root = join(import.meta.dirname, "..");

test("the schema is valid by the meta-schema of 2020-12", (t) => {
  const ajv = new Ajv2020();
  t.ok(ajv.validateSchema(JSON.parse(schemaJson()) as object), JSON.stringify(ajv.errors));
  t.end();
});

test("the schema describes every field of every kind, and holds nothing of this machine", (t) => {
  const schema = schemaJson();
  for (const k of kinds) for (const f of k.fields()) t.match(schema, JSON.stringify(f.about), `${k.name}.${f.name}`);
  for (const g of GROUPS) t.match(schema, `"${g}"`);
  for (const own of [homedir(), hostname(), root, process.env["USER"] ?? root]) t.notMatch(schema, `"${own}`);
  t.end();
});

test("the schema takes every example", (t) => {
  const names = readdirSync(join(root, "examples")).filter((f) => f.endsWith(".yaml"));
  t.ok(names.length >= kinds.length);
  for (const name of names) {
    const document = parseDocument(readFileSync(join(root, "examples", name), "utf8"));
    t.same(document.errors, [], name);
    t.same(valid(document.toJS()), [], name);
  }
  t.end();
});

/**
 * Mistakes of test/invalid that no schema of this size can see: what is YAML and not data, what a variable holds, what
 * fields mean together, and the form of a text.
 */
const COARSER = `
any-optional-member checks-empty checks-missing command-empty command-exit command-exit-both command-shell
common-after-circle common-after-circle-groups common-after-own-group common-after-self common-after-unknown
common-name-twice common-successes dns-address dns-includes env-forbidden-default env-min env-min-max
env-name env-pattern env-schemes file-absent file-mode file-sha http-bad-port http-blank
http-header-injection http-header-name http-json-path http-method http-no-scheme http-scheme http-status
http-status-range tcp-bad-address tcp-bad-host tcp-bad-six tcp-closed-hold tcp-no-port tcp-pattern
tcp-pattern-look tcp-port-range tcp-port-word tcp-port-zero tcp-six top-wait-too-long unix-empty unix-long
variable-bad variable-message variable-open variable-secret-value variable-unset yaml-bad-utf8 yaml-control
yaml-directive yaml-nul yaml-tag yaml-two-documents
`;

test("the schema refuses the mistakes of test/invalid, but for a fixed list", (t) => {
  const folder = join(root, "test/invalid");
  const taken: string[] = [];
  for (const file of readdirSync(folder).filter((f) => f.endsWith(".yaml"))) {
    const document = parseDocument(readFileSync(join(folder, file), "utf8"), { uniqueKeys: true, logLevel: "silent" });
    if (document.errors.length > 0) continue; // no YAML at all
    if (file === "yaml-undefined-alias.yaml") continue; // its aliases lead nowhere
    if (valid(document.toJS()).length === 0) taken.push(file.slice(0, -5));
  }
  t.same(taken.toSorted(), COARSER.trim().split(/\s+/));
  t.end();
});

// --- generated items: the schema and preflight agree ---

const HEADS: Readonly<Record<string, unknown>> = {
  clickhouse: "clickhouse:8123",
  command: ["true"],
  consul: "consul:8500",
  cpu: 1,
  disk: "/x",
  dns: "db",
  elasticsearch: "elasticsearch:9200",
  env: "A",
  file: "/x",
  grpc: "grpc:50051",
  http: "http://h/",
  etcd: "etcd:2379",
  influxdb: "influxdb:8086",
  limit: "nofile",
  memory: "1MiB",
  platform: "linux",
  port: 80,
  process: "x",
  redis: "redis://cache",
  tcp: "db:1",
  tls: "db:1",
  udp: "h:1",
  unix: "/run/x",
  vault: "vault:8200",
  user: 1000,
};

/** What a kind needs beside its target. */
const NEEDED: Readonly<Record<string, object>> = { limit: { min: 1 }, udp: { send: "x" } };

const word = fc.stringMatching(/^[a-z]{3,8}$/);
const scalar = fc.oneof(word, fc.boolean(), fc.integer({ min: -5, max: 999 }));
const any = fc.oneof(scalar, fc.array(scalar, { maxLength: 2 }), fc.dictionary(word, scalar, { maxKeys: 2 }));

/** A value for a field: half of them right, the others of any shape. */
function valueOf(f: Field): fc.Arbitrary<unknown> {
  const right = f.choices.length > 0 ? fc.constantFrom(...f.choices) : usual(f);
  return fc.oneof({ weight: 3, arbitrary: right }, { weight: 2, arbitrary: any }, { weight: 1, arbitrary: odd });
}

const odd = fc.constantFrom<unknown>(
  "30",
  "5S",
  "1 m",
  "1h 5m",
  "",
  "-1s",
  "1.5.5s",
  "10XB",
  "101%",
  "%",
  "5K",
  "9 9",
  "0o",
  "088",
  "888",
  "TRUE",
  "yes",
  "1e3",
);

function usual(f: Field): fc.Arbitrary<unknown> {
  switch (f.sort) {
    case "flag":
      return fc.boolean();
    case "count":
      return fc.integer({ min: 1, max: 9 });
    case "number":
      return fc.integer();
    case "duration":
      return fc.constantFrom("1s", "500ms", "1m30s", "1.5h", 0, "0");
    case "size":
      return fc.constantFrom("64KiB", "1MB", 5, "10B", "2GiB");
    case "amount":
      return fc.constantFrom("10%", "100%", "64KiB", "2TiB", 5);
    case "mode":
      return fc.constantFrom("0640", "0o755", "644");
    case "list":
      return fc.oneof(word, fc.array(word, { minLength: 1, maxLength: 2 }));
    case "pairs":
      return fc.dictionary(word, word, { maxKeys: 2 });
    case "records":
      return fc.constantFrom({ path: "a" }, [{ path: "a", equals: 1 }]);
    default:
      return word;
  }
}

/** An item of a kind with some of its fields, and now and then a key that is nobody's. */
function itemOf(kind: Kind): fc.Arbitrary<Readonly<Record<string, unknown>>> {
  const fields = [...kind.fields().filter((f) => !f.required), ...COMMON.list];
  const some = fc.subarray(fields, { maxLength: 4 }).chain((list) => {
    const values: Record<string, fc.Arbitrary<unknown>> = {};
    for (const f of list) values[f.name] = valueOf(f);
    return fc.record(values);
  });
  const nobodys = fc.oneof({ weight: 5, arbitrary: fc.constant("") }, { weight: 1, arbitrary: word });
  const head = fc.oneof({ weight: 9, arbitrary: fc.constant(HEADS[kind.name]) }, { weight: 1, arbitrary: any });
  return fc.tuple(head, some, nobodys).map(([h, more, key]) => ({
    [kind.name]: h,
    ...NEEDED[kind.name],
    ...more,
    ...(key === "" || kinds.some((k) => k.name === key) ? {} : { [key]: 1 }),
  }));
}

/** Is it about keys and sorts, which a schema can tell too? A mode written as a number is told by its digits alone. */
function structural(message: string, kind: Kind, item: Readonly<Record<string, unknown>>): boolean {
  if (/^unknown key|^\S+ .* needs "/.test(message)) return true;
  return [...kind.fields(), ...COMMON.list].some(
    (f) =>
      message.startsWith(`${f.name} must be ${want(f)}: got `) &&
      !(f.sort === "mode" && typeof item[f.name] === "number"),
  );
}

const RUNS = 300;

for (const kind of kinds) {
  test(`the schema and preflight agree on ${RUNS} generated ${kind.name} items`, async (t) => {
    t.ok(HEADS[kind.name] !== undefined, `a target for ${kind.name} in HEADS of this test`);
    const items = fc.sample(itemOf(kind), { numRuns: RUNS, seed: 20_261_124 });
    const lines = items.map((item) => `  - ${JSON.stringify(item)}\n`);
    const cwd = t.testdir({ "preflight.yaml": `checks:\n${lines.join("")}` });
    const r = await new Preflight(binary).run(["explain"], { cwd, env: { A: "1" } });
    const said = new Map<number, string[]>();
    for (const m of r.stderr.matchAll(/^preflight\.yaml:(\d+):\d+: (.*)$/gm)) {
      const index = Number(m[1]) - 2;
      said.set(index, [...(said.get(index) ?? []), m[2] ?? ""]);
    }
    let taken = 0;
    for (const [i, item] of items.entries()) {
      const schema = valid({ checks: [item] });
      const mistakes = said.get(i) ?? [];
      if (mistakes.length === 0) {
        taken++;
        if (schema.length > 0) t.fail(`the schema refuses what preflight takes: ${JSON.stringify(item)}`, { schema });
      } else if (schema.length === 0 && mistakes.some((m) => structural(m, kind, item)))
        t.fail(`the schema takes what preflight refuses: ${JSON.stringify(item)}`, { mistakes });
    }
    t.ok(taken > RUNS / 20 && taken < RUNS, `${taken} of ${RUNS} are right`);
  });
}
