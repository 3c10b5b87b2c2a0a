/** The system is one that the command was made for. */
import { fail, pass, type Complaint, type Kind, type Probe } from "../src/check.ts";
import { field, type Field, required } from "../src/fields.ts";
import { blind, told } from "../src/host/kernel.ts";
import { either, quoted } from "../src/text.ts";

/** The kernel's own version: "6.1.0-25-amd64" (proc_sys_kernel(5)). */
const RELEASE = "/proc/sys/kernel/osrelease";
const VERSION = /^([0-9]+)(?:\.([0-9]+))?(?:\.([0-9]+))?/;

export const platform: Kind = {
  name: "platform",
  summary: "the system, its processor and its kernel are as wanted",
  schemes: [],
  timeout: 0,
  fixed: true,
  fields: (): readonly Field[] => [
    required(
      field("list", "platform", 'what preflight runs on, as Docker calls it: "linux/arm64", or "linux"; or a list'),
    ),
    field("text", "kernel", 'the least version of the kernel, such as "5.10"'),
  ],
  verify: (o): readonly Complaint[] => {
    const out: Complaint[] = [];
    const names = o.list("platform");
    if (names.length === 0) out.push({ field: "platform", text: "must name at least one" });
    for (const name of names) {
      if (!/^[a-z0-9]+(?:\/[a-z0-9_]+)?$/.test(name))
        out.push({
          field: "platform",
          text: `must be a system such as "linux", or "linux/amd64": got ${quoted(name)}`,
        });
    }
    const kernel = o.text("kernel");
    if (kernel !== "" && !/^[0-9]{1,9}(?:\.[0-9]{1,9}){0,2}$/.test(kernel))
      out.push({ field: "kernel", text: `must be a version such as "5.10": got ${quoted(kernel)}` });
    return out;
  },
  bind: (o): Probe => {
    const names = o.list("platform");
    const kernel = o.text("kernel");
    return {
      target: names.join(", "),
      look: (_deadline, tell) => {
        const own = `${usual(process.platform)}/${usual(process.arch)}`;
        const release = kernel === "" ? "" : told(RELEASE).trim();
        if (!names.some((n) => `${own}/`.startsWith(`${n.split("/").map(usual).join("/")}/`)))
          tell(fail(`is ${own}, want ${either(names)}`, "build or pull for this platform: docker build --platform"));
        else if (kernel !== "" && !VERSION.test(release)) tell(blind(RELEASE));
        else if (kernel !== "" && rank(release) < rank(kernel))
          tell(fail(`the kernel is ${release}, want ${kernel} or newer`, "a container has the kernel of its host"));
        else tell(pass());
      },
    };
  },
};

/** A name as Docker has it, whoever else gave it: Node, uname(2) (containerd, platforms/database.go). */
function usual(name: string): string {
  switch (name) {
    case "x64":
    case "x86_64":
      return "amd64";
    case "aarch64":
      return "arm64";
    case "ia32":
      return "386";
    case "win32":
      return "windows";
    case "macos":
      return "darwin";
    default:
      return name;
  }
}

/** Versions in the order of their numbers. */
function rank(version: string): number {
  const m = VERSION.exec(version);
  return (Number(m?.[1] ?? "") * 1e5 + Number(m?.[2] ?? "")) * 1e5 + Number(m?.[3] ?? "");
}
