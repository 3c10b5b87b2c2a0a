import { spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer, connect, type AddressInfo } from "node:net";
import t, { type Test } from "tap";
import { both } from "../support/artifacts.ts";
import { first, look, noMounts, said } from "../support/facts.ts";
import { free } from "../support/local.ts";

t.setTimeout(120_000);
const LOCAL = "\n  hint: what listens on a loopback address is not reached from outside of its container\n";

/** Somebody listens there; the port. */
async function listens(t: Test, host: string, port = 0): Promise<number> {
  const server = createServer((s) => s.on("error", () => {}));
  server.listen({ host, port, ipv6Only: host === "::1" });
  await once(server, "listening");
  t.teardown(() => server.close());
  return (server.address() as AddressInfo).port;
}

both("port passes where somebody listens, at the address that is wanted or at all", async (t, preflight) => {
  const all = await listens(t, "0.0.0.0");
  t.equal(await said(t, preflight, { port: all }), "");
  for (const address of ["0.0.0.0", "127.0.0.1", "10.1.2.3"])
    t.equal(await said(t, preflight, { port: all, address }), "", address);
  t.equal(
    await said(t, preflight, { port: all, address: "::1" }),
    `port [::1]:${all}: listened on at 0.0.0.0, want ::1\n`,
  );
  const six = await listens(t, "::");
  for (const address of ["0.0.0.0", "127.0.0.1", "::", "fd00::1"])
    t.equal(await said(t, preflight, { port: six, address }), "", address);
});

both(
  "port waits where a server listens on loopback alone, and says that others do not reach it",
  async (t, preflight) => {
    const port = await listens(t, "127.0.0.1");
    t.equal(await said(t, preflight, { port }), "");
    t.equal(
      await said(t, preflight, { port, address: "0.0.0.0" }),
      `port 0.0.0.0:${port}: listened on at 127.0.0.1, want 0.0.0.0${LOCAL}`,
    );
    await listens(t, "::1", port);
    t.equal(
      await said(t, preflight, { port, address: "10.0.0.1" }),
      `port 10.0.0.1:${port}: listened on at 127.0.0.1, ::1, want 10.0.0.1${LOCAL}`,
    );
  },
);

both("port takes an IPv4 address of an IPv6 socket, as Java has them, for what it is", async (t, preflight) => {
  const python = spawn(
    "python3",
    [
      "-c",
      "import socket as k,sys\ns=k.socket(k.AF_INET6);s.setsockopt(41,26,0);s.bind(('::ffff:127.0.0.1',0));s.listen();print(s.getsockname()[1],flush=True);sys.stdin.read()",
    ],
    { stdio: ["pipe", "pipe", "inherit"] },
  );
  t.teardown(() => python.stdin.end());
  const port = Number(await new Promise<Buffer>((done) => python.stdout.once("data", done)));
  t.equal(await said(t, preflight, { port, address: "127.0.0.1" }), "");
  t.equal(
    await said(t, preflight, { port, address: "::1" }),
    `port [::1]:${port}: listened on at 127.0.0.1, want ::1${LOCAL}`,
  );
});

both("port waits until somebody listens", async (t, preflight) => {
  const port = await free();
  const run = preflight.start([`port:${port}`, "--", "echo", "started"]);
  await run.says(`port ${port}: waiting: nobody listens\n`);
  await listens(t, "127.0.0.1", port);
  t.equal((await run.ended).stdout, "started\n");
});

both("port waits until it is free, and a connection does not count", async (t, preflight) => {
  const server = createServer((s) => s.on("error", () => {})).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const socket = connect(port, "127.0.0.1");
  t.teardown(() => socket.destroy());
  await once(socket, "connect");
  t.equal(await said(t, preflight, { port, state: "free" }), `port ${port}: taken: somebody listens on 127.0.0.1\n`);
  for (const address of ["127.0.0.1", "0.0.0.0", "::"])
    t.match(await said(t, preflight, { port, state: "free", address }), "taken: somebody listens on 127.0.0.1\n");
  for (const address of ["127.0.0.2", "::1"])
    t.equal(await said(t, preflight, { port, state: "free", address }), "", address);
  const [config = "", file = ""] = look(t, { port, state: "free" });
  const run = preflight.start([config, file, "--", "echo", "started"]);
  await run.says(`port ${port}: waiting: taken: somebody listens on 127.0.0.1\n`);
  server.close();
  t.equal((await run.ended).stdout, "started\n");
});

both("port tells UDP from TCP", async (t, preflight) => {
  const udp = createSocket("udp4");
  await new Promise<void>((done) => udp.bind(0, "127.0.0.1", done));
  t.teardown(() => udp.close());
  const { port } = udp.address();
  t.equal(await said(t, preflight, { port, protocol: "udp" }), "");
  t.equal(
    await said(t, preflight, { port, protocol: "udp", state: "free" }),
    `port ${port}/udp: taken: somebody listens on 127.0.0.1\n`,
  );
  t.equal(await said(t, preflight, { port, state: "free" }), "");
});

if (noMounts === false) {
  both("port reads the kernel's list to the letter", async (t, preflight) => {
    const row = (local: string, state: string): string =>
      `   0: ${local} 00000000:0000 ${state} 00000000:00000000 00:00000000\n`;
    const head = "  sl  local_address rem_address   st tx_queue rx_queue\n";
    const dir = t.testdir({
      tcp: head + row("0100000A:0050", "0A") + row("00000000:0051", "01") + row("x:0050", "0A"),
      tcp6: head + row(`000080FE${"0".repeat(16)}01000000:0050`, "0A") + row(`B80D0120${"0".repeat(24)}:0050`, "0A"),
    });
    const own = first(preflight, `mount --bind '${dir}' /proc/$$/net`);
    t.equal(
      await said(t, own, { port: 80, state: "free" }),
      "port 80: taken: somebody listens on 10.0.0.1, x, fe80::1, 2001:db8::\n",
    );
    t.equal(await said(t, own, { port: 81, state: "free" }), "");
  });

  both("port does not pass where the kernel does not tell, not even under not", async (t, preflight) => {
    const mute = first(preflight, `mount --bind '${t.testdir({})}' /proc/$$/net`);
    for (const not of [false, true])
      t.equal(
        await said(t, mute, { port: 80, not }, 78),
        `${not ? "not " : ""}port 80: cannot be looked at: /proc/net/tcp: no such file\n`,
      );
  });
}

both("port says what is wrong with its options", async (t, preflight) => {
  for (const [item, why] of [
    [{ port: 0 }, "port must be from 1 to 65535: got 0"],
    [{ port: 70000 }, "port must be from 1 to 65535: got 70000"],
    [{ port: "http" }, 'port must be a whole number: got "http"'],
    [{ port: 80, address: "localhost" }, 'address must be an address: got "localhost"'],
    [{ port: 80, state: "open" }, 'state must be listening or free: got "open"'],
  ] as const) {
    const r = await preflight.run(look(t, item));
    t.equal(r.code, 78);
    t.match(r.stderr, `${why}\n`);
  }
});
