// What a gate costs where all is ready: from its start to the end of a command that ends at once.
import { type Result, type Table, value } from "../figure.ts";
import { fit, job } from "../job.ts";
import type { Lab, Tool } from "../lab.ts";
import { type Entry, measure, median, serve } from "../measure.ts";
import { folders } from "../source.ts";

export async function start(lab: Lab): Promise<Result> {
  const command = [lab.helpers.end];
  const idle = await table(lab, "Start: nothing to check, then exec", (tool) => tool.idle?.(tool.program, command));
  const local = await table(lab, "Start: five local checks from a file, then exec", (tool) =>
    tool.local ? tool.local(tool.program, folders.scratch, command) : tool.idle?.(tool.program, command),
  );
  const server = await serve(lab, "tcp", 0);
  const ready = job("start", { ports: [server.port], command });
  const port = await table(lab, "Start: one port that is ready, then exec", (tool) =>
    tool.name === "bare exec" ? tool.idle?.(tool.program, command) : tool.wait?.(tool.program, fit(tool, ready).job),
  );
  server.close();
  const ratio = value(local, "preflight") / value(local, "bare exec");
  const targets = [
    { what: "five local checks, then exec: × bare exec", limit: 2.5, unit: "×", measured: ratio } as const,
  ];
  return { tables: [idle, local, port], targets };
}

// --- internal ---

async function table(lab: Lab, title: string, argv: (tool: Tool) => string[] | undefined): Promise<Table> {
  const [quick, slow] = lab.quick ? [50, 5] : [300, 15];
  const entries = (group: boolean): Entry[] =>
    lab.tools.flatMap((tool) => {
      const words = (tool.slow ?? false) === group ? argv(tool) : undefined;
      return words ? [{ tool: tool.name, argv: words }] : [];
    });
  const samples = [...(await measure(lab, entries(false), { rounds: quick }))];
  if (entries(true).length > 0) samples.push(...(await measure(lab, entries(true), { rounds: slow })));
  return {
    title,
    columns: [
      ["wall", "ms"],
      ["CPU", "ms"],
    ],
    reference: "bare exec",
    rows: samples.map(([tool, runs]) => ({
      tool,
      values: [median(runs.map((run) => run.wall)), median(runs.map((run) => run.cpu))],
    })),
    note: `Median of ${quick} runs in turn (${slow} for a tool that starts slowly). tini and dumb-init look at nothing.`,
  };
}
