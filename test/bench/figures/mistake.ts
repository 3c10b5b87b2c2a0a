// How soon a mistake is reported that no waiting can mend: a missing variable, while a service is down.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Result, type Table, value } from "../figure.ts";
import type { Lab } from "../lab.ts";
import { measure, median, quantile, serve } from "../measure.ts";
import { folders } from "../source.ts";

export async function mistake(lab: Lab): Promise<Result> {
  const rounds = lab.quick ? 20 : 100;
  const server = await serve(lab, "tcp", -1);
  const config = join(folders.scratch, "mistake.yaml");
  writeFileSync(config, `checks:\n  - tcp: 127.0.0.1:${server.port}\n  - env: BENCH_MISSING\n`);
  const preflight = lab.tools.find((tool) => tool.name === "preflight");
  const argv = preflight ? [preflight.program, "--config", config, "--", lab.helpers.end] : [];
  const samples = preflight
    ? await measure(lab, [{ tool: "preflight", argv }], { rounds, limit: 3000, status: "failed" })
    : [];
  server.close();
  const table: Table = {
    title: "A missing variable while a service is down",
    columns: [
      ["median", "ms"],
      ["p95", "ms"],
    ],
    reference: "preflight",
    rows: [...samples].map(([tool, runs]) => {
      const walls = runs.map((run) => run.wall);
      return { tool, values: [median(walls), quantile(walls, 0.95)] };
    }),
    note: `From start to exit, ${rounds} runs; no peer looks at variables while it waits for a service.`,
  };
  return {
    tables: [table],
    targets: [{ what: "a missing variable reported", limit: 5, unit: "ms", measured: value(table, "preflight") }],
  };
}
