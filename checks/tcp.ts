/** A TCP port accepts connections. */
import { fail, pass, wait, type Complaint, type Deadline, type Kind, type Probe, type Verdict } from "../src/check.ts";
import { field, type Field, required } from "../src/fields.ts";
import { endpoint } from "../src/net/address.ts";
import type { Connection } from "../src/net/connection.ts";
import { dial, type Dialled } from "../src/net/dial.ts";
import { compile, type Pattern } from "../src/pattern.ts";
import { quoted, span } from "../src/text.ts";

/** A banner is looked for in this many bytes. */
const BANNER = 4096;

export const tcp: Kind = {
  name: "tcp",
  summary: "a TCP port accepts connections",
  schemes: ["tcp"],
  timeout: 2000,
  fixed: false,
  fields: (): readonly Field[] => [
    required(field("text", "tcp", "host:port, or [v6]:port; every address of the host is tried")),
    field("duration", "hold", "the connection must stay open this long; `timeout` must be longer"),
    field("pattern", "expect", "what the first 4 KiB from the server must match"),
    field("flag", "closed", "nothing may listen: every address must refuse", "false"),
  ],
  verify: (o): readonly Complaint[] => {
    const why = endpoint(o.text("tcp")).why;
    if (why !== "") return [{ field: "tcp", text: why }];
    const more = o.flag("closed") && (o.given("hold") || o.given("expect"));
    return more ? [{ field: "closed", text: "goes with neither hold nor expect" }] : [];
  },
  bind: (o): Probe => {
    const { host, port } = endpoint(o.text("tcp"));
    const closed = o.flag("closed");
    const hold = o.number("hold");
    const expect = o.given("expect") ? compile(o.text("expect")) : null;
    return {
      target: host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`,
      look: (deadline, tell) => {
        dial(host, port, deadline, (d) => {
          if (closed) tell(absent(d));
          else if (d.connection !== null) converse(d.connection, expect, hold, deadline, tell);
          else tell(d.forbidden ? fail(d.why) : wait(d.why, d.mood));
        });
      },
    };
  },
};

/** Only a refusal says that nothing listens: silence may be a firewall, or a server that is busy. */
function absent(d: Dialled): Verdict {
  if (d.connection !== null) {
    d.connection.close();
    return wait("something listens, and must not", "answering");
  }
  if (d.refused) return pass();
  return d.forbidden ? fail(d.why) : wait(`not refused: ${d.why}`, d.mood);
}

/** Passes once the banner came and the connection has stayed open for `hold` milliseconds. */
function converse(
  connection: Connection,
  expect: Pattern | null,
  hold: number,
  deadline: Deadline,
  then: (verdict: Verdict) => void,
): void {
  if (hold === 0 && expect === null) {
    connection.close();
    then(pass());
    return;
  }
  let banner = Buffer.alloc(0);
  let held = hold === 0;
  let matched = expect === null;
  const end = (verdict: Verdict): void => {
    clearTimeout(timer);
    clearTimeout(holding);
    connection.close();
    then(verdict);
  };
  const said = (): string =>
    banner.length === 0 ? "the server says nothing" : `the server says ${quoted(banner.toString("utf8"))}`;
  const late = deadline.left() <= hold;
  const timer = setTimeout(() => {
    if (!matched) end(wait(said(), banner.length === 0 ? "silent" : "answering"));
    else
      end(
        wait(
          `could not be held open for ${span(hold)} in time`,
          "answering",
          late ? "`timeout` must be longer than `hold`" : "",
        ),
      );
  }, deadline.left());
  const holding = setTimeout(() => {
    held = true;
    if (matched) end(pass());
  }, hold);
  connection.listen(
    (bytes) => {
      if (matched || expect === null || banner.length >= BANNER) return;
      banner = Buffer.concat([banner, bytes]).subarray(0, BANNER);
      matched = expect.matches(banner.toString("utf8"), deadline) === true;
      if (matched && held) end(pass());
    },
    (why) => {
      const how = why === "" ? "connection closed" : why;
      end(wait(matched ? `${how} before ${span(hold)} were over` : `${how}, ${said()}`, "answering"));
    },
  );
}
