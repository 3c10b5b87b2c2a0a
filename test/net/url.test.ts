import { test } from "tap";
import { anonymous, authority, origin, pieces, resolved, url, type Url } from "../../src/net/url.ts";

function text(u: Url): string {
  if (u.why !== "") return `wrong: ${u.why}`;
  return `${origin(u)}${u.path}${u.query === "" ? "" : `?${u.query}`}`;
}

void test("a URL is taken apart", (t) => {
  t.strictSame(url("http://auth:8080/healthz?full=1#top"), {
    ...{ scheme: "http", user: "", password: "", host: "auth", port: 8080, path: "/healthz", query: "full=1", why: "" },
  });
  t.strictSame(url("POSTGRES://app:p%40s%2fs:w@[::1]:5432/db"), {
    ...{
      scheme: "postgres",
      user: "app",
      password: "p@s/s:w",
      host: "::1",
      port: 5432,
      path: "/db",
      query: "",
      why: "",
    },
  });
  t.match(url("redis://:secret@cache"), { user: "", password: "secret", host: "cache", port: 0, path: "" });
  t.match(url("http://a@b@c/"), { user: "a@b", host: "c" }, "the last @ counts, as browsers have it");
  t.match(url("postgres:///db?host=/run"), { host: "", path: "/db", query: "host=/run", why: "" });
  t.match(url("http://host?q"), { host: "host", path: "", query: "q" });
  t.match(url("http://host:/"), { port: 0, why: "" }, "RFC 3986, 3.2.3");
  t.match(url("http://[fe80::1%25eth0]/"), { host: "fe80::1%eth0", why: "" });
  t.match(url("http://my_service.internal./"), { host: "my_service.internal.", why: "" });
  t.end();
});

void test("a URL that is wrong says how to put it right", (t) => {
  const why = (x: string): string => url(x).why;
  for (const x of ["", "host:80", "http:/host", "http:host", "//host/", "1http://host", " http://host"]) {
    t.equal(why(x), 'must be a URL such as "http://host:8080/path"', x);
  }
  t.equal(why("http://::1/"), 'must have host or host:port behind "//": an IPv6 address stands in brackets');
  t.equal(
    why("http://u:p/w@host/"),
    'must have host or host:port behind "//": "/", "?" and "#" in a password are percent-encoded',
  );
  t.equal(why("http://host:80:80/"), 'must have host or host:port behind "//"');
  t.equal(why("http://host:http/"), 'must have host or host:port behind "//"');
  t.equal(why("http://[1.2.3.4]/"), "must have an IPv6 address in brackets");
  t.equal(why("http://[]/"), "must have an IPv6 address in brackets");
  for (const x of [
    "http://256.1.1.1/",
    "http://127.1/",
    "http://ho st/",
    "http://hö/",
    "http://a%41/",
    "http://a..b/",
    "http://-a/",
  ]) {
    t.equal(why(x), "must name a host", x);
  }
  for (const x of ["http://h:0/", "http://h:65536/", "http://h:123456/"])
    t.equal(why(x), "must have a port from 1 to 65535", x);
  for (const x of ["http://h/a b", "http://h/\r\nx: y", "http://h/?\0", "http://h/ü", "http://h/\x7f"]) {
    t.match(
      why(x),
      /^must percent-encode blanks, control and non-ASCII characters in path and query/,
      JSON.stringify(x),
    );
  }
  for (const x of ["http://u%:p@h/", "http://u:%ff@h/", "http://u:100%@h/"]) {
    t.equal(why(x), 'must percent-encode its user and password as UTF-8: "%" is written "%25"', x);
  }
  t.end();
});

// RFC 3986, sections 5.4.1 and 5.4.2, those that an http URL can have
const REFERENCES: readonly (readonly [string, string])[] = [
  ["g", "http://a/b/c/g"],
  ["./g", "http://a/b/c/g"],
  ["g/", "http://a/b/c/g/"],
  ["/g", "http://a/g"],
  ["//g", "http://g"],
  ["?y", "http://a/b/c/d;p?y"],
  ["g?y", "http://a/b/c/g?y"],
  ["#s", "http://a/b/c/d;p?q"],
  ["g#s", "http://a/b/c/g"],
  ["g?y#s", "http://a/b/c/g?y"],
  [";x", "http://a/b/c/;x"],
  ["g;x", "http://a/b/c/g;x"],
  ["", "http://a/b/c/d;p?q"],
  [".", "http://a/b/c/"],
  ["./", "http://a/b/c/"],
  ["..", "http://a/b/"],
  ["../", "http://a/b/"],
  ["../g", "http://a/b/g"],
  ["../..", "http://a/"],
  ["../../g", "http://a/g"],
  ["../../../g", "http://a/g"],
  ["/./g", "http://a/g"],
  ["/../g", "http://a/g"],
  ["g.", "http://a/b/c/g."],
  ["..g", "http://a/b/c/..g"],
  ["./../g", "http://a/b/g"],
  ["./g/.", "http://a/b/c/g/"],
  ["g/./h", "http://a/b/c/g/h"],
  ["g/../h", "http://a/b/c/h"],
  ["g;x=1/../y", "http://a/b/c/y"],
  ["g?y/../x", "http://a/b/c/g?y/../x"],
  ["https://b:1/x", "https://b:1/x"],
];

void test("a reference is resolved as RFC 3986 has it", (t) => {
  const base = url("http://a/b/c/d;p?q");
  for (const [reference, want] of REFERENCES) t.equal(text(resolved(base, reference)), want, reference);
  t.equal(text(resolved(url("http://h"), "x")), "http://h/x");
  t.equal(text(resolved(url("http://u:p@[::1]:81/a"), "/b")), "http://[::1]:81/b", "user info stays behind");
  t.match(resolved(base, "file:/etc/passwd"), { scheme: "file", host: "", why: "" });
  t.match(resolved(base, "javascript:alert(1)"), { scheme: "javascript", host: "" });
  t.match(resolved(base, "/a b").why, /^must percent-encode/);
  t.match(resolved(base, "//").host, "");
  t.end();
});

void test("a URL is shown without what stands before its @", (t) => {
  t.equal(anonymous("http://u:p/w@host/x"), '"http://***@host/x"');
  t.equal(anonymous("u:p@host"), '"***@host"');
  t.equal(anonymous("http://host/x"), '"http://host/x"');
  t.equal(authority(url("http://[::1]:80/")), "[::1]:80");
  t.end();
});

void test("pieces finds scheme and password, whatever else is wrong", (t) => {
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
    const u = pieces(value);
    t.equal(u.scheme, scheme, value);
    t.equal(u.password, password, value);
  }
  t.end();
});
