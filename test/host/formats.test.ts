import { test } from "tap";
import { FORMATS, judge, lengthOf, measure } from "../../src/host/formats.ts";

void test("formats take and refuse, each at its edges", (t) => {
  const good: Readonly<Record<string, readonly string[]>> = {
    string: ["", "x"],
    integer: ["0", "-0", "+7", "007", "9".repeat(30)],
    number: ["1", "1.", ".5", "-1.5E-3", "+0"],
    boolean: ["true", "False", "YES", "no", "on", "OFF", "0", "1"],
    port: ["1", "80", "9999", "10000", "59999", "64999", "65499", "65529", "65535", "00080"],
    url: [
      "a://b",
      "sqlite:///x.db",
      "http://münchen.de/",
      "amqp://u:p@h:1/%2f",
      "redis://:pw@h",
      "http://h?x=1",
      "http://h#f",
    ],
    host: ["a", "a.b.", "1.2.3.4", "::ffff:1.2.3.4", "my_db-1"],
    email: ["a@b", "a.b+c@d.example"],
    uuid: ["00000000-0000-0000-0000-000000000000", "ABCDEFAB-1234-5678-9ABC-DEFABCDEFABC"],
    duration: ["0", "1ns", "2us", "3µs", "1.5h", "1w2d3h4m5s6ms"],
    json: ["0", "null", "[]", '{"a":"\\"}"}', " [1]\n", '"]]]]"'],
    path: ["/", "a/b", "../x", "C:\\x"],
    base64: ["", "AA==", "AAA=", "AAAA", "_-A", "AA"],
  };
  const bad: Readonly<Record<string, readonly string[]>> = {
    integer: ["", "-", "1e3", " 1", "1.0", "٣"],
    number: ["", ".", "e5", "1e", "Infinity", "0x1", "1_000"],
    boolean: ["", "t", "y", "enabled"],
    port: ["", "0", "00000", "65536", "99999", "100000", "+80", "8o"],
    url: [
      "",
      "http:/x",
      "http//x",
      "://x",
      "1a://x",
      "http://",
      "http://:80",
      "http://h:",
      "http://[::1",
      "http://[x]/",
      "http://a,/",
      "http://1.2.3/",
    ],
    host: ["", ".", "a..b", "-", "a b", "[::1]", "1.2.3", "a/b", "x".repeat(254)],
    email: ["", "@b", "a@", "a b@c", ".a@b", "a..b@c", `${"x".repeat(65)}@b`],
    uuid: ["", "{00000000-0000-0000-0000-000000000000}", "00000000-0000-0000-0000-00000000000g"],
    duration: ["", "1", "s", "1 s", "-1s", "1S", "1.s"],
    json: ["", "nul", "[1,]", "{a:1}", "01", '"\n"', "[".repeat(201)],
    path: ["~", "a\tb", "http://x", "x".repeat(4096)],
    base64: ["A", "AA=", "A===", "AA==A", "+-AA", "AAAAA", "A A="],
  };
  for (const format of FORMATS) {
    for (const value of good[format] ?? [])
      t.equal(judge(format, value).why, "", `${format} takes ${JSON.stringify(value)}`);
    for (const value of bad[format] ?? [])
      t.not(judge(format, value).why, "", `${format} refuses ${JSON.stringify(value)}`);
  }
  t.end();
});

void test("formats never tell the value", (t) => {
  for (const format of FORMATS) {
    const { why, hint } = judge(format, "c4n4ry !:/@");
    t.notMatch(`${why} ${hint}`, "c4n4ry", format);
  }
  t.end();
});

void test("measure is the number that bounds are about", (t) => {
  t.equal(measure("integer", "-12"), -12);
  t.equal(measure("number", "1.5e3"), 1500);
  t.equal(measure("duration", "1h30m"), 5_400_000);
  t.equal(measure("duration", "1w1d"), 691_200_000);
  t.equal(measure("duration", "0.5ms"), 0.5);
  t.equal(measure("integer", "x"), undefined);
  t.equal(lengthOf("a😀ü"), 3);
  t.end();
});

void test("a URL says where a password broke it", (t) => {
  for (const value of [
    "postgres://u:p/w@h/db",
    "postgres://u:p#w@h/db",
    "postgres://u:p?w@h/db",
    "postgres://u:p@w@h/db",
  ]) {
    t.match(judge("url", value).hint, "write # as %23", value);
  }
  t.equal(
    judge("url", "http://h:x/a@b").hint === "",
    false,
    "an @ behind a broken port is taken for one of a password",
  );
  t.equal(judge("url", "http://h:x/").hint, "");
  t.end();
});
