import { ServerCredentials } from "@grpc/grpc-js";
import { createServer as plainHttp2 } from "node:http2";
import type { Socket } from "node:net";
import { t as all, type Test } from "tap";
import { both, type Preflight } from "../support/artifacts.ts";
import { issue } from "../support/certificates.ts";
import { health, type Asked, type Said } from "../support/grpc.ts";
import { looks, PASSED, type Item } from "../support/looks.ts";
import { BYTES, Mouth, pieces, stage, transcripts, WHOLE, type How, type Transcript } from "../support/replay.ts";
import { listening, serving } from "../support/servers.ts";
import { refusals, verdicts } from "../support/web.ts";

all.setTimeout(180_000);

const says = (status: string, words: string): string => `grpc-status ${status}: the server says "${words}"`;
const HEALTHLESS = "it has no health service: ask it by level: speaks";
const CLOSED =
  /^75 connection (?:closed|reset) without an answer \| so does a proxy with no server behind it, and a port that wants TLS$/;

const WANT: Readonly<Record<string, readonly [Item, string | RegExp]>> = {
  "etcd-serving": [{}, PASSED],
  "etcd-unknown-method": [{}, `78 ${says("12 UNIMPLEMENTED", "unknown service nope.Nope")} | ${HEALTHLESS}`],
  "http1-to-h2c": [{}, "75 connection closed in the middle of the conversation"],
  "not-serving": [{}, "75 the server is NOT_SERVING"],
  "plain-to-tls-port": [{}, CLOSED],
  "service-unknown": [
    { service: "bar" },
    `75 ${says("5 NOT_FOUND", "unknown service")} | it knows no such service, or not yet`,
  ],
  "serving-named": [{ service: "foo" }, PASSED],
  serving: [{}, PASSED],
  "status-unknown": [{}, "75 the server is UNKNOWN"],
  "tls-ok": [{}, PASSED],
  unimplemented: [{}, `78 ${says("12 UNIMPLEMENTED", "Method not found!")} | ${HEALTHLESS}`],
};
const ALL = transcripts("grpc");
const bytesOf = (x: Transcript): Buffer => Buffer.from(x.exchange.map((s) => s.recv ?? "").join(""), "hex");

interface Role {
  readonly transcript: Transcript;
  readonly how: How;
}

async function played(t: Test, preflight: Preflight, roles: readonly Role[]): Promise<readonly string[]> {
  const at = await stage(t, (socket, i) => {
    const role = roles[i];
    if (role === undefined) return;
    socket.once("data", () => {
      const mouth = new Mouth(socket, role.how);
      mouth.say(bytesOf(role.transcript));
      if (role.transcript.exchange.some((s) => s.eof === true)) mouth.end();
    });
  });
  return looks(
    t,
    preflight,
    roles.map((r, i) => ({ grpc: at(i), timeout: "8s", ...WANT[r.transcript.scenario]?.[0] })),
  );
}

both("grpc comes to the recorded verdict on every transcript, however its bytes are cut", async (t, preflight) => {
  t.same(ALL.map((x) => x.scenario).toSorted(), Object.keys(WANT).toSorted(), "each is read");
  const roles = [WHOLE, BYTES, pieces(1), pieces(2), pieces(3)].flatMap((how) =>
    ALL.map((transcript) => ({ transcript, how })),
  );
  const got = await played(t, preflight, roles);
  for (const [i, { transcript }] of roles.entries()) {
    const want = WANT[transcript.scenario]?.[1] ?? "";
    const name = `${transcript.scenario}, way ${Math.floor(i / ALL.length)}`;
    if (typeof want === "string") t.equal(got[i], want, name);
    else t.match(got[i], want, name);
    const agrees = { ready: PASSED, "not-yet": "75", fail: "78" }[transcript.means];
    // HTTP/1.1 is not what we send, and a service that is not known may be registered later
    if (!/^(?:http1-to-h2c|service-unknown)$/.test(transcript.scenario))
      t.match(got[i], new RegExp(`^${agrees}`), name);
  }
});

both("grpc comes to no verdict but wait where any answer breaks off", async (t, preflight) => {
  const whole = await played(
    t,
    preflight,
    ALL.map((transcript) => ({ transcript, how: WHOLE })),
  );
  const roles: Role[] = [];
  for (const transcript of ALL.filter((x) => bytesOf(x).length > 0))
    for (let most = 1; most < bytesOf(transcript).length; most++)
      roles.push({ transcript, how: { piece: () => 1e9, most } });
  const got = await played(t, preflight, roles);
  let cuts = 0;
  for (const [i, { transcript, how }] of roles.entries()) {
    if (/^75 connection (?:closed|reset) in the middle of the conversation$/.test(got[i] ?? "")) cuts++;
    else t.equal(got[i], whole[ALL.indexOf(transcript)], `${transcript.scenario}, ${how.most} bytes`);
  }
  t.ok(cuts > roles.length / 3, `${cuts} of ${roles.length}`);
});

// --- a real server ---

const STATES: Readonly<Record<string, Said>> = {
  "": { serving: 1 },
  unknown: { serving: 0 },
  down: { serving: 2 },
  gone: { serving: 3 },
  busy: { code: "RESOURCE_EXHAUSTED", details: "too many" },
  full: { code: "UNAVAILABLE", details: "no backend: 100% down" },
  closed: { code: "UNAUTHENTICATED", details: "who are you" },
  denied: { code: "PERMISSION_DENIED", details: "" },
};
const say = ({ service, token }: Asked): Said =>
  service === "secret"
    ? token === "Bearer s3cret-token"
      ? { serving: 1 }
      : { code: "UNAUTHENTICATED", details: `bad ${token}` }
    : (STATES[service] ?? { code: "NOT_FOUND", details: `unknown service ${service}` });

both("grpc comes to what a real server's health service says", async (t, preflight) => {
  const { port, stop } = await health(t, say);
  const none = await health(t, null);
  const at = `127.0.0.1:${port}`;
  await verdicts(t, preflight, [
    [{ grpc: at }, PASSED],
    [{ grpc: `grpc://${at}/` }, PASSED],
    [{ grpc: `${at}/secret`, token: "s3cret-token" }, PASSED],
    [{ grpc: `127.0.0.1:1,${at}` }, PASSED],
    [{ grpc: at, level: "speaks", service: "closed" }, PASSED],
    [{ grpc: `127.0.0.1:${none.port}`, level: "speaks" }, PASSED],
    [
      { grpc: `127.0.0.1:${none.port}` },
      /^78 grpc-status 12 UNIMPLEMENTED: the server says ".*" \| it has no health service: ask it by level: speaks$/,
    ],
    [{ grpc: at, service: "unknown" }, '75 service "unknown" is UNKNOWN'],
    [{ grpc: at, service: "down" }, '75 service "down" is NOT_SERVING'],
    [{ grpc: at, service: "gone" }, '75 service "gone" is SERVICE_UNKNOWN'],
    [
      { grpc: at, service: "shop.Orders" },
      `75 ${says("5 NOT_FOUND", "unknown service shop.Orders")} | it knows no such service, or not yet`,
    ],
    [{ grpc: at, service: "busy" }, `75 ${says("8 RESOURCE_EXHAUSTED", "too many")}`],
    [{ grpc: at, service: "full" }, /^75 grpc-status 14 UNAVAILABLE: the server says "no backend: 100% down"$/],
    [{ grpc: at, service: "full", level: "speaks" }, /^75 grpc-status 14 UNAVAILABLE/],
    [{ grpc: at, service: "closed" }, `78 ${says("16 UNAUTHENTICATED", "who are you")} | it wants another "token"`],
    [{ grpc: at, service: "denied" }, "78 grpc-status 7 PERMISSION_DENIED | the token is not enough for it"],
    [
      { grpc: at, service: "secret", token: "hunter2222" },
      `78 ${says("16 UNAUTHENTICATED", "bad Bearer ***")} | it wants another "token"`,
    ],
    [
      { grpc: `grpcs://${at}`, insecure: true },
      /^7[58] (?:speaks no TLS|connection (?:closed|reset) in the TLS handshake|no answer to TLS)/,
    ],
    [{ grpc: "127.0.0.1:1" }, "75 connection refused"],
  ]);
  stop();
  t.equal((await looks(t, preflight, [{ grpc: at }]))[0], "75 connection refused", "it is gone");
});

both("grpc waits until a real server is SERVING, and the command starts", async (t, preflight) => {
  const state = { serving: 2 };
  const { port } = await health(t, () => state);
  const run = preflight.start([`grpc:127.0.0.1:${port}`, "--", "echo", "started"]);
  await run.says("waiting: the server is NOT_SERVING");
  state.serving = 1;
  t.equal((await run.ended).stdout, "started\n");
});

both(
  "grpc over TLS: h2 by ALPN, verified, with a client certificate, and told where the other was asked",
  async (t, preflight) => {
    const ca = issue({ subject: "Test CA", ca: true });
    const leaf = issue({ by: ca, names: ["localhost", "127.0.0.1"] });
    const client = issue({ by: ca, subject: "client", use: "client" });
    const pair = { cert_chain: Buffer.from(leaf.cert), private_key: Buffer.from(leaf.key) };
    const loose = await health(t, say, ServerCredentials.createSsl(null, [pair]));
    const strict = await health(t, say, ServerCredentials.createSsl(Buffer.from(ca.cert), [pair], true));
    await verdicts(t, preflight, [
      [{ grpc: `grpcs://localhost:${loose.port}`, ca: ca.cert }, PASSED],
      [{ grpc: `127.0.0.1:${loose.port}`, tls: true, ca: ca.cert }, PASSED],
      [{ grpc: `grpcs://127.0.0.1:${strict.port}`, ca: ca.cert, cert: client.cert + client.key }, PASSED],
      [
        { grpc: `grpcs://127.0.0.1:${strict.port}`, ca: ca.cert },
        /^7[58] (?:the server ends TLS: |connection (?:closed|reset) )/,
      ],
      [
        { grpc: `grpcs://127.0.0.1:${loose.port}` },
        /^78 its certificate is not trusted: its issuer "Test CA" is not known here/,
      ],
      [
        { grpc: `127.0.0.1:${loose.port}` },
        /^7[58] (?:connection (?:closed|reset) without an answer|speaks TLS, and plain text was asked)/,
      ],
    ]);
  },
);

both("grpc says what is no gRPC, and what breaks the rules of HTTP/2", async (t, preflight) => {
  const broken = (why: string): string => `78 breaks the rules of gRPC: ${why}`;
  const hex = (text: string): Buffer => Buffer.from(text, "hex");
  const settings = "000000040000000000";
  const cases: readonly (readonly [Buffer, string])[] = [
    [Buffer.from("HTTP/1.1 400 Bad Request\r\n\r\n"), '78 does not speak gRPC: it says "HTTP/1.1 400 Bad Request"'],
    [Buffer.from("SSH-2.0-OpenSSH_9.2\r\n"), '78 does not speak gRPC: it says "SSH-2.0-OpenSSH_9.2"'],
    [Buffer.from("-ERR\r\n-ERR unknown"), '78 does not speak gRPC: it says "-ERR"'],
    [hex("15030100020228"), "78 speaks TLS, and plain text was asked | tls: true"],
    [hex(`${settings}004001000000000001`), broken("a frame is longer than 16384 bytes")],
    [hex(`${settings}000000050400000001`), broken("it pushes what it must not")],
    [hex(`${settings}000001010400000001ff`), broken("its headers are malformed")],
    [hex(`${settings}000001010400000001be`), broken("its headers are malformed")],
    [hex(`${settings}000001010000000001880000000600000000000000`), broken("a frame stands in the midst of headers")],
    [hex(`${settings}000000060000000000`.repeat(150)), broken("an answer has more than 200 frames")],
    [hex(`${settings}00000403000000000100000007`), "75 the server resets the request: REFUSED_STREAM"],
    [
      hex(`${settings}00000a0700000000000000000000000000627965`.replace("00000a", "00000b")),
      '75 the server goes away: NO_ERROR, "bye"',
    ],
    [hex(`${settings}00000101050000000188`), '78 answers HTTP status "200", and no grpc-status'],
    [hex(`${settings}0000050105000000010803353032`), '75 answers HTTP status "502", and no grpc-status'],
  ];
  const at = await stage(t, (socket, role) => socket.once("data", () => socket.write(cases[role]?.[0] ?? "")));
  await verdicts(
    t,
    preflight,
    cases.map(([, want], i) => [{ grpc: at(i) }, want] as const),
  );
});

both("grpc acknowledges SETTINGS and PING, without which a server says nothing", async (t, preflight) => {
  const [settings, ping] = ["000000040000000000", "0000080600000000000102030405060708"];
  const answer = transcripts("grpc").find((x) => x.scenario === "serving");
  const frames = answer === undefined ? "" : bytesOf(answer).toString("hex");
  const port = await serving(t, (socket) => {
    let heard = "";
    let said = false;
    socket.write(Buffer.from(settings + ping, "hex"));
    socket.on("data", (bytes) => {
      heard += bytes.toString("hex");
      if (said || !heard.includes("000000040100000000") || !heard.includes("0000080601000000000102030405060708"))
        return;
      said = true;
      socket.write(Buffer.from(frames, "hex"));
    });
  });
  t.equal((await looks(t, preflight, [{ grpc: `127.0.0.1:${port}` }]))[0], PASSED);
});

both("grpc keeps to its time and its bounds, and passes an HTTP/2 server that is none by", async (t, preflight) => {
  const flood = (socket: Socket): void => {
    socket.write(Buffer.from("000000040000000000", "hex"));
    const frames = Buffer.concat(
      Array.from({ length: 4 }, () => Buffer.concat([Buffer.from("004000000000000001", "hex"), Buffer.alloc(16_384)])),
    );
    const more = (): void => {
      while (!socket.destroyed && socket.write(frames));
    };
    socket.on("drain", more);
    more();
  };
  const web = plainHttp2((_, response) => {
    response.writeHead(404);
    response.end("not found");
  });
  const ports = [
    await serving(t, flood),
    await serving(t, () => {}),
    await serving(t, (s) => s.end()),
    await listening(t, web),
  ];
  const got = await looks(
    t,
    preflight,
    ports.map((port) => ({ grpc: `127.0.0.1:${port}`, timeout: "1s" })),
  );
  t.match(
    got[0],
    /^78 breaks the rules of gRPC: (?:its answer is longer than 64 KiB|it says more than 1088 KiB at once)$/,
  );
  t.equal(got[1], "75 no answer within 1s");
  t.match(got[2], CLOSED);
  t.equal(got[3], '75 answers HTTP status "404", and no grpc-status');
});

both("grpc refuses a configuration that cannot be meant, and shows no token", async (t, preflight) => {
  await refusals(t, preflight, [
    [{ grpc: "http://u:hunter2@h" }, 'grpc must be a grpc:// or grpcs:// URL: got "http://***@h"'],
    [{ grpc: "h:1/a", service: "b" }, "service is in the grpc URL too: say it once"],
    [{ grpc: "h:1", token: "a\nb" }, "token holds a line end, which would begin another header"],
    [{ grpc: "h:1", service: "x".repeat(200) }, "service is longer than 120 bytes"],
  ]);
});
