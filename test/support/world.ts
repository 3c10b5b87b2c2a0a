/**
 * A world of its own for one run of preflight: a network with nothing in it but what the test puts there, a resolver
 * that behaves as the test wants, limits. Run as a program it makes the world, and then runs the command in it.
 */
import { spawn, spawnSync } from "node:child_process";
import { createSocket } from "node:dgram";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { binary, pack, Preflight, type Artifact } from "./artifacts.ts";
import { reply, type Answer } from "./names.ts";
import { test, type Test } from "tap";

export interface World {
  /** A network namespace with this resolver at 127.0.0.1. Other names are NXDOMAIN. */
  readonly names?: Readonly<Record<string, Answer>>;
  /** Shell commands that prepare the network. */
  readonly prepare?: readonly string[];
  /** Ports on 127.0.0.1 that accept. */
  readonly listen?: readonly number[];
  /** resolv.conf's options. */
  readonly options?: string;
  /** RLIMIT_NOFILE. */
  readonly files?: number;
  /** A process that the command is run by. */
  readonly by?: readonly string[];
}

/** A test on each artifact in this world, or on the binary alone; skipped where a network namespace is needed and we are not root. */
export function inside(
  world: World,
  name: string,
  body: (t: Test, preflight: Preflight) => Promise<void>,
  only = "",
): void {
  const skip = isolated(world) && process.getuid?.() !== 0 ? "a network namespace needs root" : false;
  for (const artifact of [binary, pack]) {
    if (only !== "" && only !== artifact.name) continue;
    const command: Artifact["command"] = [
      process.execPath,
      import.meta.filename,
      JSON.stringify(world),
      ...artifact.command,
    ];
    void test(`${name} (${artifact.name})`, { skip }, async (t) => {
      await body(t, new Preflight({ name: artifact.name, command }));
    });
  }
}

function isolated(world: World): boolean {
  return world.names !== undefined || world.prepare !== undefined;
}

// --- the program ---

async function serve(names: Readonly<Record<string, Answer>>): Promise<void> {
  const udp = createSocket("udp4");
  udp.on("message", (query, from) => {
    const r = reply(query, names, false);
    if (r !== null) setTimeout(() => udp.send(r.bytes, from.port, from.address), r.delay);
  });
  await new Promise<void>((done) => udp.bind(53, "127.0.0.1", done));
  const tcp = createServer((socket) => {
    socket.on("error", () => {});
    socket.on("data", (bytes) => {
      const r = reply(bytes.subarray(2), names, true);
      const length = Buffer.alloc(2);
      if (r === null) return;
      length.writeUInt16BE(r.bytes.length);
      socket.write(Buffer.concat([length, r.bytes]));
    });
  });
  await new Promise<void>((done) => tcp.listen(53, "127.0.0.1", done));
}

function must(command: string): void {
  const r = spawnSync("sh", ["-c", command], { stdio: ["ignore", "inherit", "inherit"] });
  if (r.status !== 0) throw new Error(`"${command}" ended with ${String(r.status)}`);
}

async function main(text: string, command: readonly string[]): Promise<void> {
  const world = JSON.parse(text) as World;
  if (isolated(world) && process.env["INSIDE"] === undefined) {
    const r = spawnSync("unshare", ["-n", "-m", process.execPath, import.meta.filename, text, ...command], {
      stdio: "inherit",
      env: { ...process.env, INSIDE: "1" },
    });
    process.exit(r.status ?? 1);
  }
  delete process.env["INSIDE"];
  const folder = mkdtempSync(join(tmpdir(), "world-"));
  if (isolated(world)) {
    writeFileSync(join(folder, "resolv.conf"), `nameserver 127.0.0.1\noptions ${world.options ?? "ndots:1"}\n`);
    must(`ip link set lo up && mount --bind ${folder}/resolv.conf "$(readlink -f /etc/resolv.conf)"`);
    for (const step of world.prepare ?? []) must(step);
    if (world.names !== undefined) await serve(world.names);
  }
  for (const port of world.listen ?? []) {
    await new Promise<void>((done) => createServer((s) => s.on("error", () => {})).listen(port, "127.0.0.1", done));
  }
  const limit = world.files === undefined ? [] : ["prlimit", `--nofile=${world.files}`];
  const [program = "", ...args] = [...limit, ...(world.by ?? []), ...command];
  const child = spawn(program, args, { stdio: "inherit" });
  child.on("close", (code) => {
    rmSync(folder, { recursive: true });
    process.exit(code ?? 1);
  });
}

if (process.argv[1] === import.meta.filename) await main(process.argv[2] ?? "{}", process.argv.slice(3));
