/** A process runs. */
import {
  pass,
  unable,
  wait,
  type Complaint,
  type Deadline,
  type Kind,
  type Probe,
  type Verdict,
} from "../src/check.ts";
import { field, type Field, required } from "../src/fields.ts";
import { read } from "../src/host/files.ts";
import { blind } from "../src/host/kernel.ts";
import { called, running, type Running } from "../src/host/processes.ts";
import { troubleOf } from "../src/host/trouble.ts";
import { compile, type Pattern } from "../src/pattern.ts";
import { plural, quoted } from "../src/text.ts";

export const process: Kind = {
  name: "process",
  summary: "a process runs, by its name or its pid file",
  schemes: [],
  timeout: 0,
  fixed: false,
  fields: (): readonly Field[] => [
    required(field("text", "process", 'its name, as ps and pgrep have it; with a "/" in it, the path of its pid file')),
    field("pattern", "pattern", "what its command line must match"),
  ],
  verify: (o): readonly Complaint[] => {
    const text = o.text("process");
    return text === "" || text.includes("\0") ? [{ field: "process", text: "must be a name or a path" }] : [];
  },
  bind: (o): Probe => {
    const what = o.text("process");
    const pattern = o.given("pattern") ? compile(o.text("pattern")) : null;
    return {
      target: what,
      look: (deadline, tell) => {
        tell(what.includes("/") ? byFile(what, pattern, deadline) : byName(what, pattern, deadline));
      },
    };
  },
};

function byName(name: string, pattern: Pattern | null, deadline: Deadline): Verdict {
  const found = called(name);
  if (found === null) return blind("/proc/self/stat");
  for (const p of found) if (fits(p, pattern, deadline)) return pass();
  const cure = "only processes of its own container are seen: pid in Compose, shareProcessNamespace in Kubernetes";
  if (found.length === 0) return wait(`no process is called ${quoted(name)}`, "answering", cure);
  return wait(`the command line does not match: ${plural(found.length, "process")} of this name`, "answering");
}

/** The first line of a pid file is a number; PostgreSQL has more below it. */
function byFile(path: string, pattern: Pattern | null, deadline: Deadline): Verdict {
  const bytes = read(path, 64);
  if (typeof bytes === "number") {
    const { is, why, hint } = troubleOf(bytes, path);
    return is === "wrong" ? unable(why, hint) : wait(why, is === "missing" ? "absent" : "silent", hint);
  }
  if (typeof read("/proc/self/stat", 1) === "number") return blind("/proc/self/stat");
  const pid = (bytes.toString("utf8").split("\n", 1).at(0) ?? "").trim();
  if (!/^[1-9][0-9]{0,9}$/.test(pid))
    return wait(bytes.length === 0 ? "empty" : "does not begin with a number", "absent");
  const found = running(pid);
  if (found === null) return wait(`no process ${pid} runs: its pid file was left behind`, "absent");
  if (fits(found, pattern, deadline)) return pass();
  return wait(`the command line of process ${pid}, ${quoted(found.name)}, does not match`, "absent");
}

function fits(p: Running, pattern: Pattern | null, deadline: Deadline): boolean {
  return pattern === null || pattern.matches(p.line, deadline) === true;
}
