/** What people copy for Kubernetes agrees with preflight, also where no cluster can be started to judge it. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "tap";
import { parse as read, parseAllDocuments } from "yaml";
import { root } from "../../scripts/tools.ts";
import { parse, verify } from "../../src/arguments.ts";
import * as exit from "../../src/exit.ts";
import { milliseconds } from "../../src/fields.ts";
import { VERSION } from "../../src/version.ts";
import { binary, Preflight } from "../support/artifacts.ts";
import { valid } from "../support/schema.ts";

const folder = join(root, "examples/kubernetes");
const files = readdirSync(folder).filter((f) => f.endsWith(".yaml"));
const text = (file: string): string => readFileSync(join(folder, file), "utf8");
const documents = files.flatMap((file) =>
  parseAllDocuments(text(file)).map((d) => ({ file, d, value: d.toJS() as Tree })),
);
/** The configuration that all the manifests mount. */
const configuration = String(
  (read(text("config.yaml").split("---")[0] ?? "") as { data: Tree }).data["preflight.yaml"],
);

type Tree = Readonly<Record<string, unknown>>;

/** All records in a document, outer ones first. */
function records(value: unknown): readonly Tree[] {
  if (Array.isArray(value)) return value.flatMap(records);
  if (typeof value !== "object" || value === null) return [];
  return [value as Tree, ...Object.values(value).flatMap(records)];
}

const all = documents.flatMap(({ file, value }) => records(value).map((record) => ({ file, record })));

test("each manifest is YAML that means one thing, of images that its reader has", (t) => {
  t.ok(files.length >= 8);
  for (const { file, d, value } of documents) {
    t.same([...d.errors, ...d.warnings], [], file);
    t.match(value, { apiVersion: String, kind: String, metadata: { name: String } }, file);
  }
  const images = all.flatMap(({ record }) => (typeof record["image"] === "string" ? [record["image"]] : []));
  t.same([...new Set(images)].toSorted(), [`preflight:${VERSION}`, "their-image:2.0", "your-image:1.0"]);
  t.end();
});

test("the configuration in config.yaml is one that preflight and its schema take", async (t) => {
  t.same(valid(read(configuration)), []);
  const cwd = t.testdir({ "preflight.yaml": configuration });
  const env = { DATABASE_URL: "postgres://app@db/app" };
  const r = await new Preflight(binary).run(["explain"], { cwd, env });
  t.same([r.code, r.stderr], [0, ""]);
});

test("each command of preflight in a manifest is one that it takes", (t) => {
  let seen = 0;
  for (const { file, record } of all) {
    const [program, ...words] = (record["command"] ?? []) as readonly string[];
    if (program?.endsWith("preflight") !== true) continue;
    const command = parse(["node", program, ...words, ...((record["args"] ?? []) as readonly string[])]);
    t.doesNotThrow(() => verify(command), `${file}: ${words.join(" ")}`);
    seen++;
  }
  t.ok(seen >= 10, `${seen}`);
  t.end();
});

test("the rules on exit codes are those of src/exit.ts", (t) => {
  const rules = all.flatMap(({ record }) => {
    const codes = (record["onExitCodes"] ?? record["exitCodes"]) as { values: readonly number[] } | undefined;
    return codes === undefined ? [] : [[record["action"], ...codes.values]];
  });
  t.same(rules, [
    ["FailJob", exit.USAGE, exit.WRONG, exit.CANNOT_RUN, exit.NOT_FOUND],
    ["Ignore", exit.NOT_READY],
    ["Restart", exit.NOT_READY],
  ]);
  t.end();
});

test("what bounds a gate from without gives it the time that it may wait", (t) => {
  const wait = (milliseconds((read(configuration) as { wait: string }).wait) ?? 0) / 1000;
  t.ok(wait > 0);
  let seen = 0;
  for (const { file, record } of all) {
    const probe = record["startupProbe"] as { periodSeconds: number; failureThreshold: number } | undefined;
    const deadline = record["progressDeadlineSeconds"] as number | undefined;
    const bound = probe === undefined ? deadline : probe.periodSeconds * probe.failureThreshold;
    if (bound === undefined) continue;
    t.ok(bound >= wait, `${file}: ${bound} s for ${wait} s`);
    seen++;
  }
  t.equal(seen, 3);
  t.end();
});

test("the example's README names each manifest, and docs/kubernetes.md quotes them", (t) => {
  for (const file of files) t.match(text("README.md"), `[${file}](${file})`);
  const docs = readFileSync(join(root, "docs/kubernetes.md"), "utf8");
  const lines = (s: string): string => s.replace(/^ +/gm, "").replace(/ +#.*$/gm, "");
  const blocks = [...docs.matchAll(/^```yaml\n(.*?)^```$/gms)].map((m) => m[1] ?? "");
  t.ok(blocks.length >= 3);
  for (const block of blocks)
    t.ok(
      files.some((f) => lines(text(f)).includes(lines(block))),
      block,
    );
  for (const m of docs.matchAll(/\]\((?!https?:|#)([^)#]+)/g))
    t.doesNotThrow(() => readFileSync(join(root, "docs", m[1] ?? "")), m[1] ?? "");
  t.end();
});
