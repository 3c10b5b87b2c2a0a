// How long a service is ready before the command starts: servers that become ready at a random moment.
import { type Result, type Table, value } from "../figure.ts";
import { fit, job } from "../job.ts";
import type { Lab, Tool } from "../lab.ts";
import { median, quantile, serve, stamp } from "../measure.ts";

export async function latency(lab: Lab): Promise<Result> {
  const tcp = await table(lab, "tcp");
  const http = await table(lab, "http");
  const target = (what: string, from: Table) =>
    ({ what: `ready to started, ${what}, median`, limit: 20, unit: "ms", measured: value(from, "preflight") }) as const;
  return { tables: [tcp, http], targets: [target("TCP", tcp), target("HTTP 503 then 200", http)] };
}

// --- internal ---

async function table(lab: Lab, kind: "tcp" | "http"): Promise<Table> {
  const runs = lab.quick ? 5 : 40;
  const takes = lab.tools.filter((tool) => tool.takes?.includes(kind === "tcp" ? "ports" : "urls"));
  const row = async (tool: Tool) => {
    const times = await lane(lab, tool, kind, runs);
    return { tool: tool.name, values: [median(times), quantile(times, 0.95), Math.max(...times)] };
  };
  // the tools wait side by side, for waiting is nearly free; one whose start fills a core comes after them
  const rows = await Promise.all(takes.filter((tool) => !tool.slow).map(row));
  for (const tool of takes.filter((tool) => tool.slow)) rows.push(await row(tool));
  return {
    title: `Ready to started, ${kind === "tcp" ? "a port that opens" : "HTTP that answers 503 and then 200"}`,
    columns: [
      ["median", "ms"],
      ["p95", "ms"],
      ["max", "ms"],
    ],
    reference: "preflight",
    rows,
    note: `${runs} runs a tool; ready between 0.3 and 2 s after the server's start, evenly spread.`,
  };
}

async function lane(lab: Lab, tool: Tool, kind: "tcp" | "http", runs: number): Promise<number[]> {
  const times: number[] = [];
  for (let run = 0; run < runs; run++) {
    const server = await serve(lab, kind, 300 + (1700 * (run + Math.random())) / runs);
    const target = kind === "tcp" ? { ports: [server.port] } : { urls: [`http://127.0.0.1:${server.port}/`] };
    const whole = job(`latency-${kind}-${server.port}`, { ...target, command: [lab.helpers.stamp] });
    const started = await stamp(tool.wait?.(tool.program, fit(tool, whole).job) ?? []);
    times.push(started - (await server.ready()));
    server.close();
  }
  return times;
}
