/** The command may use enough processors. */
import { fail, pass, type Complaint, type Kind, type Probe } from "../src/check.ts";
import { field, type Field, required } from "../src/fields.ts";
import { folders } from "../src/host/cgroups.ts";
import { blind, told, valueIn } from "../src/host/kernel.ts";

/** Where the kernel says on which processors this process may run, cpusets counted in (proc_pid_status(5)). */
const STATUS = "/proc/self/status";

export const cpu: Kind = {
  name: "cpu",
  summary: "enough processors may be used, cgroup limits counted in",
  schemes: [],
  timeout: 0,
  fixed: true,
  fields: (): readonly Field[] => [
    required(
      field("number", "cpu", "the least number of processors, such as 0.5, by every cgroup's quota and the cpuset"),
    ),
    field("number", "max", "the greatest: some programs start a thread for each"),
  ],
  verify: (o): readonly Complaint[] => {
    const out: Complaint[] = [];
    for (const name of ["cpu", "max"])
      if (o.number(name) < 0) out.push({ field: name, text: `must not be negative: got ${o.number(name)}` });
    if (o.given("max") && o.number("cpu") > o.number("max"))
      out.push({ field: "max", text: "is less than cpu: no number would do" });
    return out;
  },
  bind: (o): Probe => ({
    target: o.text("cpu"),
    look: (_deadline, tell) => {
      const most = counted(valueIn(told(STATUS), "Cpus_allowed_list"));
      const quota = smallest();
      const now = Math.min(most, quota.count);
      const shown = `${Math.round(now * 100) / 100} by ${quota.count < most ? quota.file : "the processors it may run on"}`;
      const cure = "docker run --cpus and --cpuset-cpus, resources.limits.cpu in Kubernetes";
      if (most === 0) tell(blind(STATUS));
      else if (now < o.number("cpu")) tell(fail(`${shown}, want at least ${o.number("cpu")}`, cure));
      else if (o.given("max") && now > o.number("max")) tell(fail(`${shown}, want at most ${o.number("max")}`, cure));
      else tell(pass());
    },
  }),
};

/** How many there are in a list such as "0-3,8" (cpuset(7), list format). */
function counted(list: string): number {
  let count = 0;
  for (const part of list === "" ? [] : list.split(",")) {
    const from = part.split("-").at(0) ?? "";
    count += Number(part.split("-").at(-1) ?? "") - Number(from) + 1;
  }
  return count;
}

/** What a cgroup allows, and the file that says so. */
interface Quota {
  readonly count: number;
  readonly file: string;
}

/** The smallest quota of all cgroups; one that sets none writes "max", or -1 in version 1. */
function smallest(): Quota {
  let count = 1e9;
  let file = "";
  for (const folder of folders("cpu")) {
    const first = told(`${folder}/cpu.cfs_quota_us`, 64).trim();
    const second = told(`${folder}/cpu.max`, 64).trim().split(" ");
    const quota = Number(first === "" ? second.at(0) : first);
    const period = Number(first === "" ? second.at(1) : told(`${folder}/cpu.cfs_period_us`, 64));
    if (!(quota > 0 && period > 0 && quota / period < count)) continue;
    count = quota / period;
    file = `${folder}/${first === "" ? "cpu.max" : "cpu.cfs_quota_us"}`;
  }
  return { count, file };
}
