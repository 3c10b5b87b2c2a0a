/** The lab's outer half: says whether this machine can hold it, enters its namespaces, and leaves nothing of it. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { accessSync, constants, existsSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { cache, root } from "../../../scripts/tools.ts";
import { create, hierarchies, remove } from "./groups.ts";

const MODULES = readFileSync(join(import.meta.dirname, "../node/go.mod"), "utf8");
const VERSION = /k8s\.io\/kubernetes v(\S+)/.exec(MODULES)?.[1] ?? "";
/** The whole of Kubernetes in one program (node/main.go, built by scripts/setup-kubernetes). */
export const NODE = join(cache, `kubernetes-${VERSION}/node`);
export const ARCH = process.arch === "arm64" ? "arm64" : "amd64";
/** What is tested. */
export const PREFLIGHT = join(root, `dist/preflight-linux-${ARCH}`);

const PROGRAMS = ["containerd", "ctr", "runc", "busybox", "iptables", "ip", "unshare", "setpriv"];
const FILES = ["/usr/lib/cni/bridge", PREFLIGHT];
const NAMESPACES = ["--net", "--mount", "--ipc", "--pid", "--fork", "--kill-child", "--mount-proc"];
/** Programs for administrators are not always in the path. */
const PATH = `${process.env["PATH"] ?? ""}:/usr/sbin:/sbin`;

/** Why the lab cannot be here, or false. What is missing, `npm run test:kubernetes` installs or builds. */
export function unable(): string | false {
  if (process.getuid?.() !== 0) return "not root";
  if (!existsSync(NODE)) return `no ${NODE}: npm run test:kubernetes builds it${found("go") ? "" : ", with Go"}`;
  const missing = [...PROGRAMS.filter((p) => !found(p)), ...FILES.filter((f) => !existsSync(f))];
  if (missing.length > 0) return `no ${missing.join(", no ")}`;
  if (spawnSync("unshare", [...NAMESPACES, "true"]).status !== 0) return "namespaces cannot be made";
  return hierarchies().every(writable) ? false : "control groups cannot be made";
}

function found(program: string): boolean {
  return PATH.split(delimiter).some((folder) => existsSync(join(folder, program)));
}

function writable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * Runs a module in namespaces of its own and returns its exit code. All that it started ends with it, with us, and with the
 * first SIGINT, SIGTERM or SIGHUP.
 */
export async function enter(module: string, args: readonly string[] = []): Promise<number> {
  const name = await create();
  const world = [...NAMESPACES, "--propagation", "private", "sh", join(import.meta.dirname, "inside.sh")];
  const child = spawn("setpriv", ["--pdeathsig", "KILL", "unshare", ...world, process.execPath, module, ...args], {
    stdio: ["ignore", "inherit", "inherit"],
    env: { ...process.env, LAB: name, PATH },
  });
  let caught = 0;
  const stop = (_name: NodeJS.Signals, signal: number): void => {
    caught = signal;
    child.kill("SIGKILL");
  };
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const signal of signals) process.on(signal, stop);
  const [code] = (await once(child, "exit")) as [number | null];
  await remove(name);
  for (const signal of signals) process.off(signal, stop);
  return caught === 0 ? (code ?? 1) : 128 + caught;
}

if (import.meta.main) process.exit(await enter(process.argv[2] ?? "", process.argv.slice(3)));
