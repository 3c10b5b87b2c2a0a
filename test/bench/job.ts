// What the tools are asked to do, and the files that tell them.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { folders } from "./source.ts";

/** What has to be waited for, for how long, and what comes then. */
export interface Job {
  readonly ports: readonly number[];
  readonly urls: readonly string[];
  readonly files: readonly string[];
  readonly seconds: number;
  readonly command: readonly string[];
  /** The same in preflight's own file. */
  readonly config: string;
}

/** What a tool can wait for; no more than one of all where `single`. */
export interface Reach {
  readonly takes?: readonly ("ports" | "urls" | "files")[];
  readonly single?: boolean;
}

/** A job, with preflight's file for it. */
export function job(name: string, parts: Partial<Job>): Job {
  const { ports = [], urls = [], files = [], seconds = 10, command = [] } = parts;
  const config = join(folders.scratch, `${name}.yaml`);
  const checks = [
    ...ports.map((port) => `  - tcp: 127.0.0.1:${port}`),
    ...files.map((file) => `  - file: ${JSON.stringify(file)}`),
    ...urls.map((url) => `  - http: ${url}`),
  ];
  writeFileSync(config, [`wait: ${seconds}s`, "checks:", ...checks, ""].join("\n"));
  return { ports, urls, files, seconds, command, config };
}

/** The part of a job that a tool can do, and how many of its targets that is. */
export function fit(tool: Reach, { ports, urls, files, ...rest }: Job): { job: Job; part: number } {
  const takes = (what: "ports" | "urls" | "files"): boolean => tool.takes?.includes(what) ?? false;
  const most = tool.single ? 1 : Infinity;
  const part = {
    ports: takes("ports") ? ports.slice(0, most) : [],
    urls: takes("urls") ? urls.slice(0, most) : [],
    files: takes("files") ? files.slice(0, most) : [],
  };
  return { job: { ...rest, ...part }, part: part.ports.length + part.urls.length + part.files.length };
}

/** Five local checks for each tool that reads them from a file; goss has none for variables, so it looks at files. */
export function writeLocal(folder: string): void {
  const file = join(folder, "local.yaml");
  writeFileSync(
    file,
    `checks:
  - env: BENCH_URL
    format: url
  - env: BENCH_PORT
    format: port
  - env: BENCH_TOKEN
  - file: ${JSON.stringify(file)}
    not_empty: true
  - file: ${JSON.stringify(folder)}
    type: dir
`,
  );
  const variables = "env BENCH_URL --is-url\nenv BENCH_PORT --is-port\nenv BENCH_TOKEN --hide-value\n";
  writeFileSync(join(folder, "local.run"), `${variables}file ${file} --not-empty\nfile ${folder} --dir\n`);
  const paths = [file, folder, "/", "/etc", "/proc"].map((path) => `  ${JSON.stringify(path)}:\n    exists: true\n`);
  writeFileSync(join(folder, "local.goss.yaml"), `file:\n${paths.join("")}`);
}
