// The programs that are compared, and how each is told to do a job: the only place that knows their options.
import { join } from "node:path";
import type { Job, Reach } from "./job.ts";
import type { Source } from "./source.ts";

export interface Peer extends Reach {
  readonly name: string;
  readonly source: Source;
  /** Looks at nothing and runs the command. */
  readonly idle?: (program: string, command: readonly string[]) => string[];
  /** Looks at five local things that a file in `folder` lists (job.ts) and runs the command. */
  readonly local?: (program: string, folder: string, command: readonly string[]) => string[];
  readonly wait?: (program: string, job: Job) => string[];
  /** Takes so long to start that it is run less often. */
  readonly slow?: boolean;
}

export const peers: readonly Peer[] = [
  {
    name: "preflight",
    source: { from: "build" },
    idle: (program, command) => [program, "--allow-empty", "--", ...command],
    local: (program, folder, command) => [program, "--config", join(folder, "local.yaml"), "--", ...command],
    wait: (program, job) => [program, "--config", job.config, "--", ...job.command],
    takes: ["ports", "urls", "files"],
  },
  {
    name: "bare exec",
    source: { from: "c", file: "bare.c" },
    idle: (program, command) => [program, ...command],
    local: (program, _, command) => [program, ...command],
  },
  {
    name: "tini",
    source: { from: "debian", name: "tini", version: "0.19.0-*", file: "usr/bin/tini" },
    idle: (program, command) => [program, "-s", "--", ...command],
  },
  {
    name: "tini-static",
    source: { from: "debian", name: "tini", version: "0.19.0-*", file: "usr/bin/tini-static" },
    idle: (program, command) => [program, "-s", "--", ...command],
  },
  {
    name: "dumb-init",
    source: { from: "debian", name: "dumb-init", version: "1.2.5-*", file: "usr/bin/dumb-init" },
    idle: (program, command) => [program, ...command],
  },
  {
    name: "wait-for-it",
    source: { from: "debian", name: "wait-for-it", version: "0.0~git20180723-*", file: "usr/bin/wait-for-it" },
    wait: (program, { ports, seconds, command }) => [
      program,
      `127.0.0.1:${ports[0]}`,
      "--strict",
      "--quiet",
      "-t",
      `${seconds}`,
      "--",
      ...command,
    ],
    takes: ["ports"],
    single: true,
  },
  {
    name: "wait-on",
    source: { from: "npm", name: "wait-on", file: "bin/wait-on" },
    wait: (program, { ports, urls, files, seconds, command }) =>
      then([process.execPath, program, "-t", `${seconds}s`, ...at("tcp:", ports), ...urls.map(get), ...files], command),
    takes: ["ports", "urls", "files"],
    slow: true,
  },
  {
    name: "wait-for-them",
    source: { from: "cargo", name: "wait-for-them", version: "0.5.1" },
    wait: (program, { ports, urls, seconds, command }) => [
      program,
      "-s",
      "-t",
      `${seconds * 1000}`,
      ...at("", ports),
      ...urls,
      "--",
      ...command,
    ],
    takes: ["ports", "urls"],
  },
  {
    name: "go-wait-for-it",
    source: { from: "go", path: "github.com/hartwork/go-wait-for-it", version: "v1.0.0" },
    wait: (program, { ports, seconds, command }) => [
      program,
      "-q",
      "-t",
      `${seconds}`,
      ...each("-s", at("", ports)),
      "--",
      ...command,
    ],
    takes: ["ports"],
  },
  {
    name: "dockerize",
    source: { from: "go", path: "github.com/jwilder/dockerize", version: "v0.9.3" },
    wait: (program, { ports, urls, files, seconds, command }) => [
      ...[program, "-timeout", `${seconds}s`],
      ...each("-wait", [...at("tcp://", ports), ...urls, ...files.map((file) => `file://${file}`)]),
      ...command,
    ],
    takes: ["ports", "urls", "files"],
  },
  {
    name: "wait4x",
    source: { from: "go", path: "wait4x.dev/v3/cmd/wait4x", version: "v3.7.1" },
    wait: (program, { ports, seconds, command }) => [
      program,
      "tcp",
      ...at("", ports),
      "-q",
      "-t",
      `${seconds}s`,
      "--",
      ...command,
    ],
    takes: ["ports"],
  },
  {
    name: "vertti/preflight",
    source: { from: "go", path: "github.com/vertti/preflight/cmd/preflight", version: "v0.20.0" },
    local: (program, folder, command) => [program, "run", "--file", join(folder, "local.run"), "--", ...command],
  },
  {
    name: "goss",
    source: { from: "go", path: "github.com/goss-org/goss/cmd/goss", version: "v0.4.9" },
    local: (program, folder, command) => then([program, "-g", join(folder, "local.goss.yaml"), "validate"], command),
  },
];

// --- internal ---

function at(prefix: string, ports: readonly number[]): string[] {
  return ports.map((port) => `${prefix}127.0.0.1:${port}`);
}

function each(flag: string, words: readonly string[]): string[] {
  return words.flatMap((word) => [flag, word]);
}

/** wait-on asks with HEAD where it is not told otherwise. */
function get(url: string): string {
  return url.replace("http:", "http-get:");
}

/** For tools that end instead of running a command. */
function then(first: readonly string[], command: readonly string[]): string[] {
  return ["/bin/sh", "-c", `${first.map(quote).join(" ")} && exec ${command.map(quote).join(" ")}`];
}

function quote(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
