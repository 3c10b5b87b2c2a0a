// How much memory a gate holds while it waits: its peak after 0.9 s of waiting for a closed port.
import { type Result, type Table, value } from "../figure.ts";
import { fit, job } from "../job.ts";
import type { Lab } from "../lab.ts";
import { measure, median, serve } from "../measure.ts";

export async function memory(lab: Lab): Promise<Result> {
  const server = await serve(lab, "tcp", -1);
  const closed = job("memory", { ports: [server.port], seconds: 1, command: [lab.helpers.end] });
  const rounds = lab.quick ? 1 : 5;
  const waiting = lab.tools.map(async (tool) => {
    const waits = tool.wait?.(tool.program, fit(tool, closed).job);
    const argv =
      waits ?? (tool.name === "bare exec" ? undefined : tool.idle?.(tool.program, [lab.helpers.end, "1000"]));
    if (!argv) return [];
    const samples = await measure(lab, [{ tool: tool.name, argv }], {
      rounds,
      peek: 900,
      limit: 5000,
      status: waits ? "failed" : 0,
    });
    return [...samples].map(([name, runs]) => ({ tool: name, values: [median(runs.map((run) => run.peak))] }));
  });
  const table: Table = {
    title: "Memory while waiting for one port",
    columns: [["peak", "B"]],
    reference: "preflight",
    rows: (await Promise.all(waiting)).flat(),
    note: `Of the largest process, after 0.9 s, median of ${rounds}; tini and dumb-init while their command runs.`,
  };
  server.close();
  return {
    tables: [table],
    targets: [{ what: "peak memory, one port", limit: 1_200_000, unit: "B", measured: value(table, "preflight") }],
  };
}
