/** On a real node: what runs there is in inside/. Where no lab can be, a line says why, and the closing line counts it. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import t from "tap";
import { enter, unable } from "./support/enter.ts";
import { groups } from "./support/groups.ts";

const file = (name: string): string => join(import.meta.dirname, name);
const skip = process.env["PREFLIGHT_REQUIRE_LAB"] === "1" ? false : unable();

/** What the parts would have written to the disk, had they not a world of their own. */
const FOLDERS = ["/var/lib/kubelet", "/var/lib/cni", "/var/log/pods", "/run/lab", "/usr/libexec/kubernetes"];
const theirs = FOLDERS.filter((f) => existsSync(f));

t.setTimeout(1_200_000);

t.test("preflight does on Kubernetes what it promises", { skip }, async (t) => {
  t.equal(unable(), false);
  t.equal(await enter(file("inside/main.ts")), 0);
});

interface Lab {
  readonly child: ChildProcess;
  readonly name: string;
  /** Its exit code, null where a signal ended it. */
  readonly ended: Promise<number | null>;
}

/** A lab in a process of its own. Where it is not to fail, its pod runs. */
async function linger(...args: readonly string[]): Promise<Lab> {
  const child = spawn(process.execPath, [file("support/enter.ts"), file("inside/linger.ts"), ...args]);
  const ended = once(child, "exit").then(([code]) => code as number | null);
  if (args.length === 0) await once(child.stdout, "data");
  return { child, name: `preflight-lab-${child.pid ?? 0}`, ended };
}

/** The processes of a lab; its containers' are in its control groups. */
function processes(lab: string): readonly string[] {
  return readdirSync("/proc").filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/environ`, "utf8").split("\0").includes(`LAB=${lab}`);
    } catch {
      return false; // it has ended
    }
  });
}

/** What is left of a lab. */
function left({ name }: Lab): readonly string[] {
  return [...processes(name), ...groups(name), ...FOLDERS.filter((f) => existsSync(f) && !theirs.includes(f))];
}

t.test(
  "the lab leaves nothing behind when it fails, on Ctrl-C, and after a kill the next time",
  { skip },
  async (t) => {
    const failing = await linger("fail");
    const [interrupted, killed] = [await linger(), await linger()];
    interrupted.child.kill("SIGINT");
    killed.child.kill("SIGKILL");
    t.same(await Promise.all([failing.ended, interrupted.ended, killed.ended]), [1, 130, null]);
    t.same([...left(failing), ...left(interrupted)], []);
    for (let i = 0; processes(killed.name).length > 0 && i < 100; i++) await sleep(50);
    t.not(groups(killed.name).length, 0);
    t.equal(await enter("/dev/null"), 0);
    t.same(left(killed), []);
  },
);
