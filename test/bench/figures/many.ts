// A thousand checks: how fast where all are ready, how punctual where none is.
import { type Result, type Table, value } from "../figure.ts";
import { fit, job } from "../job.ts";
import type { Lab, Tool } from "../lab.ts";
import { type Entry, measure, median, serve } from "../measure.ts";

const count = 1000;

export async function many(lab: Lab): Promise<Result> {
  const ready = await allReady(lab);
  const refused = await allRefused(lab);
  return {
    tables: [ready, refused],
    targets: [
      { what: "1,000 checks, all ready: time", limit: 60, unit: "ms", measured: value(ready, "preflight") },
      {
        what: "1,000 checks, all ready: peak memory",
        limit: 4_000_000,
        unit: "B",
        measured: value(ready, "preflight", 2),
      },
      { what: "1,000 checks, refused until 2 s: end", limit: 2050, unit: "ms", measured: value(refused, "preflight") },
    ],
  };
}

// --- internal ---

async function allReady(lab: Lab): Promise<Table> {
  const [quick, slow] = lab.quick ? [3, 1] : [15, 3];
  const rows = [];
  // a server each, so that no tool finds the other's closed connections
  for (const tool of able(lab)) {
    const server = await serve(lab, "tcp", 0);
    const whole = job("many", { ports: Array(count).fill(server.port), command: [lab.helpers.end] });
    const entry = { tool: tool.name, argv: tool.wait?.(tool.program, fit(tool, whole).job) ?? [] };
    rows.push(...(await sampled(lab, entry, { rounds: tool.slow ? slow : quick })));
    server.close();
  }
  const server = await serve(lab, "tcp", 0);
  const loop = { tool: "C loop, no file", argv: [lab.helpers.knock, `${server.port}`, `${count}`] };
  rows.push(...(await sampled(lab, loop, { rounds: quick })));
  server.close();
  return {
    ...table("all ready", rows),
    note: `Median of ${quick} runs (${slow} for a tool that starts slowly); peaks are exact to 0.25 MB.`,
  };
}

async function allRefused(lab: Lab): Promise<Table> {
  const server = await serve(lab, "tcp", -1);
  const whole = job("refused", { ports: Array(count).fill(server.port), seconds: 2, command: [lab.helpers.end] });
  const rows = [];
  for (const tool of able(lab)) {
    const entry = { tool: tool.name, argv: tool.wait?.(tool.program, fit(tool, whole).job) ?? [] };
    rows.push(...(await sampled(lab, entry, { rounds: lab.quick || tool.slow ? 1 : 3, peek: 1800, status: "failed" })));
  }
  server.close();
  return table("refused until a deadline of 2 s", rows);
}

function able(lab: Lab): Tool[] {
  return lab.tools.filter((tool) => tool.wait && !tool.single);
}

async function sampled(
  lab: Lab,
  entry: Entry,
  options: { rounds: number; peek?: number; status?: "failed" },
): Promise<Table["rows"]> {
  const samples = await measure(lab, [entry], options);
  return [...samples].map(([tool, runs]) => ({
    tool,
    values: [
      median(runs.map((run) => run.wall)),
      median(runs.map((run) => run.cpu)),
      median(runs.map((run) => run.peak)),
    ],
  }));
}

function table(title: string, rows: Table["rows"]): Table {
  const columns = [["wall", "ms"] as const, ["CPU", "ms"] as const, ["peak memory", "B"] as const];
  return { title: `1,000 tcp checks, ${title}`, columns, reference: "preflight", rows };
}
