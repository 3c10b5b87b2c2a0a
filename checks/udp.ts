/** A service answers a datagram. */
import { pass, wait, type Complaint, type Kind, type Probe } from "../src/check.ts";
import { field, type Field, required } from "../src/fields.ts";
import { endpoint } from "../src/net/address.ts";
import { inquire } from "../src/net/datagrams.ts";
import { compile } from "../src/pattern.ts";
import { quoted } from "../src/text.ts";

export const udp: Kind = {
  name: "udp",
  summary: "a UDP service answers a request as wanted",
  schemes: [],
  timeout: 2000,
  fixed: false,
  fields: (): readonly Field[] => [
    required(field("text", "udp", "host:port, or [v6]:port; every address of the host is asked, one is enough")),
    required(field("text", "send", "the request: one datagram, once a look")),
    field("pattern", "expect", "what the first 8 KiB of an answer must match; else any answer will do"),
    field("flag", "hex", "send and the answer are bytes, two hexadecimal digits each, in lower case", "false"),
  ],
  verify: (o): readonly Complaint[] => {
    const why = endpoint(o.text("udp")).why;
    const out: Complaint[] = why === "" ? [] : [{ field: "udp", text: why }];
    if (o.flag("hex") && !/^(?:[0-9a-fA-F]{2})*$/.test(o.text("send")))
      out.push({
        field: "send",
        text: `must be pairs of hexadecimal digits: got ${quoted(o.value("send")?.raw ?? "")}`,
      });
    return out;
  },
  bind: (o): Probe => {
    const place = endpoint(o.text("udp"));
    const hex = o.flag("hex");
    const request = hex ? Buffer.from(o.text("send"), "hex") : Buffer.from(o.text("send"));
    const expect = o.given("expect") ? compile(o.text("expect")) : null;
    return {
      target: place.host.includes(":") ? `[${place.host}]:${place.port}` : `${place.host}:${place.port}`,
      look: (deadline, tell) => {
        inquire(
          [place],
          request,
          0,
          deadline,
          (bytes) => {
            const text = hex ? bytes.toString("hex") : bytes.toString("utf8");
            if (expect !== null && expect.matches(text, deadline) !== true) return `the answer is ${quoted(text)}`;
            tell(pass());
            return "";
          },
          (why, mood) => {
            tell(wait(why, mood));
          },
        );
      },
    };
  },
};
