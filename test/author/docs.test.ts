/** What the pages of the laptop's commands show is what the commands write; UPDATE=1 writes it there. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "tap";
import { RULES } from "./compose/rules.ts";
import { pack, Preflight } from "../support/artifacts.ts";

const root = join(import.meta.dirname, "../..");
const laptop = new Preflight(pack);
const BLOCK = /<!-- run (.*) in (\S+) -->\n\n```text\n([^]*?)```\n\n<!-- \/run -->/g;

for (const [page, count] of [
  ["docs/compose-lint.md", 2],
  ["docs/trace.md", 1],
] as const) {
  test(`${page} shows what is seen`, async (t) => {
    const path = join(root, page);
    const text = readFileSync(path, "utf8");
    let made = text;
    const blocks = [...text.matchAll(BLOCK)];
    t.equal(blocks.length, count);
    for (const [all, words = "", directory = "", shown = ""] of blocks) {
      const r = await laptop.run(words.split(" "), { cwd: join(root, directory) });
      t.not(r.code, 64, r.stderr);
      const seen = `${r.stdout}${words.includes("--graph") ? "" : r.stderr}`;
      made = made.replace(all, () => all.replace(`\`\`\`text\n${shown}`, () => `\`\`\`text\n${seen}`));
      if (process.env["UPDATE"] !== "1") t.equal(shown, seen, words);
    }
    if (process.env["UPDATE"] === "1") writeFileSync(path, made);
  });
}

test("docs/compose-lint.md names every rule", (t) => {
  const page = readFileSync(join(root, "docs/compose-lint.md"), "utf8");
  for (const rule of [...RULES, "unreadable"]) t.match(page, `\`${rule}\``);
  t.end();
});

test("the pages' command lines are ones that the commands take", async (t) => {
  for (const page of ["docs/compose-lint.md", "docs/trace.md"]) {
    const lines = readFileSync(join(root, page), "utf8").match(/^preflight .*$/gm) ?? [];
    t.ok(lines.length >= 3);
    for (const line of lines) {
      const words = line
        .replace(/\s*(?:#|>).*$/, "")
        .split(/\s+/)
        .slice(1);
      const r = await laptop.run(words, { cwd: t.testdir({}) });
      t.equal(r.code, 78, `${line}: there are no files here, and the words are right`);
    }
  }
});
