/** A name resolves. */
import { pass, wait, type Complaint, type Kind, type Probe, type Verdict } from "../src/check.ts";
import { field, type Field, required } from "../src/fields.ts";
import { canonical, family, validHost } from "../src/net/address.ts";
import { resolve as ask, unresolved } from "../src/net/resolve.ts";
import { quoted } from "../src/text.ts";

/** So many addresses are named. */
const NAMED = 8;

export const dns: Kind = {
  name: "dns",
  summary: "a name resolves",
  schemes: ["dns"],
  timeout: 3000, // a question that got lost is asked again after 2.5 s (musl: resolv.conf's timeout by its attempts)
  fixed: false,
  fields: (): readonly Field[] => [
    required(field("text", "dns", "the name, in DNS or in /etc/hosts")),
    field("list", "includes", "addresses that must be among its addresses"),
    field("count", "min", "how many addresses it must have at least", "1"),
  ],
  verify: (o): readonly Complaint[] => {
    const out: Complaint[] = [];
    const name = named(o.text("dns"));
    if (family(name) !== 0)
      out.push({ field: "dns", text: `must be a name, and an address needs no resolver: got ${quoted(name)}` });
    else if (!validHost(name)) out.push({ field: "dns", text: `must name a host: got ${quoted(name)}` });
    for (const a of o.list("includes")) {
      if (family(a) === 0) out.push({ field: "includes", text: `must hold addresses: got ${quoted(a)}` });
    }
    if (o.number("min") < 1) out.push({ field: "min", text: "must be at least 1: got 0" });
    return out;
  },
  bind: (o): Probe => {
    const name = named(o.text("dns"));
    const includes = o.list("includes");
    const min = o.number("min");
    return {
      target: name,
      look: (deadline, tell) => {
        const found = new Map<string, string>();
        const codes: number[] = [];
        let pending = 2;
        let over = false;
        const end = (verdict: Verdict): void => {
          if (over) return;
          over = true;
          clearTimeout(timer);
          tell(verdict);
        };
        const judge = (): Verdict => {
          if (found.size === 0) {
            const { why, mood } = unresolved(codes, pending);
            return wait(why, mood);
          }
          const missing = includes.filter((a) => !found.has(canonical(a)));
          if (missing.length > 0) return wait(`${missing.join(", ")} not among ${list(found)}`, "absent");
          if (found.size < min) return wait(`${found.size} of ${min} addresses: ${list(found)}`, "absent");
          return pass(list(found));
        };
        const timer = setTimeout(() => {
          end(judge());
        }, deadline.left());
        const answered = (code: number, addresses: readonly string[]): void => {
          pending--;
          if (code !== 0) codes.push(code);
          for (const a of addresses) found.set(canonical(a), a);
          const verdict = judge();
          if (pending === 0 || verdict.is === "pass") end(verdict); // the rest could only add to it
        };
        ask(name, 6, answered);
        ask(name, 4, answered);
      },
    };
  },
};

function named(text: string): string {
  return text.startsWith("dns://") ? text.slice(6) : text;
}

function list(found: ReadonlyMap<string, string>): string {
  const all = [...found.values()];
  const more = all.length > NAMED ? ` and ${all.length - NAMED} more` : "";
  return all.slice(0, NAMED).join(", ") + more;
}
