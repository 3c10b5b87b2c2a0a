import fc from "fast-check";
import { test } from "tap";
import { Answer } from "../../src/net/answer.ts";
import { misheaded, written } from "../../src/net/http.ts";
import { url } from "../../src/net/url.ts";
import { outcome } from "../fuzz/http.ts";
import { VERSION } from "../../src/version.ts";

const RUNS = Number(process.env["FUZZ_RUNS"] ?? "500");

interface Read {
  readonly state: string;
  readonly status: number;
  readonly why: string;
  readonly truncated: boolean;
  readonly body: string;
  readonly x: string;
}

/** What an answer comes to after which the peer closes; cut at every position and byte by byte it must be the same. */
function read(text: string, bodiless = false): Read {
  const bytes = Buffer.from(text, "latin1");
  const whole = outcome(bytes, Math.max(1, bytes.length), bodiless);
  const sizes = bytes.length < 300 ? bytes.length : 20;
  for (let size = 1; size < sizes; size++) {
    const other = outcome(bytes, size, bodiless);
    if (other !== whole) throw new Error(`in pieces of ${size}: ${other}, whole: ${whole}`);
  }
  const [state, status, why, truncated, body, x] = JSON.parse(whole) as [
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  return { state, status: Number(status), why, truncated: truncated === "truncated", body, x };
}

/** `state why`, for answers that come to nothing. */
function wrong(text: string, bodiless = false): string {
  const r = read(text, bodiless);
  return r.why === "" ? r.state : `${r.state}: ${r.why}`;
}

const OK = "HTTP/1.1 200 OK\r\n";

void test("an answer is read with a length, in chunks, and to the end", (t) => {
  const expected = { state: "done", status: 200, why: "", truncated: false, body: "hello", x: "" };
  t.strictSame(read(`${OK}content-length: 5\r\n\r\nhello`), expected);
  t.strictSame(read(`${OK}Content-Length:5\r\n\r\nhello, and more`), expected, "what comes behind it is not read");
  t.strictSame(
    read(`${OK}content-length: 005\r\nCONTENT-LENGTH: 5\r\n\r\nhello`),
    expected,
    "RFC 9112, 6.3: two that agree",
  );
  t.strictSame(read(`${OK}transfer-encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n`), expected);
  t.strictSame(
    read(`${OK}Transfer-Encoding: Chunked\r\n\r\n03;a=b\r\nhel\r\n2 ;c="d"\r\nlo\r\n0\r\nx-sum: 1\r\n\r\n`),
    expected,
  );
  t.strictSame(read(`HTTP/1.0 200\r\n\r\nhello`), expected, "no length, no reason phrase");
  t.strictSame(read(`${OK}content-length: 0\r\n\r\n`), { ...expected, body: "" });
  t.end();
});

void test("an answer without a body ends with its headers", (t) => {
  for (const code of ["101", "204", "304", "418"]) {
    t.match(
      read(`HTTP/1.1 ${code} x\r\ncontent-length: 5\r\n\r\n`),
      { state: "done", status: Number(code), body: "" },
      code,
    );
  }
  t.match(read(`${OK}content-length: 5\r\n\r\n`, true), { state: "done", body: "" }, "HEAD");
  t.end();
});

void test("an answer's headers are kept by name, blanks around values not", (t) => {
  t.equal(
    read(`${OK}X: a b \t\r\nx:\tc\xe9\r\nx:\xc3\xa9\r\nX:\r\ny: z\r\ncontent-length: 0\r\n\r\n`).x,
    "a b|c\ufffd|é|",
  );
  t.end();
});

void test("an answer may be preceded by ten interim ones", (t) => {
  const interim = "HTTP/1.1 103 Early Hints\r\nx: early\r\ncontent-length: 7\r\n\r\n";
  const real = `${OK}x: late\r\ncontent-length: 2\r\n\r\nok`;
  t.match(read(interim.repeat(10) + real), { state: "done", status: 200, body: "ok", x: "late" });
  t.equal(wrong(interim.repeat(11) + real), "bad: it has more than 10 interim answers (1xx)");
  t.end();
});

void test("an answer longer than wanted is kept as far as it was wanted", (t) => {
  const long = "x".repeat(101);
  t.match(read(`${OK}\r\n${long}`), { state: "done", truncated: true, body: "x".repeat(100) });
  t.match(read(`${OK}content-length: 101\r\n\r\n${long}`), { state: "done", truncated: true });
  t.match(read(`${OK}transfer-encoding: chunked\r\n\r\n65\r\n${long}`), { state: "done", truncated: true });
  t.match(read(`${OK}\r\n${long.slice(1)}`), { state: "done", truncated: false });
  t.end();
});

void test("an answer that breaks off is cut, and says where", (t) => {
  t.equal(wrong(""), "cut");
  t.equal(wrong("HTTP"), "cut: its headers break off after 4 bytes");
  t.equal(wrong(`${OK}content-le`), "cut: its headers break off after 27 bytes");
  t.equal(wrong(`${OK}content-length: 5\r\n\r\nhell`), "cut: its body breaks off after 4 of 5 bytes");
  t.equal(wrong(`${OK}transfer-encoding: chunked\r\n\r\n3\r\nhel\r\n`), "cut: its body breaks off after 3 bytes");
  t.equal(wrong(`${OK}transfer-encoding: chunked\r\n\r\n3\r\nhel\r\n0\r\n`), "cut: its body breaks off after 3 bytes");
  t.end();
});

void test("an answer until the end is cut where the connection breaks", (t) => {
  const answer = new Answer(false, () => 100);
  answer.feed(Buffer.from(`${OK}\r\nhello`));
  answer.end(true);
  t.equal(answer.state, "cut");
  t.equal(answer.why, "its body breaks off after 5 bytes");
  t.end();
});

const BAD: readonly (readonly [string, string])[] = [
  ["HTTP/1.1 200 OK\n\n", "a line ends without a carriage return"],
  [`${OK}x: y\n\r\n`, "a line ends without a carriage return"],
  ["HTTP/1.2 200 OK\r\n\r\n", 'its status line is malformed: "HTTP/1.2 200 OK"'],
  ["HTTP/1.1 20 OK\r\n\r\n", 'its status line is malformed: "HTTP/1.1 20 OK"'],
  ["HTTP/1.1 099 OK\r\n\r\n", 'its status line is malformed: "HTTP/1.1 099 OK"'],
  ["HTTP/1.1  200 OK\r\n\r\n", 'its status line is malformed: "HTTP/1.1  200 OK"'],
  ["HTTP/1.1 200 O\0K\r\n\r\n", 'its status line is malformed: "HTTP/1.1 200 O\\x00K"'],
  [`${OK}x y: z\r\n\r\n`, 'a header is malformed: "x y: z"'],
  [`${OK}x : z\r\n\r\n`, 'a header is malformed: "x : z"'],
  [`${OK}: z\r\n\r\n`, 'a header is malformed: ": z"'],
  [`${OK}x\r\n\r\n`, 'a header is malformed: "x"'],
  [`${OK}x: a\0b\r\n\r\n`, 'a header is malformed: "x: a\\x00b"'],
  [`${OK}x: a\rb\r\n\r\n`, 'a header is malformed: "x: a\\rb"'],
  [`${OK}x: a\r\n b\r\n\r\n`, "a header is folded over several lines"],
  [`${OK}content-length: 5\r\ncontent-length: 6\r\n\r\n`, "it has two content-lengths that differ"],
  [`${OK}content-length: -5\r\n\r\n`, 'its content-length is malformed: "-5"'],
  [`${OK}content-length: +5\r\n\r\n`, 'its content-length is malformed: "+5"'],
  [`${OK}content-length: 5, 5\r\n\r\n`, 'its content-length is malformed: "5, 5"'],
  [`${OK}content-length: 0x5\r\n\r\n`, 'its content-length is malformed: "0x5"'],
  [`${OK}content-length:\r\n\r\n`, 'its content-length is malformed: ""'],
  [`${OK}content-length: 9999999999999999\r\n\r\n`, 'its content-length is malformed: "9999999999999999"'],
  [
    `${OK}content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n`,
    "it has both a content-length and a transfer-encoding",
  ],
  [`${OK}transfer-encoding: gzip, chunked\r\n\r\n`, 'its transfer-encoding is not known: "gzip, chunked"'],
  [
    `${OK}transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n\r\n`,
    'its transfer-encoding is not known: "chunked, chunked"',
  ],
  [`${OK}transfer-encoding: identity\r\n\r\n`, 'its transfer-encoding is not known: "identity"'],
  ["HTTP/1.0 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", "it has a transfer-encoding, which HTTP/1.0 has not"],
  [`${OK}${"x: y\r\n".repeat(101)}\r\n`, "it has more than 100 headers"],
  [`${OK}x: ${"y".repeat(100_000)}`, "its headers are longer than 32 KB"],
  [`${OK}${`x: ${"y".repeat(1000)}\r\n`.repeat(40)}`, "its headers are longer than 32 KB"],
  [`HTTP/1.1 200 ${"y".repeat(40_000)}`, "its headers are longer than 32 KB"],
];

void test("an answer against the rules is refused", (t) => {
  for (const [text, why] of BAD) t.equal(wrong(text), `bad: ${why}`, JSON.stringify(text.slice(0, 60)));
  t.end();
});

void test("a chunk is as long as it says, and its size is a plain number", (t) => {
  const chunked = `${OK}transfer-encoding: chunked\r\n\r\n`;
  for (const size of ["-1", "+1", "0x1", "1 ", " 1", "", "g", "123456789", "1;\0"]) {
    t.match(
      wrong(`${chunked}${size}\r\nx\r\n0\r\n\r\n`),
      /^bad: the size of a chunk is malformed: /,
      JSON.stringify(size),
    );
  }
  t.equal(wrong(`${chunked}2\r\nabc\r\n`), "bad: a chunk is longer than its size");
  t.equal(wrong(`${chunked}2\r\nab\n0\r\n`), "bad: a line ends without a carriage return");
  t.equal(wrong(`${chunked}2\nab`), "bad: a line ends without a carriage return");
  t.equal(wrong(`${chunked}1;${"e".repeat(2000)}`), "bad: the size of a chunk is longer than 1024 bytes");
  t.equal(wrong(`${chunked}${`1;${"e".repeat(1000)}\r\nx\r\n`.repeat(40)}`), "bad: its chunk extensions are too long");
  t.equal(wrong(`${chunked}0\r\n${"x: y\r\n".repeat(100)}`), "bad: it has more than 100 headers", "trailers count");
  t.equal(wrong(`${chunked}0\r\nx: ${"y".repeat(40_000)}`), "bad: its headers are longer than 32 KB");
  t.end();
});

void test("another protocol is named, or its first line is shown", (t) => {
  t.equal(wrong("SSH-2.0-OpenSSH_9.2\r\nmore"), 'alien: does not speak HTTP: it says "SSH-2.0-OpenSSH_9.2"');
  t.equal(wrong("-ERR unknown command\r\n"), 'alien: does not speak HTTP: it says "-ERR unknown command"');
  t.equal(wrong("HTTP/2 200\r\n"), 'alien: does not speak HTTP: it says "HTTP/2 200"');
  t.equal(wrong("http/1.1 200 OK\r\n"), 'alien: does not speak HTTP: it says "http/1.1 200 OK"');
  t.equal(wrong("\r\nHTTP/1.1 200 OK\r\n"), "alien: does not speak HTTP: it says an empty line");
  t.equal(wrong("x"), 'alien: does not speak HTTP: it says "x"');
  t.equal(wrong("x".repeat(5000)), `alien: does not speak HTTP: it says "${"x".repeat(40)}…"`);
  t.equal(wrong("\x1b[2J\x9b\xff\n"), 'alien: does not speak HTTP: it says "\\x1b[2J\ufffd\ufffd"');
  t.equal(wrong("\x15\x03\x01\0\x02\x02\x0a"), "alien: speaks TLS, http was asked");
  t.equal(wrong("\x15\x03"), "alien: speaks TLS, http was asked");
  t.equal(wrong("\0\0\x12\x04\0\0\0\0\0\0\x03\0\0\0\x64"), "alien: speaks HTTP/2 only, HTTP/1.1 was asked");
  t.end();
});

const PARTS: readonly string[] = [
  ...[
    "HTTP/1.1 200 OK\r\n",
    "HTTP/1.0 200\r\n",
    "HTTP/1.1 100 Continue\r\n\r\n",
    "HTTP/1.1 503 x\r\n",
    "content-length: 5\r\n",
  ],
  ...[
    "content-length: 05\r\n",
    "transfer-encoding: chunked\r\n",
    "x: y\r\n",
    "\r\n",
    "hello",
    "5\r\nhello\r\n",
    "0\r\n",
    "0\r\n\r\n",
    "a;b\r\n",
  ],
  ...[
    "\n",
    "\0",
    " ",
    "\x15\x03",
    "HTTP/1.1 204\r\n\r\n",
    "x: \xff\r\n",
    "64\r\n",
    "y".repeat(100),
    "z".repeat(1025),
    "HTTP/",
    ":",
  ],
];

const GOOD: readonly string[] = [
  `${OK}x: 1\r\ncontent-length: 5\r\n\r\nhello`,
  `${OK}transfer-encoding: chunked\r\nx: 2\r\n\r\n3;e\r\nhel\r\n2\r\nlo\r\n0\r\nt: 1\r\n\r\n`,
  "HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\nHTTP/1.0 404\r\nx:\t3 \r\n\r\nbody",
];

void test("any answer comes to the same however it is cut", (t) => {
  const good = fc.constantFrom(...GOOD);
  const noise = fc.string({ unit: fc.constantFrom("\r", "\n", " ", ":", ";", "0", "a", "\0", "\xff"), maxLength: 3 });
  const one = fc.oneof(
    { weight: 2, arbitrary: fc.array(fc.constantFrom(...PARTS), { maxLength: 12 }).map((parts) => parts.join("")) },
    { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 60 }).map((s) => `HTTP/1.1 200\r\n${s}`) },
    {
      weight: 3,
      arbitrary: fc
        .tuple(good, fc.nat(120), fc.nat(3), noise)
        .map(([text, i, n, x]) => text.slice(0, i) + x + text.slice(i + n)),
    },
  );
  const cuts = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(one, cuts, fc.boolean(), (text, sizes, bodiless) => {
      const bytes = Buffer.from(text, "latin1");
      const whole = outcome(bytes, Math.max(1, bytes.length), bodiless);
      return sizes.every((size) => outcome(bytes, size, bodiless) === whole);
    }),
    { numRuns: RUNS },
  );
  t.pass();
  t.end();
});

void test("a request is written with what every request needs", (t) => {
  const u = url("http://host:8080/a/b?c=d#e");
  t.equal(
    written({ method: "GET", url: u, headers: [], body: null, servername: "" }),
    `GET /a/b?c=d HTTP/1.1\r\nhost: host:8080\r\nuser-agent: preflight/${VERSION}\r\naccept: */*\r\nconnection: close\r\n\r\n`,
  );
  t.equal(
    written({
      method: "POST",
      url: url("http://[::1]"),
      headers: ["Host", "other", "ACCEPT", "text/html"],
      body: "ü",
      servername: "",
    }),
    `POST / HTTP/1.1\r\nuser-agent: preflight/${VERSION}\r\ncontent-length: 2\r\nconnection: close\r\nHost: other\r\nACCEPT: text/html\r\n\r\nü`,
  );
  const host = (text: string): string =>
    /host: (.*)\r/.exec(written({ method: "GET", url: url(text), headers: [], body: null, servername: "" }))?.[1] ?? "";
  t.equal(host("http://[fe80::1%25eth0]:81/"), "[fe80::1]:81");
  t.equal(host("http://a:80/"), "a", "the port that goes without saying");
  t.match(written({ method: "PUT", url: u, headers: [], body: null, servername: "" }), "\r\ncontent-length: 0\r\n");
  t.end();
});

void test("a request's header cannot begin another", (t) => {
  t.equal(misheaded("x-key", "a b\t\xe9"), "");
  t.equal(misheaded("x key", ""), "is no name of a header (RFC 9110, 5.6.2)");
  t.equal(misheaded("x", "a\r\nb: c"), "holds a line end, which would begin another header");
  t.equal(misheaded("x", "a\0"), "holds a control character");
  t.equal(misheaded("Content-Length", "5"), "cannot be set: it is the length of the body");
  t.equal(misheaded("host", "a b"), "must be a host, or host:port");
  t.end();
});
