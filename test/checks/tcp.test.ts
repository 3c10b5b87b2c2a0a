import { spawn } from "node:child_process";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { join } from "node:path";
import t, { type Test } from "tap";
import { both } from "../support/artifacts.ts";
import { inside } from "../support/world.ts";

t.setTimeout(120_000);

/** A server that does this with each connection, for the length of the test. */
async function serving(
  t: Test,
  connected: (socket: Socket) => void = () => {},
): Promise<{ port: number; server: Server }> {
  const server = createServer((socket) => {
    socket.on("error", () => {});
    connected(socket);
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  t.teardown(() => server.close());
  return { port: (server.address() as AddressInfo).port, server };
}

/** A port on which nobody listens. */
async function free(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  await new Promise((done) => server.close(done));
  return port;
}

function config(t: Test, ...lines: string[]): string {
  return join(t.testdir({ "preflight.yaml": `checks:\n  - ${lines.join("\n    ")}\n` }), "preflight.yaml");
}

both("tcp passes where something accepts", async (t, preflight) => {
  const { port } = await serving(t);
  const r = await preflight.run([`tcp:127.0.0.1:${port}`, "--", "echo", "started"]);
  t.equal(r.code, 0);
  t.equal(r.stdout, "started\n");
});

both("tcp waits while the connection is refused", async (t, preflight) => {
  const r = await preflight.run(["--wait", "200ms", `tcp:127.0.0.1:${await free()}`, "--", "echo", "started"]);
  t.equal(r.code, 75);
  t.equal(r.stdout, "");
  t.match(r.stderr, /: not ready after \d+ms: connection refused, \d+ looks\n$/);
});

both("tcp passes soon after something begins to accept", async (t, preflight) => {
  const port = await free();
  const run = preflight.start([`tcp:localhost:${port}`, "--", "echo", "started"]);
  await run.says("waiting: connection refused at ");
  const server = createServer((s) => s.on("error", () => {}));
  t.teardown(() => server.close());
  await new Promise<void>((done) => server.listen(port, "127.0.0.1", done));
  const from = performance.now();
  t.equal((await run.ended).stdout, "started\n");
  t.ok(performance.now() - from < 500);
});

both("tcp names each address and why", async (t, preflight) => {
  const r = await preflight.run(["--no-wait", `tcp:localhost:${await free()}`, "--", "true"]);
  t.match(r.stderr, /: connection refused at (::1, 127\.0\.0\.1|127\.0\.0\.1, ::1)\n$/);
});

both("tcp says what is wrong with its options", async (t, preflight) => {
  const r = await preflight.run(["--config", config(t, "tcp: db:1", "closed: true", "hold: 1s"), "--", "true"]);
  t.equal(r.code, 78);
  t.match(r.stderr, ":3:13: closed goes with neither hold nor expect\n");
});

both("tcp with closed passes only where every address refuses", async (t, preflight) => {
  const none = await preflight.run([
    "--config",
    config(t, `tcp: localhost:${await free()}`, "closed: true"),
    "--no-wait",
    "--",
    "true",
  ]);
  t.equal(none.code, 0, none.stderr);
  const { port } = await serving(t);
  const one = await preflight.run([
    "--config",
    config(t, `tcp: localhost:${port}`, "closed: true"),
    "--no-wait",
    "--",
    "true",
  ]);
  t.equal(one.code, 75);
  t.match(one.stderr, ": something listens, and must not\n");
  const lost = await preflight.run([
    "--config",
    config(t, "tcp: nope.invalid:80", "closed: true"),
    "--no-wait",
    "--",
    "true",
  ]);
  t.equal(lost.code, 75);
  t.match(lost.stderr, /: not refused: (the name does not resolve|no answer from the resolver|the resolver fails)\n/);
});

both("tcp with expect passes where the first bytes match, in whatever pieces they come", async (t, preflight) => {
  const { port } = await serving(t, (socket) => {
    const text = Buffer.from("220 grüße\r\n");
    for (let i = 0; i < text.length; i++) setTimeout(() => socket.write(text.subarray(i, i + 1)), 5 * i);
  });
  const r = await preflight.run([
    "--config",
    config(t, `tcp: 127.0.0.1:${port}`, 'expect: "^220 grüße\\\\r"'),
    "--no-wait",
    "--",
    "true",
  ]);
  t.equal(r.code, 0, r.stderr);
});

both("tcp with expect says what the server says instead", async (t, preflight) => {
  for (const [act, said] of [
    [(s: Socket) => s.write("\u001b[31m550 go away\r\n"), 'the server says "\\x1b[31m550 go away\\r\\n"'],
    [(s: Socket) => s.end("550 no\r\n"), 'connection closed, the server says "550 no\\r\\n"'],
    [(s: Socket) => s.end(), "connection closed, the server says nothing"],
    [() => {}, "the server says nothing"],
  ] as const) {
    const { port } = await serving(t, (s) => void act(s));
    const r = await preflight.run([
      "--config",
      config(t, `tcp: 127.0.0.1:${port}`, 'expect: "^220 "', "timeout: 300ms"),
      "--no-wait",
      "--",
      "true",
    ]);
    t.equal(r.code, 75);
    t.ok(r.stderr.endsWith(`: ${said}\n`), `${said}: ${r.stderr}`);
    t.ok(r.took < 5000);
  }
});

both("tcp with expect reads no more than it promises from a server that sends without end", async (t, preflight) => {
  const { port } = await serving(t, (socket) => {
    const more = (): void => {
      while (!socket.destroyed && socket.write("x".repeat(65_536)));
    };
    socket.on("drain", more);
    more();
  });
  const r = await preflight.run([
    "--config",
    config(t, `tcp: 127.0.0.1:${port}`, 'expect: "y"', "timeout: 500ms"),
    "--no-wait",
    "--",
    "true",
  ]);
  t.equal(r.code, 75);
  t.match(r.stderr, /: the server says "x{80}…"\n$/);
  t.ok(r.took < 5000, `${r.took}`);
});

both("tcp with hold waits while connections are cut, and passes once one stays", async (t, preflight) => {
  let connections = 0;
  const { port } = await serving(t, (socket) => {
    connections++;
    if (connections === 1) socket.resetAndDestroy();
    if (connections === 2) setTimeout(() => socket.end(), 50);
  });
  const run = preflight.start([
    "--config",
    config(t, `tcp: 127.0.0.1:${port}`, "hold: 150ms"),
    "--",
    "echo",
    "started",
  ]);
  const r = await run.ended;
  t.equal(r.stdout, "started\n");
  t.match(r.stderr, /: waiting: connection reset(?: before 150ms were over)?\n/); // it may come before Node tells of the connection
  t.match(r.stderr, ": waiting: connection closed before 150ms were over\n");
  t.equal(connections, 3);
  t.ok(r.took > 200);
});

both("tcp with hold longer than its timeout says so", async (t, preflight) => {
  const { port } = await serving(t);
  const r = await preflight.run([
    "--config",
    config(t, `tcp: 127.0.0.1:${port}`, "hold: 5s", "timeout: 200ms"),
    "--no-wait",
    "--",
    "true",
  ]);
  t.equal(r.code, 75);
  t.match(r.stderr, ": could not be held open for 5s in time\n  hint: `timeout` must be longer than `hold`\n");
});

both("tcp waits while a backlog is full", async (t, preflight) => {
  const script =
    "import socket,sys;s=socket.socket();s.bind(('127.0.0.1',0));s.listen(0);a=s.getsockname();c=[socket.socket() for _ in range(4)];[(x.setblocking(False),x.connect_ex(a)) for x in c];print(a[1],flush=True);sys.stdin.read()";
  const server = spawn("python3", ["-c", script], { stdio: ["pipe", "pipe", "inherit"] });
  t.teardown(() => server.stdin.end());
  const port = await new Promise<string>((done) =>
    server.stdout.once("data", (b: Buffer) => {
      done(b.toString().trim());
    }),
  );
  const r = await preflight.run(["--timeout", "300ms", "--no-wait", `tcp:127.0.0.1:${port}`, "--", "true"]);
  t.equal(r.code, 75);
  t.match(r.stderr, /: no answer\n$/);
  const closed = await preflight.run([
    "--config",
    config(t, `tcp: 127.0.0.1:${port}`, "closed: true", "timeout: 300ms"),
    "--no-wait",
    "--",
    "true",
  ]);
  t.equal(closed.code, 75);
  t.match(closed.stderr, /: not refused: no answer\n$/);
});

// --- networks of the tests' own ---

const dead = Array.from({ length: 10 }, (_, i) => `10.9.0.${i + 2}`);
const hole = ["ip route add 10.9.0.0/16 dev lo"]; // loopback drops what is for nobody

for (const [route, why, code] of [
  ["blackhole", "no route to host", 75],
  ["unreachable", "no route to host", 75],
  ["prohibit", "connecting is not permitted", 78],
] as const) {
  inside(
    { prepare: [`ip route add ${route} 10.8.0.0/16`] },
    `tcp behind a ${route} route: ${why}`,
    async (t, preflight) => {
      const r = await preflight.run(["--no-wait", "tcp:10.8.0.1:80", "--", "true"]);
      t.equal(r.code, code);
      t.match(r.stderr, `: ${why}\n`);
    },
  );
}

inside({ prepare: hole }, "tcp waits where packets vanish, and ends in time", async (t, preflight) => {
  const r = await preflight.run(["--wait", "500ms", "tcp:10.9.0.2:80", "--", "true"]);
  t.equal(r.code, 75);
  t.match(r.stderr, /: not ready after 5..ms: no answer\n$/);
  t.ok(r.took < 5000);
});

const names = {
  "mixed.test": { A: [...dead, "127.0.0.1"] },
  "dead.test": { A: dead },
  "half.test": { A: ["127.0.0.1"], mute: ["AAAA"] },
  "late.test": { A: ["127.0.0.1"], delay: 1200 },
  "mute.test": { mute: ["A", "AAAA"] },
  "cut.test": { A: ["127.0.0.1"], truncate: true },
  "fails.test": { code: 2 },
  "many.test": { A: Array.from({ length: 199 }, (_, i) => `10.9.1.${i + 1}`), truncate: true },
} as const;
const world = { names, prepare: hole, listen: [7000], options: "timeout:2 attempts:1" };

inside(world, "tcp finds the one good address among ten dead ones", async (t, preflight) => {
  const r = await preflight.run(["--no-wait", "tcp:mixed.test:7000", "--", "echo", "started"]);
  t.equal(r.stdout, "started\n", r.stderr);
  t.equal(r.stderr.split(" looks").length, 1);
});

inside(
  { ...world, files: 16 },
  "tcp finds it with hardly any descriptors too",
  async (t, preflight) => {
    const r = await preflight.run(["--no-wait", "tcp:mixed.test:7000", "--", "echo", "started"]);
    t.equal(r.stdout, "started\n", r.stderr);
  },
  "binary",
);

inside(world, "tcp names four addresses for one reason and counts the others", async (t, preflight) => {
  const r = await preflight.run(["--no-wait", "--timeout", "1s", "tcp:dead.test:7000", "--", "true"]);
  t.equal(r.code, 75);
  t.match(r.stderr, /: no answer at 10\.9\.0\.\d+, 10\.9\.0\.\d+, 10\.9\.0\.\d+, 10\.9\.0\.\d+ and 6 more\n$/);
});

inside(world, "tcp ends in time where a name has 199 dead addresses", async (t, preflight) => {
  const r = await preflight.run(["--no-wait", "--timeout", "1s", "tcp:many.test:7000", "--", "true"]);
  t.equal(r.code, 75);
  t.match(r.stderr, /: no answer at .* and \d+ more\n$/);
  t.ok(r.took < 5000, `${r.took}`);
});

for (const name of ["half.test", "cut.test", "late.test"]) {
  inside(world, `tcp passes where the resolver is odd: ${name}`, async (t, preflight) => {
    const r = await preflight.run(["--wait", "3s", "--timeout", "500ms", `tcp:${name}:7000`, "--", "echo", "started"]);
    t.equal(r.stdout, "started\n", r.stderr);
  });
}

for (const [name, why] of [
  ["mute.test", /: not ready after 3..ms: no answer from the resolver\n$/],
  ["fails.test", /: not ready after 3..ms: (no answer from the resolver|the resolver fails.*)\n$/],
  ["other.test", /: waiting: the name does not resolve\n/],
] as const) {
  inside(world, `tcp waits for a name without an address: ${name}`, async (t, preflight) => {
    const r = await preflight.run(["--wait", "300ms", `tcp:${name}:7000`, "--", "true"]);
    t.equal(r.code, 75);
    t.match(r.stderr, why);
  });
}

inside(
  { prepare: ["echo 40000 40000 > /proc/sys/net/ipv4/ip_local_port_range"] },
  "tcp is not fooled by a connection to itself",
  async (t, preflight) => {
    const r = await preflight.run(["--no-wait", "tcp:127.0.0.1:40000", "--", "true"]);
    t.equal(r.code, 75);
    t.match(r.stderr, /: connected to itself: nobody listens\n$/);
    const own = await preflight.run(["--no-wait", "tcp:[::1]:40000", "--", "true"]);
    t.equal(own.code, 75);
    t.match(own.stderr, /: connected to itself: nobody listens\n$/);
  },
);

inside(
  { listen: [7001], prepare: [], by: ["python3", join(import.meta.dirname, "../support/no-ipv6.py")] },
  "tcp does without IPv6 where the kernel has none",
  async (t, preflight) => {
    const good = await preflight.run(["--no-wait", "tcp:localhost:7001", "--", "echo", "started"]);
    t.equal(good.stdout, "started\n", good.stderr);
    const bad = await preflight.run(["--no-wait", "tcp:localhost:7002", "--", "true"]);
    t.equal(bad.code, 75);
    t.match(bad.stderr, ": address family not supported here at ::1; connection refused at 127.0.0.1\n");
  },
);

const ports = Array.from({ length: 100 }, (_, i) => 7100 + i);
inside(
  { listen: ports, prepare: hole, files: 16 },
  "tcp looks at 100 ports with 16 descriptors",
  async (t, preflight) => {
    const up = await preflight.run([...ports.map((p) => `tcp:127.0.0.1:${p}`), "--", "echo", "started"]);
    t.equal(up.stdout, "started\n", up.stderr);
    const down = await preflight.run([
      "--wait",
      "500ms",
      ...ports.map((p) => `tcp:127.0.0.1:${p + 100}`),
      "--",
      "true",
    ]);
    t.equal(down.code, 75);
    t.match(down.stderr, "preflight: 100 checks not ready, 0 passed in ");
    t.notMatch(down.stderr, "no descriptor is free");
    const silent = await preflight.run([
      "--wait",
      "500ms",
      ...ports.map((p) => `tcp:10.9.0.${p - 7098}:80`),
      "--",
      "true",
    ]);
    t.equal(silent.code, 75);
    t.match(silent.stderr, "preflight: 100 checks not ready, 0 passed in ");
  },
  "binary",
);
