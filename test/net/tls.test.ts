// TLS on both artifacts: who is trusted, who is not and why, in the same words; and what hostile peers come to.
import { X509Certificate } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Socket } from "node:net";
import * as tls from "node:tls";
import { t as all, test, type Test } from "tap";
import { binary, both, onlyBinary, Preflight } from "../support/artifacts.ts";
import { days, issue, pem, type Issued } from "../support/certificates.ts";
import { looks, PASSED, type Item } from "../support/looks.ts";
import { secured, serving, type Behaviour } from "../support/servers.ts";
import { inside } from "../support/world.ts";

all.setTimeout(120_000);

const OK = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
const answers: Behaviour = (s) => s.once("data", () => s.end(OK));

const root = issue({ subject: "Test CA", ca: true, key: "rsa2048" });
const other = issue({ subject: "Other CA", ca: true });
const middle = issue({ subject: "Middle CA", by: root, ca: true, key: "p384" });
const NAMES = ["localhost", "127.0.0.1", "::1"];
const good = issue({ subject: "good", by: root, names: NAMES });

/** A server's own certificate, or with those that follow it. */
function shown(...chain: readonly Issued[]): tls.TlsOptions {
  return { cert: chain.map((c) => c.cert).join(""), key: chain[0]?.key };
}
function moment(pemText: string, which: "validTo" | "validFrom"): string {
  return `${new Date(new X509Certificate(pemText)[which]).toISOString().slice(0, 19)}Z`;
}

/** A file with this text, gone after the test. */
function file(t: Test, text: string | Buffer, name = "x.pem"): string {
  const folder = mkdtempSync(join(tmpdir(), "tls"));
  t.teardown(() => {
    rmSync(folder, { recursive: true });
  });
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}

/** Bytes as the first that a server says. */
const says =
  (bytes: Buffer | string): Behaviour =>
  (s) =>
    s.end(bytes);
const alert = (number: number): Behaviour => says(Buffer.of(21, 3, 3, 0, 2, 2, number));

type Case = readonly [name: string, server: tls.TlsOptions | Behaviour, item: Item, want: string | RegExp];

/** Each case against a server of its own; `item` may name another host than localhost. */
async function table(
  t: Test,
  preflight: Preflight,
  cases: readonly Case[],
  env: Record<string, string> = {},
): Promise<void> {
  const items: Item[] = [];
  for (const [, server, item] of cases) {
    const port = typeof server === "function" ? await serving(t, server) : await secured(t, server, answers);
    const { host = "localhost", ...more } = item;
    items.push({ http: `https://${String(host)}:${port}/`, ca: root.cert, ...more });
  }
  const got = await looks(t, preflight, items, env);
  for (const [i, [name, , , want]] of cases.entries()) {
    if (typeof want === "string") t.equal(got[i], want, name);
    else t.match(got[i], want, name);
  }
}

const untrusted = (why: string, hint: string): string => `78 its certificate is not trusted: ${why} | ${hint}`;
const UNKNOWN = "it may be of another CA, or the server leaves out an intermediate certificate";
const NAME = 'ask by a name that is in it, or say which in "servername"';

both("tls trusts a certificate of a CA that is trusted, by its names and addresses", async (t, preflight) => {
  const ofMiddle = issue({ subject: "leaf", by: middle, names: NAMES, key: "p384" });
  const rsa = issue({ subject: "rsa", by: root, names: ["db", "LOCALHOST"], key: "rsa2048", use: "server" });
  const self = issue({ subject: "self", names: NAMES, ca: true });
  const byCn = issue({ subject: "localhost", by: root });
  await table(t, preflight, [
    ["TLS 1.3", { ...shown(good), minVersion: "TLSv1.3" }, {}, PASSED],
    ["TLS 1.2", { ...shown(good), maxVersion: "TLSv1.2" }, {}, PASSED],
    ["TLS 1.2 with RSA and CBC", { ...shown(rsa), maxVersion: "TLSv1.2", ciphers: "ECDHE-RSA-AES128-SHA" }, {}, PASSED],
    ["ChaCha20", { ...shown(good), ciphers: "TLS_CHACHA20_POLY1305_SHA256" }, {}, PASSED],
    ["P-384 alone", { ...shown(good), ecdhCurve: "P-384" }, {}, PASSED],
    ["an intermediate that is sent", shown(ofMiddle, middle), {}, PASSED],
    ["an intermediate that is trusted itself", shown(ofMiddle), { ca: middle.cert }, PASSED],
    ["two CAs in one text", shown(good), { ca: other.cert + root.cert }, PASSED],
    ["comments around it", shown(good), { ca: `Zürich CA\r\n${root.cert.replaceAll("\n", "\r\n")}the end` }, PASSED],
    ["a name in capitals", shown(rsa), {}, PASSED],
    ["an IPv4 address", shown(good), { host: "127.0.0.1" }, PASSED],
    ["a wildcard", shown(issue({ by: root, names: ["*.db.example"] })), { servername: "a.db.example" }, PASSED],
    ["self-signed and trusted", shown(self), { ca: self.cert }, PASSED],
    ["CN, where there are no other names", shown(byCn), {}, PASSED],
    ["anything, where nothing is verified", shown(issue({ to: days(-1) })), { insecure: true, ca: undefined }, PASSED],
  ]);
});

both("tls tells why a certificate is not trusted", async (t, preflight) => {
  const expired = issue({ by: root, names: NAMES, from: days(-30), to: days(-2) });
  const future = issue({ by: root, names: NAMES, from: days(3) });
  const old = issue({ subject: "Old CA", by: root, ca: true, from: days(-30), to: days(-1) });
  const ofOld = issue({ by: old, names: NAMES });
  const self = issue({ subject: "self", names: NAMES });
  const both2 = issue({ by: root, names: ["a.example"], from: days(-30), to: days(-2) });
  const many = issue({ by: root, names: ["a", "b", "c", "d", "e", "f", "g"].map((n) => `${n}.example`) });
  const weak = issue({ by: root, names: NAMES, key: "rsa1024" });
  const oldHash = issue({ by: issue({ subject: "Sha CA", ca: true, key: "rsa2048" }), names: NAMES });
  const client = issue({ by: root, names: NAMES, use: "client" });
  const today = new Date().toISOString().slice(0, 10);
  const end = moment(expired.cert, "validTo");
  await table(t, preflight, [
    ["expired", shown(expired), {}, `78 its certificate has expired: it was valid until ${end}`],
    [
      "expired, 1.2",
      { ...shown(expired), maxVersion: "TLSv1.2" },
      {},
      `78 its certificate has expired: it was valid until ${end}`,
    ],
    [
      "not yet valid",
      shown(future),
      {},
      `78 its certificate is not valid before ${moment(future.cert, "validFrom")}, and here it is ${today}`,
    ],
    [
      "an issuer that expired",
      shown(ofOld, old),
      {},
      `78 the certificate of its issuer "Old CA" has expired: it was valid until ${moment(old.cert, "validTo")}`,
    ],
    ["self-signed", shown(self), {}, untrusted("it is self-signed", 'if it is the right one, name its file in "ca"')],
    [
      "another CA",
      shown(good),
      { ca: other.cert },
      untrusted('its issuer "Test CA" is not known among those of "ca"', UNKNOWN),
    ],
    [
      "an intermediate that is missing",
      shown(issue({ by: middle, names: NAMES })),
      {},
      untrusted('its issuer "Middle CA" is not known among those of "ca"', UNKNOWN),
    ],
    [
      "an unknown root that is sent",
      shown(oldHash, other),
      {},
      untrusted('its issuer "Sha CA" is not known among those of "ca"', UNKNOWN),
    ],
    [
      "for another name",
      shown(good),
      { servername: "db" },
      `78 its certificate is for "localhost", "127.0.0.1", "::1", not for "db" | ${NAME}`,
    ],
    [
      "for many others",
      shown(many),
      {},
      `78 its certificate is for "a.example", "b.example", "c.example", "d.example", "e.example" and 2 more, not for "localhost" | ${NAME}`,
    ],
    [
      "for another address",
      shown(issue({ by: root, names: ["localhost", "10.0.0.1"] })),
      { host: "127.0.0.1" },
      `78 its certificate is for "localhost", "10.0.0.1", not for "127.0.0.1" | ${NAME}`,
    ],
    [
      "a wildcard of another depth",
      shown(issue({ by: root, names: ["*.db.example"] })),
      { servername: "a.b.db.example" },
      `78 its certificate is for "*.db.example", not for "a.b.db.example" | ${NAME}`,
    ],
    [
      "a wildcard above one label",
      shown(issue({ by: root, names: ["*.example"] })),
      { servername: "a.example" },
      `78 its certificate is for "*.example", not for "a.example" | ${NAME}`,
    ],
    [
      "for nobody",
      shown(issue({ by: root, subject: null })),
      {},
      `78 its certificate names no host, and "localhost" was asked | ${NAME}`,
    ],
    [
      "expired and for another",
      shown(both2),
      {},
      `78 its certificate has expired: it was valid until ${moment(both2.cert, "validTo")}; and it is for "a.example", not for "localhost" | ${NAME}`,
    ],
    [
      "too short a key",
      { ...shown(weak), ciphers: "ALL:@SECLEVEL=0" },
      {},
      "78 its certificate is not trusted: a key is too short, or a signature too weak",
    ],
    ["a certificate for clients", shown(client), {}, "78 its certificate is not trusted: it is not one for servers"],
    [
      "controls in its names",
      shown(issue({ by: root, names: ["a\u001b[31m\nb"] })),
      {},
      /^78 its certificate is for "a\?\[31m\?b", not for "localhost" \| /,
    ],
  ]);
});

both("tls shows a client certificate where one is wanted, and tells how a server refuses it", async (t, preflight) => {
  const wants: tls.TlsOptions = { ...shown(good), ca: root.cert, requestCert: true, rejectUnauthorized: true };
  const own = issue({ subject: "client", by: root });
  const rsa = issue({ subject: "client", by: root, key: "rsa2048" });
  const give = 'it wants a client certificate: give "cert"';
  const cert = file(t, own.cert);
  const key = file(t, own.key);
  const sec1 = own.pair.export({ type: "sec1", format: "pem" }).toString();
  const pkcs1 = rsa.pair.export({ type: "pkcs1", format: "pem" }).toString();
  await table(t, preflight, [
    ["files", wants, { cert, key }, PASSED],
    ["a list of files", wants, { cert: [cert, key] }, PASSED],
    ["one file with both", wants, { cert: file(t, own.key + own.cert) }, PASSED],
    ["texts", wants, { cert: own.cert, key: sec1 }, PASSED],
    ["RSA, PKCS #1", wants, { cert: rsa.cert, key: pkcs1 }, PASSED],
    ["TLS 1.2", { ...wants, maxVersion: "TLSv1.2" }, { cert: rsa.cert, key: rsa.key }, PASSED],
    ["none, TLS 1.3", wants, {}, `78 the server ends TLS: certificate required (alert 116) | ${give}`],
    [
      "none, TLS 1.2",
      { ...wants, maxVersion: "TLSv1.2" },
      {},
      `78 the server ends TLS: handshake failure (alert 40) | no version or cipher in common, or it wants a client certificate: give "cert"`,
    ],
    [
      "one that is not taken",
      alert(48),
      { cert, key },
      "78 the server ends TLS: unknown ca (alert 48) | it does not take our client certificate",
    ],
  ]);
});

both("tls names the alert with which a server ends it", async (t, preflight) => {
  const ended = (what: string): string => `the server ends TLS: ${what}`;
  await table(t, preflight, [
    [
      "40",
      alert(40),
      {},
      `78 ${ended("handshake failure (alert 40)")} | no version or cipher in common, or it wants a client certificate: give "cert"`,
    ],
    ["70", alert(70), {}, `78 ${ended("protocol version (alert 70)")}`],
    [
      "112",
      alert(112),
      {},
      `78 ${ended("unrecognized name (alert 112)")} | it is asked for a name that it does not have: see "servername"`,
    ],
    ["80", alert(80), {}, `75 ${ended("internal error (alert 80)")}`],
    [
      "an old server",
      { ...shown(good), minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "ALL:@SECLEVEL=0" },
      {},
      `78 ${ended("protocol version (alert 70)")}`,
    ],
    [
      "no cipher in common",
      { ...shown(good), maxVersion: "TLSv1.2", ciphers: "ECDHE-ECDSA-CAMELLIA128-SHA256:CAMELLIA128-SHA@SECLEVEL=0" },
      {},
      /^78 the server ends TLS: handshake failure \(alert 40\)/,
    ],
    [
      "a key of a newer sort",
      shown(issue({ by: root, names: NAMES, key: "ed25519" })),
      {},
      `78 ${ended("handshake failure (alert 40)")} | no version or cipher in common, or it wants a client certificate: give "cert"`,
    ],
  ]);
});

both("tls tells another protocol by what it says", async (t, preflight) => {
  const speaks = (what: string): string => `78 speaks no TLS, and that was asked: it says ${what}`;
  const one =
    (bytes: string): Behaviour =>
    (s) => {
      const next = (i: number): void => {
        if (i < bytes.length) s.write(bytes.slice(i, i + 1), "latin1", () => setImmediate(next, i + 1));
      };
      next(0);
    };
  const SILENCE = "no answer to TLS | a server that speaks no TLS may just wait for more";
  await table(t, preflight, [
    [
      "HTTP",
      (s) => s.once("data", () => s.end("HTTP/1.1 400 Bad Request\r\n\r\n")),
      {},
      speaks('"HTTP/1.1 400 Bad Request"'),
    ],
    ["a banner, by single bytes", one("220 mail ESMTP\r\n"), {}, speaks('"220 mail ESMTP"')],
    ["a banner without an end", (s) => s.write("* OK imap"), {}, speaks('"* OK imap"')],
    ["a long one", (s) => s.write("x".repeat(500)), {}, speaks(`"${"x".repeat(40)}…"`)],
    ["an empty line", says("\r\nx"), {}, speaks("an empty line")],
    ["not ASCII", says("grüße\n"), {}, speaks('"grüße"')],
    ["bytes", says(Buffer.from("4a0000000a352e372e33", "hex")), {}, speaks('"J\\x00\\x00\\x00"')],
    ["silence", () => undefined, {}, `75 ${SILENCE}`],
  ]);
});

const CUT = "so does a server that speaks no TLS, and a proxy with no server behind it";

/** A server that sends records without end, each like the last. */
const flood =
  (record: Buffer): Behaviour =>
  (s: Socket) => {
    const more = (): void => {
      while (!s.destroyed && s.write(record));
    };
    s.on("drain", more);
    more();
  };

both("tls comes to a verdict in time whatever a hostile peer does", async (t, preflight) => {
  const malformed = "78 what it says breaks the rules of TLS";
  const slow: Behaviour = (s) => {
    const bytes = Buffer.from("160303007a020000760303", "hex");
    let i = 0;
    const timer = setInterval(() => s.write(bytes.subarray(i, ++i)), 300);
    s.on("close", () => {
      clearInterval(timer);
    });
  };
  const record = Buffer.alloc(5 + 16_384, 65);
  record.set([22, 3, 3, 64, 0]);
  await table(t, preflight, [
    ["closes at once", (s) => s.end(), {}, `75 connection closed in the TLS handshake | ${CUT}`],
    [
      "resets",
      (s) => s.once("data", () => s.resetAndDestroy()),
      {},
      `75 connection reset in the TLS handshake | ${CUT}`,
    ],
    [
      "closes in a record",
      says(Buffer.from("1603030", "hex")),
      {},
      `75 connection closed in the TLS handshake | ${CUT}`,
    ],
    ["a byte now and then", slow, {}, "75 the TLS handshake did not end in time"],
    [
      "garbage in a record",
      says(Buffer.concat([Buffer.of(22, 3, 3, 0, 200, 2, 0, 0, 196), Buffer.alloc(196, 7)])),
      {},
      malformed,
    ],
    [
      "a record that is too long",
      flood(Buffer.concat([Buffer.of(22, 3, 3, 255, 255), Buffer.alloc(65_535)])),
      {},
      malformed,
    ],
    ["handshake records without end", flood(record), {}, malformed],
    [
      "empty handshake records without end",
      flood(Buffer.of(22, 3, 3, 0, 0)),
      {},
      /^78 (?:what it says breaks the rules of TLS|the TLS handshake does not end: 128 KiB came)$/,
    ],
    [
      "cipher changes without end",
      flood(Buffer.of(20, 3, 3, 0, 1, 1)),
      {},
      /^78 (?:what it says breaks the rules of TLS|the TLS handshake does not end: 128 KiB came)$/,
    ],
    [
      "warnings without end",
      flood(Buffer.of(21, 3, 3, 0, 2, 1, 112)),
      {},
      /^78 (?:what it says breaks the rules of TLS|the TLS handshake does not end: 128 KiB came)$/,
    ],
    ["data before the handshake", flood(Buffer.of(23, 3, 3, 0, 4, 1, 2, 3, 4)), {}, malformed],
    [
      "a chain that is huge",
      shown(good, ...Array.from({ length: 60 }, () => issue({ subject: "x".repeat(200), by: other }))),
      {},
      /^(?:passed|78 what it says breaks the rules of TLS)$/,
    ],
    [
      "a close in the middle of the answer",
      { ...shown(good) },
      { contains: "x".repeat(10) },
      /^75 the body does not contain/,
    ],
  ]);
});

both("tls reads files and texts in PEM, and a mistake in them is one of the configuration", async (t, preflight) => {
  const own = issue({ subject: "client", by: root });
  const encrypted = own.pair
    .export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "x" })
    .toString();
  const der = new X509Certificate(root.cert).raw;
  const bad: readonly (readonly [Item, string])[] = [
    [{ ca: file(t, "") }, 'ca "FILE" is empty'],
    [{ ca: file(t, "# nothing\n") }, 'ca "FILE" holds no PEM: no line begins with "-----BEGIN "'],
    [{ ca: file(t, der) }, 'ca "FILE" is DER and not PEM: openssl x509 -inform der -outform pem turns it'],
    [{ ca: file(t, `# one\n${root.cert.slice(0, 300)}`) }, 'ca "FILE" breaks off: what begins in line 2 has no end'],
    [{ ca: file(t, root.cert.replace("MII", "M*I")) }, 'ca "FILE" is damaged: what begins in line 1 is not base64'],
    [
      { ca: file(t, `\n\n${pem("CERTIFICATE", Buffer.from("nonsense"))}`) },
      'ca "FILE" holds a certificate that cannot be read, in line 3',
    ],
    [{ ca: file(t, own.key) }, 'ca "FILE" holds no certificate, but a block of "PRIVATE KEY"'],
    [{ ca: pem("CERTIFICATE", Buffer.from("nonsense")) }, "ca holds a certificate that cannot be read, in line 1"],
    [{ ca: root.cert, insecure: true }, 'insecure goes not with "ca": it trusts everybody'],
    [{ cert: file(t, own.cert) }, 'cert "FILE" holds no private key'],
    [{ cert: file(t, own.key) }, 'cert "FILE" holds no certificate'],
    [{ key: file(t, own.key) }, 'key goes with "cert", the certificate that it is the key of'],
    [{ cert: own.cert, key: file(t, good.key) }, 'key "FILE" holds the key of another certificate, in line 1'],
    [
      { cert: own.cert, key: file(t, encrypted) },
      'key "FILE" holds a key that is encrypted, in line 1: there is nobody to ask for its passphrase',
    ],
    [
      { cert: own.cert, key: file(t, pem("PRIVATE KEY", Buffer.from("nonsense"))) },
      'key "FILE" holds a key that cannot be read, in line 1: want RSA, or EC on P-256, P-384 or P-521',
    ],
    [
      { cert: own.cert, key: file(t, issue({ key: "ed25519" }).key) },
      'key "FILE" holds a key that cannot be read, in line 1: want RSA, or EC on P-256, P-384 or P-521',
    ],
  ];
  const config = file(
    t,
    `checks:\n${bad.map(([item]) => `  - ${JSON.stringify({ http: "https://h/", ...item })}\n`).join("")}`,
    "c.yaml",
  );
  const r = await preflight.run(["check", "--config", config]);
  t.equal(r.code, 78);
  const said = r.stderr
    .trimEnd()
    .split("\n")
    .map((line) => line.replace(/^.*?c\.yaml:(\d+):\d+: /, "$1 ").replace(/"\/[^"]*x\.pem"/, '"FILE"'));
  t.same(
    said,
    bad.map(([, want], i) => `${i + 2} ${want}`),
  );
});

both("tls waits for a file that is not there yet, and says who may not read one", async (t, preflight) => {
  const ca = `${file(t, "")}.late`;
  const port = await secured(t, shown(good), answers);
  const config = file(t, JSON.stringify({ checks: [{ http: `https://localhost:${port}/`, ca }] }), "c.json");
  const running = preflight.start(["check", "--config", config]);
  running.child.stdout?.setEncoding("utf8");
  let out = "";
  await new Promise<void>((resolve) => {
    running.child.stdout?.on("data", (text: string) => {
      out += text;
      if (out.includes("waiting")) resolve();
    });
  });
  t.match(out, `waiting: ca "${ca}": does not exist`);
  writeFileSync(ca, root.cert);
  t.equal((await running.ended).code, 0);
  const [link] = await looks(t, preflight, [{ http: `https://localhost:${port}/`, ca: `${ca}/x` }]);
  t.equal(link, `78 ca "${ca}/x": "${ca}" is a file, not a folder`);
});

both("tls trusts what SSL_CERT_FILE and SSL_CERT_DIR name, and says what is wrong with them", async (t, preflight) => {
  const port = await secured(t, shown(good), answers);
  const bundle = file(t, `${other.cert}${pem("CERTIFICATE", Buffer.from("unreadable"))}${root.cert}`, "bundle.pem");
  const folder = dirname(file(t, ""));
  mkdirSync(join(folder, "none"));
  mkdirSync(join(folder, "certs"));
  for (const [name, text] of [
    ["a.pem", other.cert],
    ["b.0", root.cert],
    ["c", "no PEM"],
  ] as const)
    writeFileSync(join(folder, "certs", name), text);
  const say = async (env: Record<string, string>): Promise<string | undefined> =>
    (await looks(t, preflight, [{ http: `https://localhost:${port}/` }], env))[0];
  t.equal(await say({ SSL_CERT_FILE: bundle }), PASSED);
  t.equal(await say({ SSL_CERT_DIR: join(folder, "certs") }), PASSED);
  t.equal(await say({ SSL_CERT_DIR: `${join(folder, "none")}:${join(folder, "certs")}` }), PASSED);
  t.equal(await say({ SSL_CERT_DIR: join(folder, "none"), SSL_CERT_FILE: bundle }), PASSED);
  t.equal(
    await say({}),
    untrusted(
      'its issuer "Test CA" is not known here',
      'name the file with the certificate of its CA in "ca", or the server leaves out an intermediate certificate',
    ),
  );
  const none = file(t, "none", "none.pem");
  t.equal(await say({ SSL_CERT_FILE: none }), `78 SSL_CERT_FILE names "${none}", which holds no certificate`);
  t.equal(
    await say({ SSL_CERT_FILE: `${none}x` }),
    `75 SSL_CERT_FILE "${none}x": does not exist | the folder "${dirname(none)}" exists`,
  );
  t.equal(
    await say({ SSL_CERT_DIR: join(folder, "none") }),
    `78 SSL_CERT_DIR names "${join(folder, "none")}", where no certificate is`,
  );
  t.equal(
    await say({ SSL_CERT_DIR: join(folder, "gone") }),
    `75 SSL_CERT_DIR "${join(folder, "gone")}": does not exist | the folder "${folder}" exists`,
  );
});

both("tls refuses only what was said twice, a second apart", async (t, preflight) => {
  const self = issue({ subject: "self", names: NAMES });
  let n = 0;
  const first = await secured(
    t,
    { SNICallback: (_name, done) => done(null, tls.createSecureContext(shown(n++ === 0 ? self : good))) },
    answers,
  );
  const config = file(
    t,
    JSON.stringify({ checks: [{ http: `https://localhost:${first}/`, ca: root.cert }] }),
    "c.json",
  );
  const passes = await preflight.run(["check", "--config", config]);
  t.equal(passes.code, 0, "an init server's certificate is replaced");
  t.match(passes.stdout, "waiting: its certificate is not trusted: it is self-signed");
  const port = await secured(t, shown(self), answers);
  writeFileSync(config, JSON.stringify({ checks: [{ http: `https://localhost:${port}/`, ca: root.cert }] }));
  const fails = await preflight.run(["check", "--config", config]);
  t.equal(fails.code, 78);
  t.ok(fails.took > 1000 && fails.took < 6000, `${fails.took}`);
});

inside(
  { prepare: ["mount -t tmpfs none /etc/ssl"] },
  "tls says where an image trusts nobody, and what to copy, before anybody is asked",
  async (t, preflight) => {
    const r = await preflight.run(["--wait", "20s", "https://127.0.0.1:1/", "--", "true"]);
    t.equal(r.code, 78);
    t.match(
      r.stderr,
      `preflight: http https://127.0.0.1:1/: there is no trust store in this image
  hint: COPY --from=alpine /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ brings one; or name a file in "ca" or SSL_CERT_FILE
`,
    );
  },
);

both("tls shakes hands with a hundred servers at once", async (t, preflight) => {
  const port = await secured(t, shown(good), answers);
  const item = { http: `https://localhost:${port}/`, ca: root.cert, timeout: "20s" };
  const got = await looks(t, preflight, Array<Item>(100).fill(item));
  t.same(new Set(got), new Set([PASSED]));
});

test("tls holds no memory and no descriptor while it looks again and again", { skip: onlyBinary }, async (t) => {
  const busy = await secured(t, shown(good), (s) =>
    s.once("data", () => s.end("HTTP/1.1 503 x\r\ncontent-length: 0\r\n\r\n")),
  );
  const ports = [busy, await serving(t, (s) => s.end()), await serving(t, alert(80)), await serving(t, () => {})];
  const checks = ports.map((port) => ({ http: `https://localhost:${port}/`, ca: root.cert, timeout: "100ms" }));
  const config = file(t, JSON.stringify({ checks }), "c.json");
  const run = new Preflight(binary).start(["--quiet", "--config", config, "--wait", "6s", "--", "true"]);
  const resident = (): number =>
    Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${run.child.pid ?? 0}/status`, "utf8"))?.[1]);
  const sizes: number[] = [];
  for (let i = 0; i < 10; i++) {
    await new Promise((done) => setTimeout(done, 500));
    sizes.push(resident());
    t.ok(readdirSync(`/proc/${run.child.pid ?? 0}/fd`).length < 24);
  }
  const [early = 0, late = 0] = [sizes[2], sizes.at(-1)];
  t.ok(late - early < 200, `${sizes.join(" ")} KB`);
  t.ok(late < 8192, `${late} KB`);
  t.equal((await run.ended).code, 75);
});
