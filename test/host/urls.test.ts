import { test } from "tap";
import { schemed, url } from "../../src/host/urls.ts";

void test("url finds scheme and password, whatever else is wrong", (t) => {
  const rows: readonly (readonly [string, string, string])[] = [
    ["postgres://app:s3cret@db:5432/app", "postgres", "s3cret"],
    ["REDIS://:s3cret@h", "redis", "s3cret"],
    ["amqp://u@h", "amqp", ""],
    ["mongodb://u:p:q@a:1,b:2/db", "mongodb", "p:q"],
    ["jdbc:mysql://h/db", "jdbc:mysql", ""],
    ["http://h/x:y@z", "http", ""],
    ["no url", "", ""],
  ];
  for (const [value, scheme, password] of rows) {
    const u = url(value);
    t.equal(u.scheme, scheme, value);
    t.equal(u.password, password, value);
  }
  t.end();
});

void test("url says where a password broke it", (t) => {
  for (const value of [
    "postgres://u:p/w@h/db",
    "postgres://u:p#w@h/db",
    "postgres://u:p?w@h/db",
    "postgres://u:p@w@h/db",
  ]) {
    t.match(url(value).judged.hint, "write # as %23", value);
  }
  t.equal(url("http://h:x/a@b").judged.hint === "", false, "an @ behind a broken port is taken for one of a password");
  t.equal(url("http://h:x/").judged.hint, "");
  t.end();
});

void test("schemed takes a scheme, or what stands in front of its colon", (t) => {
  t.equal(schemed("https", [], "").why, "");
  t.equal(schemed("jdbc:mysql", ["jdbc"], "jdbc").why, "");
  t.equal(schemed("ftp", ["http", "https"], "http or https").why, 'scheme is "ftp", want http or https');
  t.end();
});
