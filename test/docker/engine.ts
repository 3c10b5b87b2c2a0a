/** A Docker engine of the tests' own: its own network namespace, socket and data, and nothing left when it is stopped. */
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { image } from "../../scripts/image.ts";
import { cache, root } from "../../scripts/tools.ts";
import { claim, clear, letOut, nameOf, sweep } from "./leftovers.ts";

const versions = readFileSync(join(import.meta.dirname, "../../scripts/versions"), "utf8");
/** What scripts/versions says about NAME. */
const version = (name: string): string => new RegExp(`^${name}=(.*)$`, "m").exec(versions)?.[1] ?? "";

export const DEBIAN = "lab/debian";
/** busybox with its links, and preflight. */
export const TOOLS = "lab/tools";

const compose = join(cache, `compose-${version("compose_version")}`, "docker-compose");
const tree = join(cache, "debian-bookworm.tar");
const newer = join(cache, `docker-${version("dockerd_version")}`, "dockerd");

/** Why no engine can be started here, or "". */
export function unable(wanted: string): string {
  if (process.getuid?.() !== 0) return "an engine needs root";
  const missing = [daemon(wanted), "/usr/bin/docker", "/usr/bin/busybox", tree].filter((f) => !existsSync(f));
  return missing.length === 0 ? "" : `${missing.join(", ")} missing`;
}

/** The engine that is asked for: Debian's, or with "28" the one that npm run setup builds through the Go module proxy. */
function daemon(wanted: string): string {
  return wanted === "28" ? newer : "/usr/sbin/dockerd";
}

/** Runs a program, and throws where it fails, with one line. */
function run(command: string, args: readonly string[], env?: NodeJS.ProcessEnv): void {
  const r = spawnSync(command, args, { encoding: "utf8", env });
  const last = r.error?.message ?? r.signal ?? r.stderr.trim().split("\n").at(-1) ?? "";
  if (r.status !== 0) throw new Error(`${command} ${args[0] ?? ""}: ${last}`);
}

/** Makes the image of busybox and preflight. */
function tools(folder: string): string {
  return `set -e
    mkdir -p ${folder}/tools/bin ${folder}/tools/etc ${folder}/tools/tmp
    /usr/bin/busybox --list | while read -r tool; do ln -s busybox ${folder}/tools/bin/$tool; done
    cp --remove-destination /usr/bin/busybox ${folder}/tools/bin/
    cp '${root}/dist/preflight-linux-${process.arch === "arm64" ? "arm64" : "amd64"}' ${folder}/tools/bin/preflight
    tar -C ${folder}/tools -c . | docker import - ${TOOLS}`;
}

/** The first two numbers of a network that nobody here uses, so that several engines can run at once. */
function subnet(): string {
  const taken = spawnSync("ip", ["-4", "-o", "addr"], { encoding: "utf8" }).stdout;
  const free = Array.from({ length: 100 }, (_, i) => `10.${100 + ((process.pid + i) % 100)}`);
  return free.find((net) => !taken.includes(` ${net}.`)) ?? "10.100";
}

export class Engine {
  readonly folder: string;
  /** What a client needs to talk to it, with the Debian image as BASE and the tools as BUSYBOX. */
  readonly env: NodeJS.ProcessEnv;
  readonly #name: string;
  readonly #daemon: string;
  #child: ChildProcess | undefined;

  private constructor(wanted: string) {
    this.folder = claim();
    this.#name = nameOf(this.folder);
    this.#daemon = daemon(wanted);
    for (const f of ["bin", "config/cli-plugins"]) mkdirSync(join(this.folder, f), { recursive: true });
    symlinkSync("/usr/bin/docker", join(this.folder, "bin/docker"));
    if (existsSync(compose)) symlinkSync(compose, join(this.folder, "config/cli-plugins/docker-compose"));
    this.env = {
      ...process.env,
      PATH: `${join(this.folder, "bin")}:${process.env["PATH"] ?? ""}`,
      DOCKER_HOST: `unix://${this.folder}/s`,
      DOCKER_CONFIG: join(this.folder, "config"),
      DOCKER_BUILDKIT: "0",
      BASE: DEBIAN,
      BUSYBOX: TOOLS,
      PREFLIGHT_ENGINE: wanted,
    };
  }

  /**
   * Starts one, of the sort that the lab runs, with the images "preflight", lab/debian and lab/tools in it. Throws where it
   * does not come up within a minute.
   */
  static async start(wanted = process.env["PREFLIGHT_ENGINE"] ?? ""): Promise<Engine> {
    await sweep();
    const engine = new Engine(wanted);
    try {
      engine.#connect();
      await engine.launch();
      run("docker", ["import", tree, DEBIAN], engine.env);
      image([], engine.env);
      run("sh", ["-c", tools(engine.folder)], engine.env);
    } catch (e) {
      await engine.stop();
      throw e;
    }
    return engine;
  }

  /** What stands before a command that is to see the engine's network as "localhost". */
  get inside(): readonly string[] {
    return ["nsenter", `--net=/run/netns/${this.#name}`];
  }

  /** A network of its own behind a pair of interfaces: no bridge, rule or port meets another engine's. */
  #connect(): void {
    const [name, net] = [this.#name, subnet()];
    const script = `set -e
      ip netns add ${name}
      ip link add ${name} type veth peer name eth0 netns ${name}
      ip addr add ${net}.0.1/30 dev ${name}
      ip link set ${name} up
      ip -n ${name} link set lo up
      ip -n ${name} addr add ${net}.0.2/30 dev eth0
      ip -n ${name} link set eth0 up
      ip -n ${name} route add default via ${net}.0.1
      ${letOut(name, `${net}.0.0/30`)}`;
    run("sh", ["-c", script]);
  }

  /** Starts the daemon, with these flags too, and waits until it answers. */
  async launch(...more: readonly string[]): Promise<void> {
    const at = (f: string): string => join(this.folder, f);
    const args = ["-H", `unix://${at("s")}`, "--data-root", at("data"), "--exec-root", at("x"), "--pidfile", at("pid")];
    const flags = ["--userland-proxy=false", "--log-level", "warn", ...more];
    const log = at("log");
    const line = [...this.inside, this.#daemon, ...args, ...flags].map((a) => `'${a}'`).join(" ");
    const child = spawn("sh", ["-c", `exec ${line} >>'${log}' 2>&1`], { detached: true, stdio: "ignore" });
    this.#child = child;
    const end = Date.now() + 60_000;
    while (spawnSync(at("bin/docker"), ["version"], { env: this.env }).status !== 0) {
      if (child.exitCode === null && Date.now() < end) await pause(50);
      else throw new Error(`dockerd did not start: ${readFileSync(log, "utf8").trim().split("\n").at(-1) ?? ""}`);
    }
  }

  /** Ends the daemon; its containers stop with it, unless it was launched with --live-restore. */
  async halt(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.exitCode !== null) return;
    const gone = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGTERM");
    await gone;
  }

  /** Ends it and removes all there was: containers, images, network and data. */
  async stop(): Promise<void> {
    await clear(this.folder);
  }
}
