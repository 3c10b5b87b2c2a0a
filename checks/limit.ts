/** A limit on what a process may use is wide enough. */
import { fail, pass, type Complaint, type Kind, type Probe, type Verdict } from "../src/check.ts";
import { field, type Field, numeric, required } from "../src/fields.ts";
import { numbers } from "../src/host/cgroups.ts";
import { blind, told } from "../src/host/kernel.ts";
import { either, quoted } from "../src/text.ts";

/** The limits of getrlimit(2): by the names of limits.conf(5), as Docker's --ulimit has them, and as the kernel writes them. */
const NAMES =
  "as address space|core core file size|cpu cpu time|data data size|fsize file size|locks file locks|memlock locked memory|msgqueue msgqueue size|nice nice priority|nofile open files|nproc processes|rss resident set|rtprio realtime priority|rttime realtime timeout|sigpending pending signals|stack stack size";
const LIMITS = "/proc/self/limits";
/** Where its columns begin (proc_pid_limits(5)). */
const SOFT = 26;
const HARD = 47;
const END = 68;
/** More than any limit. */
const UNLIMITED = 1e300;

export const limit: Kind = {
  name: "limit",
  summary: "a limit on open files, processes and the like is wide enough",
  schemes: [],
  timeout: 0,
  fixed: true,
  fields: (): readonly Field[] => [
    required(
      field(
        "text",
        "limit",
        "as ulimit: nofile, nproc, memlock, stack …; pids of the cgroup; or a sysctl, vm.max_map_count",
      ),
    ),
    field("text", "min", 'the least that the limit in force may be: a number, "64KiB" or "unlimited"'),
    field("text", "max", "the greatest"),
    field("text", "hard", "the least that the hard limit may be, up to which the command can raise its own"),
  ],
  verify: (o): readonly Complaint[] => {
    const name = o.text("limit");
    const out: Complaint[] = [];
    const names = NAMES.split("|").map((n) => n.slice(0, n.indexOf(" ")));
    const sysctl = /^[a-z0-9_]+(?:\.[A-Za-z0-9_-]+)+$/.test(name);
    if (name !== "pids" && !names.includes(name) && !sysctl)
      out.push({ field: "limit", text: `must be ${either([...names, "pids", "a sysctl"])}: got ${quoted(name)}` });
    for (const f of ["min", "max", "hard"]) {
      if (o.given(f) && amount(o.text(f)) < 0)
        out.push({ field: f, text: `must be a number, a size such as "64KiB" or unlimited: got ${quoted(o.text(f))}` });
    }
    if (!o.given("min") && !o.given("max") && !o.given("hard"))
      out.push({ field: "limit", text: "needs min, max or hard" });
    if (o.given("hard") && !names.includes(name)) out.push({ field: "hard", text: `does not go with ${quoted(name)}` });
    if (o.given("min") && o.given("max") && amount(o.text("min")) > amount(o.text("max")))
      out.push({ field: "min", text: "is more than max: no limit would do" });
    return out;
  },
  bind: (o): Probe => ({
    target: o.text("limit"),
    look: (_deadline, tell) => {
      tell(judge(o.text("limit"), o.text("min"), o.text("max"), o.text("hard")));
    },
  }),
};

/** Limits are inherited, and nobody changes them meanwhile: what is too little stays so. */
function judge(name: string, min: string, max: string, hard: string): Verdict {
  const found = name === "pids" ? pids() : name.includes(".") ? sysctl(name) : rlimit(name);
  const { now, most, file, cure } = found;
  if (amount(now) < 0) return blind(file);
  if (min !== "" && amount(now) < amount(min)) return fail(`${now}, want at least ${min}`, cure);
  if (max !== "" && amount(now) > amount(max)) return fail(`${now}, want at most ${max}`, cure);
  if (hard !== "" && amount(most) < amount(hard)) return fail(`the hard limit is ${most}, want at least ${hard}`, cure);
  return pass();
}

/** A limit as the kernel writes it, and where. */
interface Limit {
  readonly now: string;
  /** The hard limit, "" where there is no such thing. */
  readonly most: string;
  readonly file: string;
  readonly cure: string;
}

/** Node has raised its own limit of open files to the hard one, and hands that on to the command. */
function rlimit(name: string): Limit {
  const row = NAMES.split("|").find((n) => n.startsWith(`${name} `)) ?? "";
  const title = `Max ${row.slice(name.length + 1)} `;
  const line =
    told(LIMITS)
      .split("\n")
      .find((l) => l.startsWith(title)) ?? "";
  const most = line.slice(HARD, END).trim();
  const cure = `docker run --ulimit ${name}=SOFT:HARD; up to the hard limit, ${most}, the command can raise its own`;
  return { now: line.slice(SOFT, HARD).trim(), most, file: LIMITS, cure };
}

/** The smallest limit on processes that a cgroup above this one sets. */
function pids(): Limit {
  let least = UNLIMITED;
  let file = "/proc/self/cgroup";
  for (const found of numbers("pids", "pids.max")) {
    if (found.number < least) file = found.path;
    least = Math.min(least, found.number);
  }
  const seen = told(file) !== "";
  const now = !seen ? "" : least === UNLIMITED ? "unlimited" : `${least}`;
  return { now, most: "", file, cure: `set in ${file}: docker run --pids-limit, podPidsLimit of the kubelet` };
}

function sysctl(name: string): Limit {
  const file = `/proc/sys/${name.split(".").join("/")}`;
  return {
    now: told(file).trim(),
    most: "",
    file,
    cure: `sysctl -w ${name}=N on the host; docker run --sysctl for net.*`,
  };
}

/** The number behind a limit, below 0 where it is none. */
function amount(text: string): number {
  return text === "unlimited" ? UNLIMITED : text === "" ? -1 : (numeric("size", text) ?? -1);
}
