/** examples/entrypoint-script: a script and the configuration that replaces it end alike, and differ where the README says. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "tap";
import { root } from "../../scripts/tools.ts";
import { live, seen } from "./support.ts";

const text = (file: string): string => readFileSync(join(root, "examples/entrypoint-script", file), "utf8");

live("the entrypoint-script example shows what its README says", async (t) => {
  const said = await seen(t, "entrypoint-script");
  const rows = [...said.matchAll(/^ ?(\d+) .*?(started|exit \d+) +([\d.]+) s +(started|exit \d+) +([\d.]+) s  /gm)];
  t.same(
    rows.map(([, number, script, , own]) => [number, script, own]),
    [
      ["1", "started", "started"],
      ["2", "exit 1", "exit 78"],
      ["3", "exit 1", "exit 78"],
      ["4", "exit 1", "exit 78"],
      ["5", "exit 1", "exit 78"],
      ["6", "exit 1", "exit 78"],
      ["7", "exit 1", "exit 78"],
      ["8", "started", "started"],
      ["9", "started", "started"],
      ["10", "exit 1", "exit 75"],
      ["11", "exit 137", "exit 143"],
      ["12", "exit 127", "exit 127"],
    ],
  );
  const [script, own] = [3, 5].map((i) => rows.map((row) => Number(row[i])));
  t.ok((script?.[10] ?? 0) > 9.5, `a shell is killed after ten seconds: ${script?.[10]}`);
  t.ok((own?.[10] ?? 9) < 5, `preflight ends at once: ${own?.[10]}`);
  t.ok((own?.[9] ?? 0) >= 4 && (own?.[9] ?? 9) < 8, `preflight waits as long as it is told: ${own?.[9]}`);
  const late = [...said.matchAll(/preflight: started ([\d.]+) s after/g)].map((m) => Number(m[1]));
  t.equal(late.length, 2);
  t.ok((late[0] ?? 9) < 2, `${late[0]} s after the database`);
  // a look that asks for the name is under way for 2 s at most, and the pause after it is half a second
  t.ok((late[1] ?? 9) < 5, `${late[1]} s after the name was known`);
  t.notMatch(said, "not for your eyes");
});

test("the README's table quotes the script and the configuration, and leaves out no line of the latter", (t) => {
  const cells = [...text("README.md").matchAll(/^\| (`.*?) +\| (.*?) +\|$/gm)];
  const quotes = (column: number): readonly string[] =>
    cells.flatMap((c) => [...(c[column] ?? "").matchAll(/`([^`]+)`/g)].map((m) => m[1] ?? ""));
  t.ok(cells.length > 10);
  for (const quote of quotes(1)) t.ok(text("entrypoint.sh").includes(quote), quote);
  for (const quote of quotes(2)) t.ok((text("preflight.yaml") + text("Dockerfile")).includes(quote), quote);
  const lines = text("preflight.yaml").split("\n");
  for (const line of lines.map((l) => l.trim()).filter((l) => l !== "" && l !== "checks:"))
    t.ok(quotes(2).includes(line), line);
  t.end();
});
