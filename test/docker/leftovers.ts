/** What an engine of the tests stands on, and how all of it goes: after its tests, and after tests that were killed. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

const PREFIX = "/tmp/pf-lab-";
const FORWARDING = "/proc/sys/net/ipv4/ip_forward";
/** The folder of the engine in whose network this process runs: its rules are seen there alone. */
const OUTER = process.env["PREFLIGHT_LAB"] ?? "";

/** What a file holds, or "" where it is not there or not ours to read. */
function text(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

/** When a process began, which tells it from a later one of its number: field 22 of /proc/PID/stat (proc(5)). */
const began = (pid: string): string =>
  text(`/proc/${pid}/stat`)
    .replace(/^.*\) /, "")
    .split(" ")[19] ?? "";

/** Processes of which this file under /proc, a list that NUL bytes end, holds the text. */
const holding = (file: "cmdline" | "environ", words: string): readonly number[] =>
  readdirSync("/proc")
    .map(Number)
    .filter((pid) => pid > 0 && pid !== process.pid && text(`/proc/${pid}/${file}`).includes(words));

const folders = (): readonly string[] =>
  readdirSync("/tmp")
    .map((name) => `/tmp/${name}`)
    .filter((path) => path.startsWith(PREFIX));

/** A folder for an engine of this process. What stands in it says how to remove the engine, should nobody live to do it. */
export function claim(): string {
  const others = folders().map((folder) => text(join(folder, "forwarding")));
  const folder = mkdtempSync(PREFIX); // short: a socket's path is 107 bytes at most
  const keep = (name: string, what: string): void => {
    writeFileSync(join(folder, name), what);
  };
  keep("forwarding", others.find((was) => was !== "") ?? text(FORWARDING));
  keep("outer", OUTER);
  keep("since", began("self"));
  keep("owner", String(process.pid));
  return folder;
}

/** The name of an engine's network namespace, and of the interface that leads to it. */
export const nameOf = (folder: string): string => folder.slice(-8);

/** Shell: lets the engine's network out. Each rule bears the engine's name. */
export const letOut = (name: string, net: string): string => `
  echo 1 >${FORWARDING}
  iptables -w -t nat -A POSTROUTING -s ${net} -m comment --comment ${name} -j MASQUERADE
  iptables -w -I FORWARD -i ${name} -j ACCEPT
  iptables -w -I FORWARD -o ${name} -j ACCEPT`;

/** Ends processes: asks, insists after some seconds, and gives up on what even that does not end. */
async function end(patience: number, find: () => readonly number[]): Promise<void> {
  for (let waited = 0; waited < 2000 * patience; waited += 50) {
    const pids = find();
    if (pids.length === 0) return;
    for (const pid of waited % (1000 * patience) === 0 ? pids : []) {
      try {
        process.kill(pid, waited === 0 ? "SIGTERM" : "SIGKILL");
      } catch {} // it is gone
    }
    await pause(50);
  }
}

/** Removes an engine and what its tests have started. What is missing already is no matter. */
export async function clear(folder: string): Promise<void> {
  await end(10, () => holding("environ", `PREFLIGHT_LAB=${folder}\0`));
  const shell = (script: string): unknown => spawnSync("sh", { input: script, stdio: ["pipe", "ignore", "ignore"] });
  if (existsSync(join(folder, "s"))) {
    shell(`timeout 60 docker -H unix://${folder}/s ps -aq | xargs -r timeout 60 docker -H unix://${folder}/s rm -f`);
    await end(30, () => holding("cmdline", `\0--data-root\0${folder}/data\0`));
  }
  const containers = `runc --root ${folder}/x/runtime-runc/moby`; // of an engine that was killed
  shell(`${containers} list -q | xargs -r -n 1 ${containers} delete -f`);
  await end(5, () => holding("cmdline", `${folder}/`));
  const name = nameOf(folder);
  shell(`
    for table in nat filter; do
      iptables -w -t $table -S | sed -n "s/^-A \\(.*${name}.*\\)/-t $table -D \\1/p"
    done | while read -r rule; do iptables -w $rule; done
    ip link del ${name}
    ip netns del ${name}
    [ "$(ls -d ${PREFIX}*)" != ${folder} ] || cat ${folder}/forwarding >${FORWARDING}
    awk '$2 ~ "^${folder}/" { print $2 }' /proc/self/mounts | sort -r | xargs -r umount -l
    rm -rf --one-file-system ${folder}`);
}

/** Does the process live that made this engine? A folder that names none is about to, or was left half removed. */
function lives(folder: string): boolean {
  const [owner = "", since] = ["owner", "since"].map((name) => text(join(folder, name)));
  if (owner === "") return Date.now() - (statSync(folder, { throwIfNoEntry: false })?.mtimeMs ?? 0) < 60_000;
  return began(owner) !== "" && (since === "" || began(owner) === since);
}

/** Removes engines whose tests are gone; those in another engine's network are that one's to remove, while it lives. */
export async function sweep(): Promise<void> {
  for (const folder of folders()) {
    const outer = text(join(folder, "outer"));
    if (!lives(folder) && (outer === OUTER || (outer !== "" && !lives(outer)))) await clear(folder);
  }
}
