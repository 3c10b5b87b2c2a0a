/** A port of this machine is listened on, or free. */
import { pass, wait, type Complaint, type Kind, type Probe, type Verdict } from "../src/check.ts";
import { choice, field, type Field, required } from "../src/fields.ts";
import { blind } from "../src/host/kernel.ts";
import { canonical, family } from "../src/net/address.ts";
import { listeners } from "../src/net/listeners.ts";
import { quoted } from "../src/text.ts";

export const port: Kind = {
  name: "port",
  summary: "a port of this machine or container is listened on, or free",
  schemes: [],
  timeout: 0,
  fixed: false,
  fields: (): readonly Field[] => [
    required(field("count", "port", "the port; nothing is connected or bound, the kernel's list is read")),
    choice("state", "what must be so: somebody listens, or nobody", ["listening", "free"], "listening"),
    field("text", "address", 'the local address that it must be reached at, or free at: "0.0.0.0" is all of IPv4'),
    choice("protocol", "which ports are meant", ["tcp", "udp"], "tcp"),
  ],
  verify: (o): readonly Complaint[] => {
    const out: Complaint[] = [];
    const at = o.text("address");
    if (o.number("port") < 1 || o.number("port") > 65_535)
      out.push({ field: "port", text: `must be from 1 to 65535: got ${o.number("port")}` });
    if (o.given("address") && family(at) === 0)
      out.push({ field: "address", text: `must be an address: got ${quoted(at)}` });
    return out;
  },
  bind: (o): Probe => {
    const number = o.number("port");
    const protocol = o.text("protocol");
    const at = o.text("address");
    const free = o.text("state") === "free";
    return {
      target: `${at.includes(":") ? `[${at}]` : at}${at === "" ? "" : ":"}${number}${protocol === "udp" ? "/udp" : ""}`,
      look: (_deadline, tell) => {
        const found = listeners(protocol, number);
        if (found === null) tell(blind(`/proc/net/${protocol}`));
        else tell(free ? vacant(found, at) : heard(found, at));
      },
    };
  },
};

/** The list is long to read on a large machine: it is asked for as often as a server is. */
function heard(found: readonly string[], at: string): Verdict {
  if (found.length === 0) return wait("nobody listens", "answering");
  if (at === "" || found.some((a) => covers(a, at))) return pass(found.join(", "));
  const local = found.every((a) => a === "::1" || a.startsWith("127."));
  const cure = local ? "what listens on a loopback address is not reached from outside of its container" : "";
  return wait(`listened on at ${found.join(", ")}, want ${at}`, "answering", cure);
}

/** Who had the port may be about to leave it. */
function vacant(found: readonly string[], at: string): Verdict {
  const taken = found.filter((a) => at === "" || covers(a, at) || covers(at, a));
  return taken.length === 0 ? pass() : wait(`taken: somebody listens on ${taken.join(", ")}`, "answering");
}

/** Does who listens on one address get what is sent to the other? On "::" most hear IPv4 too; who does not is not told apart. */
function covers(listener: string, at: string): boolean {
  return (
    canonical(listener) === canonical(at) ||
    listener === "::" ||
    (listener === "0.0.0.0" && family(canonical(at)) === 4)
  );
}
