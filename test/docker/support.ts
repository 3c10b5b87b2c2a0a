/** What the tests on the engine share: a test that is skipped aloud where there is none, containers that go with their test, examples. */
import { spawnSync } from "node:child_process";
import { globSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { t as tap, test, type Test } from "tap";
import { root } from "../../scripts/tools.ts";
import { Container, docker, must, run } from "./client.ts";
import { Engine } from "./engine.ts";

export * from "./client.ts";

tap.setTimeout(600_000); // all tests of a file together

const skip =
  process.env["PREFLIGHT_LAB"] === undefined
    ? `no Docker engine: ${process.env["PREFLIGHT_LAB_SKIP"] ?? "npm run test:docker starts one"}`
    : false;

/** A test on the engine; its subtests may run at once. `missing` says what else it wants and is not there. */
export function live(name: string, body: (t: Test) => Promise<void>, missing: string | false = false): void {
  void test(name, { skip: skip || missing, timeout: 300_000 }, body);
}

/** For `live`: why there is no Compose, or false. */
export function noCompose(): string | false {
  return spawnSync("docker", ["compose", "version"]).status === 0
    ? false
    : "no Compose: npm run setup builds it with Go";
}

/** A test that restarts the engine: on one of its own, to which all docker commands go until the test ends. */
export function alone(
  name: string,
  body: (t: Test, engine: Engine) => Promise<void>,
  missing: string | false = false,
): void {
  const theirs = process.env["PREFLIGHT_LAB"] === "theirs" && "no engine of our own can be started here";
  void test(name, { skip: skip || theirs || missing, timeout: 300_000 }, async (t) => {
    const before = { ...process.env };
    const engine = await Engine.start();
    t.teardown(async () => {
      Object.assign(process.env, before);
      await engine.stop();
    });
    Object.assign(process.env, engine.env);
    await body(t, engine);
  });
}

/** docker run -d with these arguments. The container goes with the test. */
export async function start(t: Test, ...args: readonly string[]): Promise<Container> {
  const container = new Container(await must("run", "-d", "--label", "preflight.lab=test", ...args));
  t.teardown(() => docker("rm", "-f", "-v", container.id));
  return container;
}

/** A network that goes with the test. */
export async function network(t: Test): Promise<string> {
  const id = await must(
    "network",
    "create",
    "--label",
    "preflight.lab=test",
    `lab-${process.pid}-${t.name.length}-${Date.now()}`,
  );
  t.teardown(() => docker("network", "rm", id));
  return id;
}

/** Times, versions, addresses and container ids, which are others in each run. */
function mask(text: string): string {
  return text
    .replaceAll(/\d+(?:\.\d+)?( ?)m?s\b/g, "#$1s")
    .replaceAll(/\b[0-9a-f]{64}\b/g, "<id>")
    .replaceAll(/\b\d+\.\d+\.\d+\.\d+\b/g, "<address>")
    .replaceAll(/^engine .*$/gm, "engine #")
    .replaceAll(/ +/g, " ")
    .trimEnd();
}

/** Matches what a document's block of this name says is seen. */
function block(name: string): RegExp {
  const mark = name === "" ? "seen" : `seen ${name}`;
  return new RegExp(`(?<=<!-- ${mark} -->\n\n\`\`\`text\n)[^]*?(?=\`\`\`\n\n<!-- /seen -->)`);
}

/**
 * Holds a document to what is seen: its block between "<!-- seen NAME -->" and "<!-- /seen -->" is this text, times and
 * versions aside. With UPDATE=1 the document is rewritten.
 */
function hold(t: Test, file: string, name: string, text: string): void {
  const path = join(root, file);
  const document = readFileSync(path, "utf8");
  if (process.env["UPDATE"] === "1")
    writeFileSync(
      path,
      document.replace(block(name), () => text),
    );
  else t.equal(mask(text), mask(block(name).exec(document)?.[0] ?? ""), `${file} says what is seen`);
}

/** The pages that show this block. */
function pages(name: string): readonly string[] {
  return globSync("docs/*.md", { cwd: root }).filter((file) =>
    block(name).test(readFileSync(join(root, file), "utf8")),
  );
}

/** Holds the pages with a block of this name, of which there is one at least, to a table that a test has made. */
export async function documented(t: Test, name: string, rows: readonly (readonly string[])[]): Promise<void> {
  const widths = rows.at(0)?.map((_, i) => Math.max(...rows.map((row) => (row.at(i) ?? "").length)) + 3) ?? [];
  const line = (row: readonly string[]): string => row.map((cell, i) => cell.padEnd(widths.at(i) ?? 0)).join("");
  const lines = rows.map((row) => line(row).trimEnd());
  const text = `engine ${await must("version", "-f", "{{.Server.Version}}")}\n\n${lines.join("\n")}\n`;
  const found = pages(name);
  t.not(found.length, 0, `docs/ shows ${name}`);
  for (const file of found) hold(t, file, name, text);
}

/**
 * Runs an example, and holds its README, in a block without a name, and the pages that show it too, to what is seen: the
 * output of ./run. Returns it.
 */
export async function seen(t: Test, example: string): Promise<string> {
  const folder = join("examples", example);
  const r = await run(join(root, folder, "run"), []);
  t.equal(r.code, 0, r.stderr);
  t.equal(r.stderr, "", "./run says nothing on stderr");
  t.ok(r.took < 60_000, `./run shows the point in under a minute: ${Math.round(r.took)} ms`);
  hold(t, join(folder, "README.md"), "", r.stdout);
  for (const file of pages(example)) hold(t, file, example, r.stdout);
  return r.stdout;
}
