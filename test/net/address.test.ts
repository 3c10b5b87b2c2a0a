import { test } from "tap";
import { isIP } from "node:net";
import fc from "fast-check";
import { canonical, endpoint, family, validHost } from "../../src/net/address.ts";

void test("family agrees with Node about every text", (t) => {
  const part = fc.oneof(
    fc.constantFrom("", "0", "1", "01", "255", "256", "ffff", "FFFFF", "g", "1.2.3.4", "%eth0", "[", "]"),
    fc.string({ maxLength: 3 }),
  );
  const address = fc.oneof(
    fc.ipV4(),
    fc.ipV6(),
    fc.array(part, { maxLength: 10 }).map((p) => p.join(":")),
    fc.array(part, { maxLength: 5 }).map((p) => p.join(".")),
    fc.array(fc.constantFrom("", "1", "a", "1.2.3.4"), { maxLength: 10 }).map((p) => p.join(":")),
  );
  fc.assert(
    fc.property(address, (text) => {
      fc.pre(!text.includes("%")); // zones: Node wants no more than one "%", and then any text
      return family(text) === isIP(text);
    }),
    { numRuns: 20_000 },
  );
  t.pass();
  t.end();
});

void test("canonical is one text for one address", (t) => {
  for (const [a, b] of [
    ["::1", "0:0:0:0:0:0:0:1"],
    ["FD00::0001", "fd00:0::1"],
    ["::ffff:1.2.3.4", "1.2.3.4"],
    ["::ffff:102:304", "1.2.3.4"],
    ["64:ff9b::1.2.3.4", "64:ff9b::102:304"],
    ["fe80::1%eth0", "FE80:0::1%eth0"],
  ] as const) {
    t.equal(canonical(a), canonical(b), `${a} is ${b}`);
  }
  for (const [a, b] of [
    ["::1", "::2"],
    ["fe80::1%eth0", "fe80::1%eth1"],
    ["1.2.3.4", "::1.2.3.4"],
  ] as const) {
    t.not(canonical(a), canonical(b), `${a} is not ${b}`);
  }
  for (const none of ["", "db", "1.2.3", "1.2.3.256", "[::1]", ":::", "1::2::3", "::1%"])
    t.equal(canonical(none), "", none);
  t.end();
});

void test("validHost takes names that a resolver may be asked for", (t) => {
  const label = "a".repeat(63);
  const good = [
    "db",
    "db.",
    "a-b",
    "my_db.default.svc.cluster.local",
    "_dmarc.x",
    "x--y",
    "0a",
    label,
    `${label}.${label}.${label}.${"a".repeat(61)}`,
    "1.2.3.4",
    "::1",
  ];
  const bad = [
    "",
    ".",
    "..",
    "a..b",
    ".a",
    "-a",
    "a.-b",
    "a b",
    "1.2.3",
    "256.1.1.1",
    "1",
    "é",
    `${label}a`,
    `${label}.${label}.${label}.${"a".repeat(62)}`,
    "a/b",
    "[::1]",
  ];
  for (const h of good) t.ok(validHost(h), h);
  for (const h of bad) t.notOk(validHost(h), h);
  const from = performance.now();
  validHost("a".repeat(1_000_000));
  validHost("a-".repeat(500_000));
  validHost("a.".repeat(500_000));
  t.ok(performance.now() - from < 200, "in linear time");
  t.end();
});

void test("endpoint reads host:port and says what is wrong with anything else", (t) => {
  t.same(endpoint("db:5432"), { host: "db", port: 5432, why: "" });
  t.same(endpoint("tcp://db:5432"), { host: "db", port: 5432, why: "" });
  t.same(endpoint("[::1]:80"), { host: "::1", port: 80, why: "" });
  for (const [text, why] of [
    ["db", 'must be host:port: got "db"'],
    ["::1:80", 'must be host:port, and an IPv6 address stands in brackets: got "::1:80"'],
    ["::1", 'must be host:port, and an IPv6 address stands in brackets: got "::1"'],
    ["[db]:80", 'must have an IPv6 address in brackets: got "db"'],
    ["[]:80", 'must have an IPv6 address in brackets: got ""'],
    [":80", 'must name a host: got ""'],
    ["-x:80", 'must name a host: got "-x"'],
    ["db:0", "must have a port from 1 to 65535: got 0"],
    ["db:65536", "must have a port from 1 to 65535: got 65536"],
    ["db:postgres", 'must be host:port: got "db:postgres"'],
    ["db:80/x", 'must be host:port: got "db:80/x"'],
  ] as const) {
    t.equal(endpoint(text).why, why, text);
  }
  t.end();
});
