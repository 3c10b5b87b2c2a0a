/** Holds the tree to its import rules: who may know whom, and no circles. */
import { globSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { root } from "./tools.ts";

/** A file that matches `from` must not import what matches `to`. */
interface Rule {
  readonly from: RegExp;
  readonly to: RegExp;
  readonly why: string;
}
const RULES: readonly Rule[] = [
  { from: /^src\/(?!main\.ts$|author\/)/, to: /^checks\//, why: "the engine knows no kind" },
  {
    from: /^src\/(main\.ts$|author\/)/,
    to: /^checks\/(?!index\.ts$)/,
    why: "the entry and the laptop know the list of kinds, and no kind",
  },
  { from: /^(src\/(?!author\/)|checks\/)/, to: /^src\/author\//, why: "the binary has none of the laptop's commands" },
  {
    from: /^(src\/(?!author\/)|checks\/)/,
    to: /^(?![.#]|node:|src\/|checks\/|test\/)/,
    why: "libraries are for src/author",
  },
  { from: /^checks\//, to: /^#os$|^node:|^src\/os\//, why: "a kind knows no platform: src/net and src/host do" },
  {
    from: /^checks\//,
    to: /^src\/(gate|report|config|arguments|main|plan)\b/,
    why: "a kind knows nothing of retry, output or flags",
  },
  { from: /^checks\/(?!index\.ts$)/, to: /^checks\//, why: "a kind knows no other kind" },
  {
    from: /^src\/(?!os\/|author\/|net\/attempt\.ts$)/,
    to: /^node:(?!crypto$)/,
    why: "the platform is behind #os and src/net/attempt.ts",
  },
  {
    from: /^src\/(net|host)\//,
    to: /^src\/(gate|report|config|arguments|main|plan)\b/,
    why: "the rooms below know nothing of those above",
  },
  { from: /^(src|checks)\//, to: /^test\//, why: "the program knows no test" },
];

/** Every import of every file, as paths from the root; types count, they are knowledge too. */
function imports(): Map<string, readonly string[]> {
  const graph = new Map<string, readonly string[]>();
  for (const file of globSync(["src/**/*.ts", "checks/**/*.ts"], { cwd: root })) {
    const text = readFileSync(join(root, file), "utf8");
    const named = [...text.matchAll(/^(?:import|export)\s[^;]*?from\s+"([^"]+)"/gm)].map((m) => m[1] ?? "");
    graph.set(
      file,
      named.map((n) => (n.startsWith(".") ? relative(root, join(root, dirname(file), n)) : n)),
    );
  }
  return graph;
}

/** What breaks the rules, a line each. */
export function broken(): readonly string[] {
  const graph = imports();
  const found: string[] = [];
  for (const [file, names] of graph) {
    for (const name of names) {
      for (const rule of RULES)
        if (rule.from.test(file) && rule.to.test(name)) found.push(`${file} imports ${name}: ${rule.why}`);
    }
  }
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) found.push(`a circle: ${[...path.slice(path.indexOf(file)), file].join(" > ")}`);
    if (done.has(file) || path.includes(file)) return;
    for (const name of graph.get(file) ?? []) if (graph.has(name)) visit(name, [...path, file]);
    done.add(file);
  };
  for (const file of graph.keys()) visit(file, []);
  return found;
}

if (import.meta.main) {
  const lines = broken();
  for (const line of lines) console.error(line);
  process.exitCode = lines.length === 0 ? 0 : 1;
}
