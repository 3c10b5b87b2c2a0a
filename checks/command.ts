/** A program ends as wanted. */
import {
  fail,
  pass,
  unable,
  wait,
  type Complaint,
  type Deadline,
  type Kind,
  type Probe,
  type Verdict,
} from "../src/check.ts";
import { field, type Field, type Options, required } from "../src/fields.ts";
import { run, type Ran } from "../src/host/command.ts";
import { compile, type Pattern } from "../src/pattern.ts";
import { secrets } from "../src/redact.ts";
import { either, quoted, short, span, visible } from "../src/text.ts";

/** Characters of a line of output that are shown. */
const WIDTH = 160;

export const command: Kind = {
  name: "command",
  summary: "a program ends as wanted",
  schemes: [],
  timeout: 5000,
  fixed: false,
  fields: (): readonly Field[] => [
    required(field("list", "command", "the program and its arguments, a list; used as it is, never split")),
    field("list", "exit", "the exit codes that pass", "0"),
    field("list", "fail_exit", "the exit codes that fail for good"),
    field("text", "contains", "what its output must contain, in its first 64 KiB"),
    field("pattern", "pattern", "what its output must match, in its first 64 KiB"),
    field("flag", "shell", "the one text is for /bin/sh -c", "false"),
  ],
  verify: (o): readonly Complaint[] => {
    const out: Complaint[] = [];
    const argv = o.list("command");
    if ((argv.at(0) ?? "") === "") out.push({ field: "command", text: "must name a program" });
    if (argv.some((a) => a.includes("\0"))) out.push({ field: "command", text: "must not hold a NUL" });
    if (o.flag("shell") && argv.length > 1)
      out.push({ field: "command", text: `must be one text with "shell": got ${argv.length}` });
    for (const name of ["exit", "fail_exit"]) {
      for (const code of o.list(name))
        if (!isCode(code)) out.push({ field: name, text: `must be codes from 0 to 255: got ${quoted(code)}` });
    }
    const both = codes(o, "fail_exit").filter((c) => codes(o, "exit").includes(c));
    if (both.length > 0) out.push({ field: "fail_exit", text: `must not hold what passes: got ${both.join(", ")}` });
    return out;
  },
  bind: (o): Probe => {
    const list = o.list("command");
    const argv: readonly string[] = o.flag("shell") ? ["/bin/sh", "-c", ...list] : list;
    const pattern = o.given("pattern") ? compile(o.text("pattern")) : null;
    return {
      target: short(o.value("command")?.raw ?? "", WIDTH),
      look: (deadline, tell) => {
        run(argv, deadline, (ran) => {
          if (ran.errno !== 0) tell(unstarted(ran.errno, argv, o.flag("shell")));
          else if (ran.queued) tell(wait("too much is looked at at once to start it", "unable"));
          else if (ran.late) tell(wait(late(ran), "unable", "", shown(ran)));
          else if (ran.signal !== "") tell(wait(`ended by ${ran.signal}`, "answering", "", shown(ran)));
          else if (codes(o, "fail_exit").includes(ran.code)) {
            tell(fail(`exit code ${ran.code}, which fail_exit names`, "", shown(ran)));
          } else if (!codes(o, "exit").includes(ran.code)) {
            const want = either(o.list("exit"));
            tell(wait(`exit code ${ran.code}, want ${want}`, "answering", "", shown(ran)));
          } else tell(said(ran, o, pattern, deadline));
        });
      },
    };
  },
};

function said(ran: Ran, o: Options, pattern: Pattern | null, deadline: Deadline): Verdict {
  const contains = o.text("contains");
  const cut = ran.cut ? " in its first 64 KiB" : "";
  if (!ran.head.includes(contains)) {
    return wait(`the output does not contain ${quoted(contains)}${cut}`, "answering", "", shown(ran));
  }
  const matches = pattern === null || pattern.matches(ran.head, deadline);
  if (matches === true) return pass();
  const not = matches === false ? "does not match" : "could not be compared in time with";
  return wait(`the output ${not} ${quoted(o.text("pattern"))}${cut}`, "answering", "", shown(ran));
}

function isCode(text: string): boolean {
  return /^(?:0|[1-9][0-9]{0,2})$/.test(text) && Number(text) < 256;
}

function codes(o: Options, name: string): readonly number[] {
  return o.list(name).map((c) => Number(c));
}

function late(ran: Ran): string {
  return `still running after ${span(ran.took)}${ran.stubborn ? ", and SIGTERM did not end it" : ""}`;
}

/** The last lines of its output. */
function shown(ran: Ran): readonly string[] {
  return ran.last.map((l) => visible(short(secrets.strike(l), WIDTH)));
}

function unstarted(errno: number, argv: readonly string[], shell: boolean): Verdict {
  const program = argv.at(0) ?? "";
  switch (errno) {
    case 2: {
      if (shell)
        return unable(
          "cannot start /bin/sh: not found",
          "without a shell in the image, give the program and its arguments as a list",
        );
      const cure =
        /\s/.test(program) && argv.length === 1 ? "it is used as it is, never split: write a list, or shell: true" : "";
      if (!program.includes("/")) return unable(`cannot start ${quoted(program)}: not found in PATH`, cure);
      return unable(
        `cannot start ${quoted(program)}: not found`,
        cure === "" ? "or the interpreter that it names is not there" : cure,
      );
    }
    case 7:
      return unable("cannot start it: its arguments are too long");
    case 8:
      return unable(
        `cannot start ${quoted(program)}: neither a program for this machine nor a script that begins with #!`,
      );
    case 13:
      return unable(
        `cannot start ${quoted(program)}: permission denied`,
        "it must be a file, executable, and not on a volume mounted noexec",
      );
    case 11:
    case 12:
    case 23:
    case 24:
      return wait("this machine has no room to start it now", "unable");
    default:
      return unable(`cannot start ${quoted(program)}: errno ${errno}`);
  }
}
