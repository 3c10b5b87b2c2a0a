// What waiting costs the machine: 10 s on ten checks that stay false.
import { join } from "node:path";
import { type Result, type Table, value } from "../figure.ts";
import { fit, job } from "../job.ts";
import type { Lab } from "../lab.ts";
import { measure, serve } from "../measure.ts";
import { folders } from "../source.ts";

export async function load(lab: Lab): Promise<Result> {
  const seconds = lab.quick ? 3 : 10;
  const closed = await Promise.all([1, 2, 3, 4, 5].map(() => serve(lab, "tcp", -1)));
  const unready = await Promise.all([1, 2].map(() => serve(lab, "http", -1)));
  const whole = job("load", {
    ports: closed.map((server) => server.port),
    urls: unready.map((server) => `http://127.0.0.1:${server.port}/`),
    files: ["a", "b", "c"].map((name) => join(folders.scratch, "missing", name)),
    seconds,
    command: [lab.helpers.end],
  });
  const rows = await Promise.all(
    lab.tools.map(async (tool) => {
      const { job: part, part: count } = fit(tool, whole);
      if (!tool.wait || count === 0) return [];
      const argv = tool.wait(tool.program, part);
      const samples = await measure(lab, [{ tool: tool.name, argv }], { rounds: 1, status: "failed" });
      return [...samples].flatMap(([name, runs]) =>
        runs.map((run) => ({ tool: name, values: [(100 * run.cpu) / run.wall, run.cpu, count] })),
      );
    }),
  );
  for (const server of [...closed, ...unready]) server.close();
  const table: Table = {
    title: `Load of waiting ${seconds} s on ten checks`,
    columns: [
      ["of a core", "%"],
      ["CPU", "ms"],
      ["checks", ""],
    ],
    reference: "preflight",
    rows: rows.flat(),
    note: "Five closed ports, three missing files, two HTTP servers that answer 503; a tool gets those it can look at.",
  };
  return {
    tables: [table],
    targets: [{ what: "load, ten checks", limit: 1, unit: "%", measured: value(table, "preflight") }],
  };
}
