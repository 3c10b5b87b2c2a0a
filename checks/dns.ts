/** A name resolves, or has the records that are wanted. */
import { pass, wait, type Complaint, type Kind, type Probe, type Verdict } from "../src/check.ts";
import { choice, field, type Field, type Options, required } from "../src/fields.ts";
import { canonical, endpoint, family, validHost, type Endpoint } from "../src/net/address.ts";
import { keyOf, NAMES, reversed } from "../src/net/message.ts";
import { lookUp, type Found } from "../src/net/records.ts";
import { resolve, unresolved } from "../src/net/resolve.ts";
import { quoted } from "../src/text.ts";

/** So many addresses or records are named, and so much of each. */
const NAMED = 8;
const SHOWN = 200;

export const dns: Kind = {
  name: "dns",
  summary: "a name resolves, or has the records that are wanted",
  schemes: ["dns"],
  timeout: 3000, // a question that got lost is asked again after 2.5 s (musl: resolv.conf's timeout by its attempts)
  fixed: false,
  fields: (): readonly Field[] => [
    required(field("text", "dns", "the name, in DNS or in /etc/hosts; with a type or a server, in DNS alone")),
    choice("type", "the records to look for; for PTR the name may be an address", NAMES),
    field("text", "server", "who is asked: host, host:port or [v6]:port (default: those of /etc/resolv.conf)"),
    field("list", "includes", 'what must be among them, as dig writes it: "10.0.0.1", "10 mx.example.com"'),
    field("list", "equals", "what they must be, all of them and no others, in any order"),
    field("count", "min", "how many there must be at least", "1"),
  ],
  verify: (o): readonly Complaint[] => complaints(o),
  bind: (o): Probe => {
    const given = named(o.text("dns"));
    const name = family(given) === 0 ? given : reversed(given);
    const type = o.text("type");
    const server = o.given("server") ? place(o.text("server")) : null;
    return {
      target: `${given}${type === "" ? "" : ` ${type}`}`,
      look: (deadline, tell) => {
        const found = new Map<string, string>();
        const answers: Found[] = [];
        let pending = type === "" ? 2 : 1;
        let over = false;
        const end = (verdict: Verdict): void => {
          if (over) return;
          over = true;
          clearTimeout(timer);
          tell(verdict);
        };
        const judge = (): Verdict => (found.size === 0 ? nothing(answers, pending) : judged(found, o));
        const timer = setTimeout(() => {
          end(judge());
        }, deadline.left());
        const answered = (a: Found): void => {
          pending--;
          answers.push(a);
          for (const r of a.records) found.set(keyOf(type === "" ? "A" : type, r), r);
          const verdict = judge();
          const enough = verdict.is === "pass" && !o.given("equals"); // the rest could only add to it
          if (pending === 0 || enough) end(verdict);
        };
        if (type !== "") lookUp(name, type, server, deadline, answered);
        else if (server !== null) for (const t of ["AAAA", "A"]) lookUp(name, t, server, deadline, answered);
        else {
          const asked = (code: number, records: readonly string[]): void => {
            answered({ code, records, why: "", mood: "absent" });
          };
          resolve(name, 6, asked);
          resolve(name, 4, asked);
        }
      },
    };
  },
};

/** Why there is nothing: what a server said for itself, or what the codes come to. */
function nothing(answers: readonly Found[], pending: number): Verdict {
  const told = answers.find((a) => a.why !== "" && (a.code === -3 || answers.length + pending === 1));
  if (told !== undefined) return wait(told.why, told.mood);
  const { why, mood } = unresolved(
    answers.map((a) => a.code),
    pending,
  );
  return wait(why, mood);
}

function judged(found: ReadonlyMap<string, string>, o: Options): Verdict {
  const type = o.text("type");
  const has = (entry: string): boolean => [...found.keys()].some((key) => same(type, entry, key));
  const missing = [...o.list("includes"), ...o.list("equals")].filter((e) => !has(e));
  if (missing.length > 0) return wait(`${missing.join(", ")} not among ${list(found)}`, "absent");
  const over = [...found.keys()].filter(
    (key) => o.given("equals") && !o.list("equals").some((e) => same(type, e, key)),
  );
  if (over.length > 0) return wait(`${over.join(", ")} among ${list(found)}, and not wanted`, "absent");
  const min = o.number("min");
  const what = type === "" || type === "A" || type === "AAAA" ? "addresses" : "records";
  return found.size < min ? wait(`${found.size} of ${min} ${what}: ${list(found)}`, "absent") : pass(list(found));
}

/** Is this record meant? Of one with numbers before a name, the name is enough. */
function same(type: string, entry: string, key: string): boolean {
  const want = keyOf(type === "" ? "A" : type, entry);
  const named = (type === "MX" || type === "SRV") && !want.includes(" ");
  return key === want || (named && key.endsWith(` ${want}`));
}

function named(text: string): string {
  return text.startsWith("dns://") ? text.slice(6) : text;
}

/** Where a server is: port 53 is understood. */
function place(text: string): Endpoint {
  if (family(text) === 0 && text.includes(":")) return endpoint(text);
  const why = validHost(text) ? "" : `must be a host, host:port or [v6]:port: got ${quoted(text)}`;
  return { host: text, port: 53, why };
}

function list(found: ReadonlyMap<string, string>): string {
  const all = [...found.values()].map((v) => (/[^ -~]|^$/.test(v) ? quoted(v, SHOWN) : v.slice(0, SHOWN)));
  const more = all.length > NAMED ? ` and ${all.length - NAMED} more` : "";
  return all.slice(0, NAMED).join(", ") + more;
}

function complaints(o: Options): readonly Complaint[] {
  const out: Complaint[] = [];
  const add = (name: string, text: string): void => {
    out.push({ field: name, text });
  };
  const name = named(o.text("dns"));
  const type = o.text("type");
  if (family(name) !== 0 && type !== "PTR")
    add("dns", `must be a name, and an address needs no resolver: got ${quoted(name)}`);
  else if (!validHost(name)) add("dns", `must name a host: got ${quoted(name)}`);
  const why = o.given("server") ? place(o.text("server")).why : "";
  if (why !== "") add("server", why);
  for (const f of ["includes", "equals"]) {
    for (const a of type === "" || type === "A" || type === "AAAA" ? o.list(f) : [])
      if (canonical(a) === "") add(f, `must hold addresses: got ${quoted(a)}`);
  }
  if (o.given("equals") && o.list("equals").length === 0) add("equals", "must hold at least one: none is `not: true`");
  if (o.number("min") < 1) add("min", "must be at least 1: got 0");
  return out;
}
