// Puts what was measured into Markdown.
import type { Table, Target, Unit } from "./figure.ts";

export function markdown(table: Table): string {
  const first = table.columns[0]?.[0] ?? "";
  const heads = table.columns.map(([name]) => name);
  const reference = table.rows.find((row) => row.tool === table.reference)?.values[0] ?? NaN;
  const lines = table.rows
    .toSorted((a, b) => (a.values[0] ?? NaN) - (b.values[0] ?? NaN))
    .map(({ tool, values }) => {
      const cells = values.map((value, column) => print(value, table.columns[column]?.[1] ?? ""));
      return [tool, ...cells, print((values[0] ?? NaN) / reference, "×")];
    });
  const grid = [["tool", ...heads, `${first}, × ${table.reference}`], ...lines];
  const note = table.note ? `\n${table.note}\n` : "";
  return `### ${table.title}\n\n${rule(grid)}\n${note}`;
}

export function verdicts(targets: readonly Target[]): string {
  const lines = targets.map(({ what, limit, unit, measured }) => {
    const over = measured - limit;
    const missed = `missed by ${print(over, unit)} (${print((100 * over) / limit, "%")})`;
    const verdict = Number.isNaN(measured) ? "not measured" : over <= 0 ? "reached" : missed;
    return [what, `≤ ${print(limit, unit)}`, print(measured, unit), verdict];
  });
  return `### Targets\n\n${rule([["figure", "target", "measured", ""], ...lines])}\n`;
}

// --- internal ---

function rule([head = [], ...rows]: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  const marks = head.map((_, column) => (column === 0 ? "---" : "--:"));
  return [line(head), line(marks), ...rows.map(line)].join("\n");
}

/** Three digits are enough to compare by. */
function print(value: number, unit: Unit | "×"): string {
  if (!Number.isFinite(value) || (unit === "B" && value === 0)) return "–";
  if (unit === "B") return value < 1e6 ? `${digits(value / 1e3)} kB` : `${digits(value / 1e6)} MB`;
  return unit === "" ? `${value}` : `${digits(value)} ${unit}`;
}

function digits(value: number): string {
  const places = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toFixed(places).replace(/\B(?=(\d{3})+$)/, ",");
}
