import { spawn } from "node:child_process";
import * as net from "node:net";
import * as tls from "node:tls";
import type { Test } from "tap";
import { both, type Preflight } from "../support/artifacts.ts";
import { days, issue, type Issued } from "../support/certificates.ts";
import { free } from "../support/local.ts";
import { looks, PASSED, type Item } from "../support/looks.ts";
import { listening, secured, serving, type Behaviour } from "../support/servers.ts";

const ca = issue({ subject: "Test CA", ca: true });
const NAMES = ["localhost", "127.0.0.1"];
const good = issue({ by: ca, names: NAMES, to: days(20.5) });

function shown(...chain: readonly Issued[]): tls.TlsOptions {
  return { cert: chain.map((c) => c.cert).join(""), key: chain[0]?.key };
}
function day(n: number): string {
  return `${days(n).toISOString().slice(0, 10)}T[0-9:]+Z`;
}

/** The port of OpenSSL's own server, which says by an alert what it thinks of a client: Node's just closes. */
async function openssl(t: Test, args: readonly string[]): Promise<number> {
  const dir = t.testdir({ "cert.pem": good.cert, "key.pem": good.key, "ca.pem": ca.cert });
  const files = ["-cert", "cert.pem", "-key", "key.pem", "-CAfile", "ca.pem"];
  const child = spawn("openssl", ["s_server", "-accept", "127.0.0.1:0", ...files, ...args], { cwd: dir });
  t.teardown(() => child.kill("SIGKILL"));
  child.stdout.setEncoding("utf8");
  for await (const text of child.stdout) {
    const port = /ACCEPT .*:(\d+)/.exec(String(text))?.[1];
    if (port !== undefined) return Number(port);
  }
  throw new Error("openssl s_server does not start");
}

type Case = readonly [name: string, server: tls.TlsOptions, item: Item, want: string | RegExp];

async function table(t: Test, preflight: Preflight, cases: readonly Case[]): Promise<void> {
  const items: Item[] = [];
  for (const [, server, item] of cases) {
    const port = await secured(t, server, () => {});
    items.push({ tls: `localhost:${port}`, ca: ca.cert, ...item });
  }
  const got = await looks(t, preflight, items);
  for (const [i, [name, , , want]] of cases.entries()) {
    if (typeof want === "string") t.equal(got[i], want, name);
    else t.match(got[i], want, name);
  }
}

both("tls passes where the certificate is trusted, for the host and good for long enough", async (t, preflight) => {
  await table(t, preflight, [
    ["as it is", shown(good), {}, PASSED],
    ["days enough", shown(good), { min_days: 20 }, PASSED],
    ["a protocol", { ...shown(good), ALPNProtocols: ["h2"] }, { alpn: ["http/1.1", "h2"] }, PASSED],
    ["a version", shown(good), { min_version: "1.3" }, PASSED],
    ["not trusted", shown(issue({ names: NAMES })), { insecure: true, ca: undefined }, PASSED],
  ]);
  const port = await secured(t, shown(good), () => {});
  const { stdout, code } = await preflight.run(["check", "-v", "--no-wait", `tls://localhost:${port}`], {
    env: { SSL_CERT_FILE: "/dev/null" },
  });
  t.equal(code, 78);
  t.match(stdout, `preflight: tls localhost:${port}: SSL_CERT_FILE names "/dev/null", which holds no certificate\n`);
});

both("tls refuses a certificate that ends too soon, its own or one of its chain", async (t, preflight) => {
  const middle = issue({ subject: "Middle CA", by: ca, ca: true, to: days(5.5) });
  const leaf = issue({ by: middle, names: NAMES });
  const last = issue({ by: ca, names: NAMES, to: days(1.2) });
  const whole = new RegExp(`^78 its certificate ends in 20 days, on ${day(20.5)}, want at least 21 days$`);
  const chain = new RegExp(
    `^78 the certificate of its issuer "Middle CA" ends in 5 days, on ${day(5.5)}, want at least 6 days$`,
  );
  const one = new RegExp(`^78 its certificate ends in 1 day, on ${day(1.2)}, want at least 2 days$`);
  await table(t, preflight, [
    ["its own", shown(good), { min_days: 21 }, whole],
    ["its issuer's", shown(leaf, middle), { min_days: 6 }, chain],
    ["its issuer's, for long enough", shown(leaf, middle), { min_days: 5 }, PASSED],
    ["tomorrow", shown(last), { min_days: 2 }, one],
    ["without verification too", shown(good), { min_days: 21, insecure: true, ca: undefined }, whole],
    [
      "expired",
      shown(issue({ by: ca, names: NAMES, from: days(-9), to: days(-1) })),
      {},
      /^78 its certificate has expired: /,
    ],
    [
      "for another",
      shown(good),
      { servername: "db" },
      /^78 its certificate is for "localhost", "127\.0\.0\.1", not for "db" \| /,
    ],
  ]);
});

both("tls says which version and protocol a server chooses", async (t, preflight) => {
  await table(t, preflight, [
    [
      "an old version",
      { ...shown(good), maxVersion: "TLSv1.2" },
      { min_version: "1.3" },
      "78 speaks TLS 1.2, want 1.3",
    ],
    ["none by ALPN", shown(good), { alpn: ["h2", "http/1.1"] }, "78 chooses no protocol by ALPN, want h2 or http/1.1"],
    [
      "no other by ALPN",
      { ...shown(good), ALPNProtocols: ["postgresql"] },
      { alpn: "h2" },
      "78 the server ends TLS: no application protocol (alert 120)",
    ],
  ]);
});

both("tls tells whether a server takes the client certificate", async (t, preflight) => {
  const wants: tls.TlsOptions = { ...shown(good), ca: ca.cert, requestCert: true, rejectUnauthorized: true };
  const own = issue({ subject: "client", by: ca });
  await table(t, preflight, [
    ["taken", wants, { cert: own.cert, key: own.key }, PASSED],
    ["taken, 1.2", { ...wants, maxVersion: "TLSv1.2" }, { cert: own.cert, key: own.key }, PASSED],
  ]);
  const stranger = issue({ subject: "client", by: issue({ subject: "Other CA", ca: true }) });
  const port = await openssl(t, ["-tls1_3", "-Verify", "1", "-verify_return_error"]);
  const item = { tls: `localhost:${port}`, ca: ca.cert };
  const refuses = "78 the server ends TLS: unknown ca (alert 48) | it does not take our client certificate";
  t.same(
    await looks(t, preflight, [
      { ...item, cert: stranger.cert, key: stranger.key },
      { ...item, cert: own.cert, key: own.key },
    ]),
    [refuses, PASSED],
  );
});

both("tls waits where nobody is, and where the handshake comes to nothing", async (t, preflight) => {
  const closed = await free();
  const cut = await serving(t, (s) => s.end());
  const [refused, ended] = await looks(t, preflight, [
    { tls: `127.0.0.1:${closed}`, ca: ca.cert },
    { tls: `127.0.0.1:${cut}`, ca: ca.cert },
  ]);
  t.equal(refused, "75 connection refused");
  t.match(ended, /^75 connection closed in the TLS handshake \| /);
  const server = net.createServer();
  const port = await listening(t, server);
  const running = preflight.start(["check", `tls:127.0.0.1:${port}`, "--wait", "1500ms", "--timeout", "300ms"]);
  t.equal((await running.ended).code, 75, "silence");
});

both("tls refuses a configuration that cannot be meant", async (t, preflight) => {
  const cases: readonly (readonly [Item, string])[] = [
    [{ tls: "db" }, 'tls must be host:port: got "db"'],
    [{ tls: "db:0" }, "tls must have a port from 1 to 65535: got 0"],
    [{ tls: "db:1", min_version: "1.1" }, 'min_version must be 1.2 or 1.3: got "1.1"'],
    [{ tls: "db:1", alpn: ["h2", "a b"] }, 'alpn must be names such as h2 or http/1.1: got "a b"'],
    [{ tls: "db:1", alpn: "abcdefghi".split("") }, "alpn must be at most 8 names: got 9"],
    [{ tls: "db:1", key: "/x" }, 'key goes with "cert", the certificate that it is the key of'],
  ];
  const cwd = t.testdir({ "preflight.yaml": `checks:\n${cases.map(([i]) => `  - ${JSON.stringify(i)}\n`).join("")}` });
  const r = await preflight.run(["explain"], { cwd });
  t.equal(r.code, 78);
  const said = r.stderr
    .trimEnd()
    .split("\n")
    .map((line) => line.replace(/^preflight\.yaml:\d+:\d+: /, ""));
  t.same(
    said,
    cases.map(([, want]) => want),
  );
});

/** A server that begins in plain text, line by line, and turns secure after the last of its words. */
function starts(words: readonly (readonly [heard: string, said: string])[], more = ""): Behaviour {
  return (socket) => {
    let i = 0;
    let text = "";
    const hear = (bytes: Buffer): void => {
      text += bytes.toString("latin1");
      const [heard, said] = words[i] ?? ["", ""];
      if (!text.endsWith(heard)) return;
      text = "";
      i++;
      socket.write(said + (i === words.length ? more : ""), "latin1");
      if (i < words.length) return;
      socket.off("data", hear);
      new tls.TLSSocket(socket, { isServer: true, ...shown(good) }).on("error", () => {});
    };
    socket.on("data", hear);
    const [first, banner] = words[0] ?? ["", ""];
    if (first !== "") return;
    socket.write(banner);
    i++;
  };
}

both(
  "tls begins in the midst of another protocol, and waits or refuses where that does not begin it",
  async (t, preflight) => {
    const postgres = "\0\0\0\x08\x04\xd2\x16\x2f";
    const smtp = (answer: string): Behaviour =>
      starts([
        ["", "220-mail\r\n220 ESMTP\r\n"],
        ["EHLO preflight\r\n", "250-mail\r\n250-STARTTLS\r\n250 OK\r\n"],
        ["STARTTLS\r\n", answer],
      ]);
    const injected = starts([[postgres, "S"]], "plain");
    const cases: readonly (readonly [string, Behaviour, string | RegExp])[] = [
      ["smtp", smtp("220 go on\r\n"), PASSED],
      [
        "imap",
        starts([
          ["", "* OK ready\r\n"],
          ["a STARTTLS\r\n", "a OK begin\r\n"],
        ]),
        PASSED,
      ],
      [
        "pop3",
        starts([
          ["", "+OK ready\r\n"],
          ["STLS\r\n", "+OK begin\r\n"],
        ]),
        PASSED,
      ],
      [
        "ftp",
        starts([
          ["", "220 ready\r\n"],
          ["AUTH TLS\r\n", "234 begin\r\n"],
        ]),
        PASSED,
      ],
      ["postgres", starts([[postgres, "S"]]), PASSED],
      ["postgres", (s) => s.once("data", () => s.write("N")), '78 does not begin TLS: it answers "N"'],
      ["smtp", smtp("502 not implemented\r\n"), '78 does not begin TLS: it says "502 not implemented", want "220"'],
      ["smtp", smtp("454 not now\r\n"), '75 does not begin TLS: it says "454 not now", want "220"'],
      [
        "smtp",
        (s) => s.write("HTTP/1.1 400 Bad Request\r\n"),
        '78 does not begin TLS: it says "HTTP/1.1 400 Bad Request", want "220"',
      ],
      [
        "smtp",
        (s) => s.write("x".repeat(5000)),
        "78 breaks the rules of smtp: a part of its answer is longer than 2048 bytes",
      ],
      ["smtp", (s) => s.end("220 ready\r\n"), "75 connection closed in the middle of the conversation"],
      ["postgres", injected, "78 breaks the rules of postgres: it goes on in plain text where TLS was to begin"],
      ["postgres", (s) => s.once("data", () => s.end("S")), /^75 connection closed in the TLS handshake \| /],
      ["imap", () => undefined, "75 no answer within 1s"],
    ];
    const items: Item[] = [];
    for (const [starttls, behaviour] of cases)
      items.push({ tls: `localhost:${await serving(t, behaviour)}`, ca: ca.cert, starttls, timeout: "1s" });
    const got = await looks(t, preflight, items);
    for (const [i, [name, , want]] of cases.entries()) {
      if (typeof want === "string") t.equal(got[i], want, `${i} ${name}`);
      else t.match(got[i], want, `${i} ${name}`);
    }
  },
);
