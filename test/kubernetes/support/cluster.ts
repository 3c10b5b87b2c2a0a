/** The lab's inner half: a Kubernetes of one node, started in the namespaces that enter.ts and inside.sh make. */
import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { appendFileSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { call } from "./api.ts";
import { NODE } from "./enter.ts";
import { images } from "./images.ts";

const LAB = "/run/lab";
/** The folder config/ beside this one, as inside.sh has copied it. */
const CONFIG = `${LAB}/config`;
const ADDRESS = "10.99.0.1";
const ETCD = "http://127.0.0.1:2379";
/** So long may a part take until it answers, in milliseconds. */
const PATIENCE = 60_000;

const STORE = [
  `--data-dir=${LAB}/etcd`,
  "--unsafe-no-fsync",
  `--listen-client-urls=${ETCD}`,
  `--advertise-client-urls=${ETCD}`,
];
const API_SERVER = [
  `--etcd-servers=${ETCD}`,
  `--advertise-address=${ADDRESS}`,
  "--service-cluster-ip-range=10.97.0.0/24",
  "--service-account-issuer=https://lab",
  `--service-account-key-file=${LAB}/key`,
  `--service-account-signing-key-file=${LAB}/key`,
  `--token-auth-file=${CONFIG}/tokens.csv`,
  "--authorization-mode=AlwaysAllow",
  "--disable-admission-plugins=ServiceAccount",
  "--kubelet-preferred-address-types=InternalIP",
];
const CLIENT = [`--kubeconfig=${CONFIG}/client.yaml`];
const SINGLE = ["--leader-elect=false", "--authentication-skip-lookup"];
const OWN = [`--cert-dir=${LAB}/certificates`];
const KUBELET = [
  `--config=${CONFIG}/kubelet.yaml`,
  `--root-dir=${LAB}/kubelet`,
  "--hostname-override=lab",
  `--node-ip=${ADDRESS}`,
];

/**
 * Starts the cluster; it ends with the namespaces. What does not come up is told with the end of its log. No restart waits
 * longer than 2 s, unless Kubernetes' own back-off, which begins with 10 s, is asked for.
 */
export async function start(backOff: "short" | "default" = "short"): Promise<void> {
  const parts: Part[] = [];
  const node = (part: string, ...args: readonly string[]): void => void parts.push(run(part, NODE, [part, ...args]));
  const ready = (what: string, look: () => Promise<boolean>): Promise<void> => until(what, look, parts);

  writeFileSync(`${LAB}/key`, execFileSync(NODE, ["key"]));
  node("etcd", ...STORE);
  node("kube-apiserver", ...API_SERVER, ...OWN);
  parts.push(run("containerd", "containerd", ["--config", `${CONFIG}/containerd.toml`]));
  await ready("the API server", async () => (await call("GET", "/readyz")).status === 200);

  node("kube-controller-manager", ...CLIENT, ...SINGLE, ...OWN, `--flex-volume-plugin-dir=${LAB}/plugins`);
  node("kube-scheduler", ...CLIENT, ...SINGLE, ...OWN);
  node("kube-proxy", `--config=${CONFIG}/proxy.yaml`, "--hostname-override=lab");
  await ready("containerd", () => Promise.resolve(execFileSync("ctr", ["version"], { stdio: "pipe" }).length > 0));
  writeFileSync(`${LAB}/images`, images());
  execFileSync("ctr", ["--namespace=k8s.io", "images", "import", `${LAB}/images`]);

  appendFileSync(`${CONFIG}/kubelet.yaml`, `cgroupRoot: /${process.env["LAB"] ?? ""}\n`);
  if (backOff === "short")
    appendFileSync(`${CONFIG}/kubelet.yaml`, "crashLoopBackOff: { maxContainerRestartPeriod: 2s }\n");
  node("kubelet", ...KUBELET, ...CLIENT, ...OWN);
  const condition = '"type":"Ready","status":"True"';
  await ready("the node", async () => (await call("GET", "/api/v1/nodes/lab")).text.includes(condition));
}

/** A part of the cluster that runs, and where it logs. */
interface Part {
  readonly name: string;
  readonly child: ChildProcess;
  readonly log: string;
}

function run(name: string, program: string, args: readonly string[]): Part {
  const log = `${LAB}/log/${name}`;
  const to = openSync(log, "w");
  const child = spawn(program, args, { stdio: ["ignore", to, to] });
  child.unref();
  return { name, child, log };
}

async function until(what: string, look: () => Promise<boolean>, parts: readonly Part[]): Promise<void> {
  const end = performance.now() + PATIENCE;
  while (!(await look().catch(() => false))) {
    const dead = parts.filter((p) => p.child.exitCode !== null || p.child.signalCode !== null);
    if (dead.length > 0 || performance.now() > end) {
      const logs = (dead.length > 0 ? dead : parts).map(
        (p) => `${p.name}: ${readFileSync(p.log, "utf8").slice(-1500)}`,
      );
      throw new Error(`${what} is not ready${dead.length > 0 ? ": a part has ended" : " in time"}\n${logs.join("\n")}`);
    }
    await sleep(50);
  }
}
