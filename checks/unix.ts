/** A Unix stream socket accepts connections. */
import { fail, pass, wait, type Complaint, type Kind, type Probe } from "../src/check.ts";
import { field, type Field, required } from "../src/fields.ts";
import { knock } from "../src/net/unix.ts";
import { quoted } from "../src/text.ts";

/** sun_path with its NUL (unix(7)). */
const LONGEST = 107;

export const unix: Kind = {
  name: "unix",
  summary: "a Unix stream socket accepts connections",
  schemes: ["unix"],
  timeout: 2000,
  fixed: false,
  fields: (): readonly Field[] => [
    required(field("text", "unix", 'the path of the socket, or "@name" where it is abstract')),
  ],
  verify: (o): readonly Complaint[] => {
    const path = place(o.text("unix"));
    const bytes = Buffer.from(path).length;
    if (path === "" || path === "@")
      return [{ field: "unix", text: `must be a path, or "@name": got ${quoted(o.text("unix"))}` }];
    if (path.includes("\0")) return [{ field: "unix", text: "must not hold a NUL" }];
    return bytes > LONGEST
      ? [{ field: "unix", text: `must have at most ${LONGEST} bytes, all that a socket's path can have: got ${bytes}` }]
      : [];
  },
  bind: (o): Probe => {
    const path = place(o.text("unix"));
    return {
      target: path,
      look: (_deadline, tell) => {
        knock(path, (deaf) => {
          if (deaf === null) tell(pass());
          else tell(deaf.lasting ? fail(deaf.why, deaf.advice) : wait(deaf.why, deaf.mood));
        });
      },
    };
  },
};

/** "unix:///run/x.sock" is "/run/x.sock". */
function place(text: string): string {
  return text.startsWith("unix://") ? text.slice(7) : text;
}
