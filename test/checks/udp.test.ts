import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import t, { type Test } from "tap";
import { both, type Preflight } from "../support/artifacts.ts";
import { look, reason } from "../support/facts.ts";
import { inside } from "../support/world.ts";

t.setTimeout(120_000);

/** A service that is told each datagram; its port. */
async function service(
  t: Test,
  heard: (socket: Socket, bytes: Buffer, from: RemoteInfo) => void,
  host = "127.0.0.1",
  port = 0,
): Promise<number> {
  const socket = createSocket(host.includes(":") ? "udp6" : "udp4");
  socket.on("message", (bytes, from) => {
    heard(socket, bytes, from);
  });
  await new Promise<void>((done) => socket.bind(port, host, done));
  t.teardown(() => socket.close());
  return socket.address().port;
}
const echo = (socket: Socket, bytes: Buffer, from: RemoteInfo): void => {
  socket.send(bytes, from.port, from.address);
};

async function said(t: Test, preflight: Preflight, item: Readonly<Record<string, unknown>>): Promise<string> {
  const r = await preflight.run(look(t, item));
  t.equal(r.code, r.stdout === "" ? 75 : 0, r.stderr);
  return r.stdout === ""
    ? reason(r.stderr)
        .replace(/^udp \S+: /, "")
        .trimEnd()
    : "";
}

both("udp passes at an answer, or at one that matches", async (t, preflight) => {
  const port = await service(t, echo);
  t.equal(await said(t, preflight, { udp: `127.0.0.1:${port}`, send: "ping" }), "");
  t.equal(await said(t, preflight, { udp: `127.0.0.1:${port}`, send: "ping", expect: "^ping$" }), "");
  t.equal(await said(t, preflight, { udp: `localhost:${port}`, send: "ping", expect: "^ping$" }), "");
  const six = await service(t, echo, "::1");
  t.equal(await said(t, preflight, { udp: `[::1]:${six}`, send: "é", expect: "^é$" }), "");
});

both("udp sends and reads bytes as hexadecimal digits", async (t, preflight) => {
  const port = await service(t, (socket, bytes, from) => {
    echo(socket, bytes.toString("hex") === "00ffe3" ? Buffer.of(0x1c, 0, 0xfe) : bytes, from);
  });
  const item = { udp: `127.0.0.1:${port}`, send: "00FFe3", hex: true };
  t.equal(await said(t, preflight, { ...item, expect: "^1c00fe$" }), "");
  t.equal(await said(t, preflight, { ...item, expect: "^1c01" }), 'the answer is "1c00fe" at 127.0.0.1');
});

both("udp waits where nobody is there, nobody answers, or something else is said", async (t, preflight) => {
  const none = await service(t, () => {});
  const port = await service(t, echo);
  const free = await service(t, echo);
  t.equal(
    await said(t, preflight, { udp: `127.0.0.1:${none}`, send: "x", timeout: "200ms" }),
    "no answer from 127.0.0.1",
  );
  t.equal(
    await said(t, preflight, { udp: `127.0.0.1:${port}`, send: "a\u001bb", expect: "pong" }),
    'the answer is "a\\x1bb" at 127.0.0.1',
  );
  t.equal(
    await said(t, preflight, { udp: `localhost:${port}`, send: "x", expect: "pong" }),
    'connection refused at ::1; the answer is "x" at 127.0.0.1',
  );
  t.ok(free > 0);
});

both("udp takes an empty answer for one, and sends an empty request", async (t, preflight) => {
  const port = await service(t, echo);
  t.equal(await said(t, preflight, { udp: `127.0.0.1:${port}`, send: "" }), "");
  t.equal(
    await said(t, preflight, { udp: `127.0.0.1:${port}`, send: "", expect: "x" }),
    'the answer is "" at 127.0.0.1',
  );
});

both("udp hears nobody but whom it asked", async (t, preflight) => {
  const other = createSocket("udp4");
  t.teardown(() => other.close());
  const port = await service(t, (socket, bytes, from) => {
    other.send("evil", from.port, from.address, () => {
      echo(socket, bytes, from);
    });
  });
  t.equal(await said(t, preflight, { udp: `127.0.0.1:${port}`, send: "good", expect: "^good$" }), "");
});

both("udp keeps the first 8 KiB of an answer", async (t, preflight) => {
  const port = await service(t, (socket, _bytes, from) => {
    echo(socket, Buffer.concat([Buffer.alloc(8191, "a"), Buffer.from("bc"), Buffer.alloc(30_000, "d")]), from);
  });
  t.equal(await said(t, preflight, { udp: `127.0.0.1:${port}`, send: "x", expect: "^a+b$" }), "");
});

both("udp passes soon after the service answers", async (t, preflight) => {
  let asked = 0;
  const port = await service(t, (socket, bytes, from) => {
    asked++;
    if (asked > 2) echo(socket, bytes, from);
  });
  const [config = "", file = ""] = look(t, { udp: `127.0.0.1:${port}`, send: "x", timeout: "200ms" });
  const r = await preflight.run([config, file, "--", "echo", "started"]);
  t.equal(r.stdout, "started\n");
  t.equal(asked, 3, "one datagram a look");
});

inside(
  { names: { "two.test": { A: ["127.0.0.1", "127.0.0.2"] }, "none.test": {} }, options: "timeout:1 attempts:1" },
  "udp asks every address of a name, and says what becomes of each",
  async (t, preflight) => {
    const why = await said(t, preflight, { udp: "two.test:9", send: "x" });
    t.equal(why.split("; ").sort().join("; "), "connection refused at 127.0.0.1; connection refused at 127.0.0.2");
    t.equal(await said(t, preflight, { udp: "none.test:9", send: "x" }), "the name has no address");
    t.equal(await said(t, preflight, { udp: "other.test:9", send: "x" }), "the name does not resolve");
    t.match(await said(t, preflight, { udp: "10.255.255.1:9", send: "x" }), "network unreachable at 10.255.255.1");
    t.match(
      await said(t, preflight, { udp: "127.0.0.1:9", send: "x".repeat(65_530) }),
      "the request is too long at 127.0.0.1",
    );
  },
);

both("udp says what is wrong with its options", async (t, preflight) => {
  for (const [item, why] of [
    [{ udp: "x", send: "x" }, 'udp must be host:port: got "x"'],
    [{ udp: "x:1" }, 'a udp check needs "send", a text'],
    [{ udp: "x:1", send: "0x1", hex: true }, 'send must be pairs of hexadecimal digits: got "0x1"'],
  ] as const) {
    const r = await preflight.run(look(t, item));
    t.equal(r.code, 78);
    t.match(r.stderr, `${why}\n`);
  }
});
