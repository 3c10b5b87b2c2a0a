// What a figure is: tables of what was measured, and the targets it decides.

/** How a number is printed, and that a smaller one is better. */
export type Unit = "ms" | "B" | "%" | "";

export interface Table {
  readonly title: string;
  /** Name and unit of each column of numbers; the ratios are those of the first. */
  readonly columns: readonly (readonly [name: string, unit: Unit])[];
  /** The tool that ratios refer to. */
  readonly reference: string;
  readonly rows: readonly { readonly tool: string; readonly values: readonly number[] }[];
  readonly note?: string;
}

export interface Target {
  readonly what: string;
  readonly limit: number;
  readonly unit: Unit | "×";
  readonly measured: number;
}

export interface Result {
  readonly tables: readonly Table[];
  readonly targets: readonly Target[];
}

/** The number in a column of a tool's row; NaN where the tool was not measured. */
export function value(table: Table, tool: string, column = 0): number {
  return table.rows.find((row) => row.tool === tool)?.values[column] ?? NaN;
}
