/** The inputs of the fuzz runs: for each subject texts that are nearly right, so that they reach deep code, and broken ones. */
import fc, { type Arbitrary } from "fast-check";
import { mutated, noise, one, pieces, soup, whole } from "./pieces.ts";
import { yaml } from "./yaml.ts";

// --- interpolation ---

const NAMES = "A¦A¦EMPTY¦EMPTY¦LONG_NAME¦NOPE¦_1¦1A¦";
const reference = fc.letrec<{ text: string; one: string }>((tie) => ({
  one: fc
    .tuple(
      one(NAMES),
      one("¦¦:-¦:-¦:-¦-¦-¦:?¦?¦:¦+¦:+¦!"),
      fc.oneof({ depthSize: "large" }, one("¦x¦a}b¦{y}¦$¦$$"), tie("text")),
    )
    .map(([name, operator, word]) => `\${${name}${operator}${operator === "" ? "" : word}}`),
  text: fc
    .array(fc.oneof({ depthSize: "large" }, one("a¦$¦$$¦$${¦{}¦é¦\n¦$HOME"), tie("one")), { maxLength: 4 })
    .map((p) => p.join("")),
}));
const nested = fc.tuple(fc.nat(12), one(NAMES)).map(([n, name]) => `${`\${${name}:-`.repeat(n)}x${"}".repeat(n)}`);
const interpolate = fc.oneof(
  { weight: 5, arbitrary: reference.text },
  { weight: 1, arbitrary: nested },
  { weight: 2, arbitrary: soup(pieces(`\${¦}¦$¦:-¦?¦:¦-¦${NAMES}`)) },
);

// --- the command line ---

const shorthand = fc
  .tuple(
    one("¦!¦!!¦ "),
    one("tcp¦http¦https¦env¦file¦unix¦dns¦command¦tpc¦htp¦fil¦http2¦TCP¦any¦"),
    one(":¦:¦:¦:¦¦::¦://¦ "),
    one("cache:6379¦//auth:80/healthz¦[::1]:80¦A,B¦/run/x¦@abstract¦localhost¦a b¦0¦:¦//¦65536¦fe80::1%eth0¦x:y:z¦"),
    noise,
  )
  .map((p) => p.join(""));

const number = fc.oneof(
  { weight: 5, arbitrary: fc.nat(99).map(String) },
  { weight: 4, arbitrary: fc.tuple(fc.nat(9), fc.nat(9999)).map((d) => d.join(".")) },
  fc.nat().map(String),
  fc.double({ noNaN: true }).map(String),
  one("0¦00¦1.5¦.5¦1.¦1e3¦-1¦0.0005¦9999999999999999¦24¦1_0"),
);
const duration = fc
  .array(fc.tuple(number, one("ms¦s¦m¦h¦ms¦s¦m¦h¦ms¦s¦m¦h¦ms¦s¦m¦h¦d¦¦S¦us¦hm")), { maxLength: 3 })
  .map((parts) => parts.flat().join(""));

// --- HTTP answers, each byte a character ---

const STATUS = pieces(
  "HTTP/1.1 200 OK\r\n¦HTTP/1.0 404\r\n¦HTTP/1.1 103 x\r\n¦HTTP/1.1 204\r\n¦HTTP/1.1 418\r\n¦HTTP/1.1 101 up\r\n¦" +
    "HTTP/2 200\r\n¦HTTP/1.1 099\r\n¦\x15\x03\x03¦\0\0\x12\x04\0\0\0\0\0¦SSH-2.0-x\r\n¦HTTP/",
);
const HEADERS = pieces(
  "content-length: 5\r\n¦Content-Length: 0\r\n¦content-length: -1\r\n¦content-length: 5, 5\r\n¦x: 1\r\n¦x:\t2 \r\n¦" +
    "transfer-encoding: chunked\r\n¦Transfer-Encoding: gzip, chunked\r\n¦x: \xc3\xa9\r\n¦X: \xff\r\n¦ folded\r\n¦" +
    `x : 1\r\n¦:\r\n¦x\r\n¦${"a: b\r\n".repeat(101)}`,
);
const BODY = pieces(
  '\r\n¦\n¦5\r\nhello\r\n¦5;e="1"\r\nhello\r\n¦0\r\n¦00\r\n\r\n¦64\r\n¦ffffffff\r\n¦100000000\r\n¦g\r\n¦hello¦' +
    `${"y".repeat(100)}¦${"z".repeat(1025)}`,
);
const GOOD = pieces(
  "HTTP/1.1 200 OK\r\nx: 1\r\ncontent-length: 5\r\n\r\nhello¦" +
    "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\nx: 2\r\n\r\n3;e\r\nhel\r\n2\r\nlo\r\n0\r\nt: 1\r\n\r\n¦" +
    "HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\nHTTP/1.0 404\r\nx:\t3 \r\n\r\nbody¦" +
    `HTTP/1.1 200\r\ncontent-length: 150\r\n\r\n${"y".repeat(150)}`,
);
const http = fc
  .oneof(
    soup([...STATUS, ...HEADERS, ...BODY]),
    mutated(fc.constantFrom(...GOOD)),
    fc.tuple(fc.constantFrom(...STATUS.slice(0, 6)), soup(HEADERS, 5), soup(BODY)).map((p) => p.join("\r\n")),
    fc.tuple(fc.constantFrom(...STATUS), soup(HEADERS, 3), soup(BODY)).map(([s, h, b]) => `${s}${h}\r\n${b}`),
    fc.uint8Array({ maxLength: 60 }).map((b) => `HTTP/1.1 200\r\n${Buffer.from(b).toString("latin1")}`),
  )
  .map((text) => Buffer.from(text, "latin1").toString("latin1"));

// --- the others; where a subject takes two texts, a line end stands between them ---

/** The first without line ends, and the second. */
function two(first: Arbitrary<string>, second: Arbitrary<string>): Arbitrary<string> {
  return fc.tuple(first, second).map(([a, b]) => `${a.split("\n").join("")}\n${b}`);
}

const envfile = fc
  .tuple(
    fc.array(
      fc.tuple(
        one("¦export ¦ ¦\t¦# "),
        one("A¦LONG_NAME¦a.b-c¦1A¦¦É"),
        one("=¦ = ¦:¦=="),
        soup(pieces('x¦"¦\'¦`¦#¦\\n¦\\¦ ¦\n¦${A}¦é¦\\"¦\\r'), 6),
      ),
      { maxLength: 4 },
    ),
    one("\n¦\r\n¦\r"),
  )
  .map(([rows, end]) => rows.map((r) => r.join("")).join(end));

const EXPRESSION = pieces(
  "a¦b¦.¦^¦$¦(¦)¦(?:¦|¦*¦+¦?¦{2}¦{1,3}¦{0,}¦[ab]¦[^a-c]¦[\\d-]¦\\d¦\\w¦\\s¦\\b¦\\B¦\\.¦\\n¦\\x41¦\\u{1F600}¦\\p{L}¦é¦😀¦" +
    "(?i)¦(?ims)¦*?¦[¦]¦{¦\\1¦(?=a)¦\\c¦[z-a]¦[é-ü]¦(a|b)",
);
const pattern = two(soup(EXPRESSION, 8), soup(pieces("a¦b¦c¦A¦é¦É¦😀¦\n¦ ¦1¦_¦."), 10));

const TEXT = pieces(
  "timeout¦timeuot¦expct¦closd¦TIMEOUT¦\x1b[31m¦\u202e¦\u200b¦😀¦postgres://u:hunter2@h/d¦http://:p@h¦a@b¦?token=abcd¦" +
    "&api_key=efgh#¦\0¦\x9b¦\u0085¦\u2028",
);
const text = fc.oneof(soup(TEXT), fc.string({ unit: "binary", maxLength: 20 })).map(whole);

const address = soup(
  pieces(
    "http¦https¦postgres¦://¦u:p%40s@¦:s@¦host¦127.0.0.1¦[::1]¦[fe80::1%25eth0]¦:8080¦:0¦:65536¦/a¦/../b¦/./¦?q=1¦#f¦" +
      "%zz¦%¦é¦ ¦//¦mailto:x¦@¦[",
  ),
  8,
);
const url = two(
  fc.oneof(address, mutated(one("http://user:pa%20ss@host.example:8080/a/b?c=d#e¦https://[2001:db8::1]:443/"))),
  fc.oneof(address, one("../x¦?y¦#z¦//h/p¦/p¦")),
);

const JSONS = pieces(
  `{"a":[{"b":1},2.50,"\\u00e9\\ud83d\\ude00\\ud800"],"a b":null,"x":-0.0}¦[[[1e3,1E-400,1e999]]]¦${"[".repeat(70)}¦` +
    '{"a":1,"a":{"b":[true,false]}}',
);
const json = two(
  fc.oneof(
    one('$¦a¦$¦a[0].b¦$¦["a b"]¦a[2]¦a.b[1]¦x¦[0][0][1]'),
    soup(pieces("$¦.a¦a¦[0]¦[\"a b\"]¦['x']¦.b¦[1]¦$.a[0].b¦[99999999999]¦..¦"), 3),
  ),
  mutated(fc.oneof(fc.json(), fc.constantFrom(...JSONS))),
);

const SERVICES =
  "redis://u:p%40s@h:1,[::1]:2/0?db=1&a=b%20c¦jdbc:postgresql://h1,h2:5432/app?user=u¦mysql+pymysql://u:p@h/d¦" +
  "u:p@tcp(h:3306)/d?tls=true¦u@unix(/run/x)/d¦host=a,b port=1,2 dbname='my db' password='it\\'s'¦" +
  "redis+unix://:p@/run/x?db=2¦a:1,b,10.0.0.1:3/x¦host=/run/pg¦://¦=";
const service = mutated(one(SERVICES));

const PEMS = pieces(
  "-----BEGIN CERTIFICATE-----\n¦-----END CERTIFICATE-----\n¦-----BEGIN ¦-----END ¦PRIVATE KEY-----\r\n¦AAEC\n¦AwQ=¦/+9\n¦" +
    "Proc-Type: 4,ENCRYPTED\n¦ENCRYPTED ¦-----¦ ¦\n¦0\x82¦",
);
const pem = soup(PEMS);

// --- answers of name servers, each byte a character ---

const TYPES = "A AAAA CNAME MX NS PTR SRV TXT".split(" ");
const NUMBERS: readonly number[] = [1, 28, 5, 15, 2, 12, 33, 16];
const name = fc.oneof(
  { weight: 3, arbitrary: one("\xc0\x0c¦\x01b\xc0\x0e¦\x01A\x04TEST\0¦\0¦\x03a.b\0") },
  one("\xc0\x00¦\xc0\xff¦\xff\xff¦\x40\0¦\x01¦\xc0\x1c¦\xc0\x20"),
);
const data = fc
  .tuple(
    fc.array(fc.oneof(name, one("\0\x0a¦\x0a\0\0\x01¦\x03abc¦\0¦\xfd¦\0\0\0\0\0\0\0\x01")), { maxLength: 4 }),
    fc.nat(9),
  )
  .map(([parts, odd]) => [parts.join(""), odd] as const);
const row = fc.tuple(name, fc.constantFrom(...NUMBERS), data).map(([owner, type, [bytes, odd]]) => {
  const size = odd === 0 ? bytes.length + 1 : bytes.length;
  return `${owner}\0${String.fromCharCode(type)}\0\x01\0\0\0\0\0${String.fromCharCode(size & 255)}${bytes}`;
});
const dns = mutated(
  fc.tuple(fc.nat(TYPES.length - 1), fc.array(row, { maxLength: 4 }), fc.nat(20)).map(([type, rows, flags]) => {
    const head = `AB${flags === 1 ? "\x83" : "\x81"}${String.fromCharCode(0x80 | (flags < 12 ? flags : 0))}`;
    const counts = `\0\x01\0${String.fromCharCode(rows.length)}\0\0\0\0`;
    return `${String.fromCharCode(type)}${head}${counts}\x01a\x04test\0\0${String.fromCharCode(NUMBERS[type] ?? 0)}\0\x01${rows.join("")}`;
  }),
);

/** What is generated for each subject of answer.ts; `share`: of the runs, where it is smaller or slower. */
export interface Subject {
  readonly name: string;
  readonly share: number;
  readonly input: Arbitrary<string>;
}
export const SUBJECTS: readonly Subject[] = [
  { name: "yaml", share: 1, input: yaml },
  { name: "interpolate", share: 1, input: mutated(interpolate) },
  { name: "shorthand", share: 1, input: mutated(shorthand) },
  { name: "duration", share: 1, input: mutated(duration) },
  { name: "http", share: 1, input: http },
  { name: "envfile", share: 0.25, input: mutated(envfile) },
  { name: "pattern", share: 0.25, input: pattern },
  { name: "text", share: 0.25, input: text },
  { name: "url", share: 0.25, input: url },
  { name: "service", share: 0.5, input: service },
  { name: "dns", share: 1, input: dns },
  { name: "pem", share: 0.25, input: pem },
  { name: "json", share: 0.25, input: json },
];
