/** The command may use enough memory. */
import { fail, pass, wait, type Complaint, type Kind, type Probe, type Verdict } from "../src/check.ts";
import { amountOf, field, type Field, type Options, required } from "../src/fields.ts";
import { numbers, type Found } from "../src/host/cgroups.ts";
import { sized } from "../src/host/files.ts";
import { blind, told, valueIn } from "../src/host/kernel.ts";

const MACHINE = "/proc/meminfo";

export const memory: Kind = {
  name: "memory",
  summary: "enough memory may be used, cgroup limits counted in",
  schemes: [],
  timeout: 0,
  fixed: false,
  fields: (): readonly Field[] => [
    required(
      field("size", "memory", "the least that may be used in all: by every cgroup's limit, and what the machine has"),
    ),
    field("size", "max", "the greatest: a limit must be set, and not above this"),
    field("amount", "free", "the least that must be unused now, a size or a share; caches count as unused"),
  ],
  verify: (o): readonly Complaint[] =>
    o.given("max") && o.number("memory") > o.number("max")
      ? [{ field: "max", text: "is less than memory: no limit would do" }]
      : [],
  bind: (o): Probe => ({
    target: o.text("memory"),
    look: (_deadline, tell) => {
      tell(judge(o));
    },
  }),
};

/** A limit stays as it is, and the machine does too: that fails at once. What is in use may be given back: that is waited for. */
function judge(o: Options): Verdict {
  const machine = told(MACHINE);
  const all = kib(machine, "MemTotal");
  if (all === 0) return blind(MACHINE);
  let most = all;
  let free = kib(machine, "MemAvailable");
  let by = "of this machine";
  for (const limit of [...numbers("memory", "memory.max"), ...numbers("memory", "memory.limit_in_bytes")]) {
    free = Math.min(free, Math.max(0, limit.number - used(limit)));
    if (limit.number >= most) continue;
    most = limit.number;
    by = `by ${limit.path}`;
  }
  const cure = "docker run --memory, mem_limit in Compose, resources.limits.memory in Kubernetes";
  const [least, max] = [o.number("memory"), o.number("max")];
  if (most < least) return fail(`${sized(most)} ${by}, want at least ${sized(least)}`, cure);
  if (o.given("max") && most > max) return fail(`${sized(most)} ${by}, want at most ${sized(max)}`, cure);
  const want = amountOf(o.number("free"), most);
  if (free >= want) return pass();
  const why = `${sized(free)} unused of ${sized(most)} ${by}, want ${o.text("free")}`;
  return want > most ? fail(why, cure) : wait(why, "absent");
}

/** A line of /proc/meminfo in bytes (proc_meminfo(5)). */
function kib(text: string, name: string): number {
  return Number(/^[0-9]+/.exec(valueIn(text, name))?.[0] ?? "") * 1024;
}

/** What a cgroup uses and cannot drop at once, as the kubelet counts it: without file pages that nobody has touched of late. */
function used(limit: Found): number {
  const { folder, path } = limit;
  const second = path.endsWith("memory.max");
  const all = Number(told(`${folder}/memory.${second ? "current" : "usage_in_bytes"}`, 64));
  const inactive = second ? "inactive_file " : "total_inactive_file ";
  const line =
    told(`${folder}/memory.stat`)
      .split("\n")
      .find((l) => l.startsWith(inactive)) ?? "";
  return all - Number(line.slice(inactive.length));
}
