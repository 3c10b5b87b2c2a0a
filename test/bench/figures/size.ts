// How big each program is, as it lies on the disk and compressed as in an image layer.
import { readFileSync, statSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { type Result, type Table, value } from "../figure.ts";
import type { Lab } from "../lab.ts";

export function size({ tools }: Lab): Result {
  const rows = tools.map((tool) => {
    const bytes = tool.source.from === "npm" ? statSync(process.execPath).size : statSync(tool.program).size;
    const small = bytes < 50_000_000 ? gzipSync(readFileSync(tool.program), { level: 9 }).length : NaN;
    return { tool: tool.name, values: [bytes, small] };
  });
  const table: Table = {
    title: "Size",
    columns: [
      ["file", "B"],
      ["gzip -9", "B"],
    ],
    reference: "preflight",
    rows,
    note: "wait-on: the Node it needs, without its packages; wait-for-it: the script, without bash and coreutils.",
  };
  const targets = [{ what: "size", limit: 2_500_000, unit: "B", measured: value(table, "preflight") } as const];
  return { tables: [table], targets };
}
