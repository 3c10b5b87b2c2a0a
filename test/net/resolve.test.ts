import { test } from "tap";
import { inside } from "../support/world.ts";
import { unresolved } from "../../src/net/resolve.ts";
import { Slots, type Ticket } from "../../src/net/slots.ts";

const many = Object.fromEntries(
  Array.from({ length: 120 }, (_, i) => [`n${i}.test`, { A: ["127.0.0.1"], delay: i % 7 }]),
);

inside(
  { names: many, listen: [7000] },
  "resolve asks for 120 names at once, with threads and descriptors that suffice",
  async (t, preflight) => {
    const r = await preflight.run([...Object.keys(many).map((n) => `tcp:${n}:7000`), "--", "echo", "started"]);
    t.equal(r.stdout, "started\n", r.stderr);
  },
);

inside(
  { names: many, listen: [7000], files: 16 },
  "resolve asks for 120 names with 16 descriptors",
  async (t, preflight) => {
    const r = await preflight.run([...Object.keys(many).map((n) => `tcp:${n}:7000`), "--", "echo", "started"]);
    t.equal(r.stdout, "started\n", r.stderr);
  },
  "binary",
);

void test("unresolved tells a name that is not there from a resolver that is not", (t) => {
  t.same(unresolved([-2], 1), { why: "the name does not resolve", mood: "absent" });
  t.same(unresolved([-5, -5], 0), { why: "the name has no address", mood: "absent" });
  t.same(unresolved([-3, -5], 0), { why: "the resolver fails", mood: "silent" });
  t.same(unresolved([], 2), { why: "no answer from the resolver", mood: "silent" });
  t.end();
});

void test("slots are given in order, never more than there are, and back once", (t) => {
  const slots = new Slots(() => 3);
  const held: string[] = [];
  const take = (name: string, count: number): Ticket => slots.take(count, () => held.push(name));
  const a = take("a", 2);
  const b = take("b", 2);
  const c = take("c", 1);
  t.same(held, ["a"], "nobody overtakes");
  a.end();
  a.end();
  t.same(held, ["a", "b", "c"]);
  const d = take("d", 9);
  b.end();
  t.same(held, ["a", "b", "c"], "who asks for more than there is gets all of it");
  c.end();
  t.same(held, ["a", "b", "c", "d"]);
  const gone = take("gone", 1);
  const e = take("e", 1);
  gone.end();
  d.end();
  t.same(held, ["a", "b", "c", "d", "e"], "who left the queue is passed over");
  e.end();
  let served = 0;
  for (let i = 0; i < 100_000; i++)
    slots.take(1, (ticket) => {
      served++;
      ticket.end();
    });
  t.equal(served, 100_000);
  const all = slots.take(3, () => {});
  for (let i = 0; i < 100_000; i++)
    slots.take(1, (ticket) => {
      served++;
      ticket.end();
    });
  all.end();
  t.equal(served, 200_000, "a long queue is no deep stack");
  t.end();
});
