import { spawn } from "node:child_process";
import { chmodSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { type Test } from "tap";
import { both } from "../support/artifacts.ts";
import { nearby } from "../support/local.ts";

/** A Python program that makes sockets and holds them until the test ends. */
async function holding(t: Test, script: string): Promise<void> {
  const child = spawn(
    "python3",
    ["-c", `import socket as k,sys,os\n${script}\nprint('ready',flush=True);sys.stdin.read()`],
    { stdio: ["pipe", "pipe", "inherit"] },
  );
  t.teardown(() => child.stdin.end());
  await new Promise((done) => child.stdout.once("data", done));
}

both("unix passes where a stream socket accepts, by path, URL or abstract name", async (t, preflight) => {
  const at = nearby(t);
  for (const path of [join(at, "x.sock"), `\0preflight-${process.pid}`]) {
    const server = createServer((s) => s.on("error", () => {}));
    await new Promise<void>((done) => server.listen(path, done));
    t.teardown(() => server.close());
  }
  for (const word of [`unix:${at}/x.sock`, `unix://${at}/x.sock`, `unix:@preflight-${process.pid}`]) {
    const r = await preflight.run(["--no-wait", word, "--", "echo", "started"]);
    t.equal(r.stdout, "started\n", `${word}: ${r.stderr}`);
  }
});

both("unix passes soon after the socket begins to accept", async (t, preflight) => {
  const path = join(nearby(t), "x.sock");
  const run = preflight.start([`unix:${path}`, "--", "echo", "started"]);
  await run.says("waiting: no such socket");
  const server = createServer((s) => s.on("error", () => {}));
  t.teardown(() => server.close());
  await new Promise<void>((done) => server.listen(path, done));
  t.equal((await run.ended).stdout, "started\n");
});

both("unix waits for what can still come", async (t, preflight) => {
  const at = nearby(t);
  await holding(
    t,
    `os.chdir(${JSON.stringify(at)})
a=k.socket(k.AF_UNIX);a.bind('bound')
b=k.socket(k.AF_UNIX);b.bind('full');b.listen(0)
c=[k.socket(k.AF_UNIX) for _ in range(3)]
for x in c: x.setblocking(False);x.connect_ex('full')`,
  );
  for (const [name, why] of [
    ["bound", "connection refused"],
    ["full", "its backlog is full"],
    ["none", "no such socket"],
    ["none/none", "no such socket"],
  ] as const) {
    const r = await preflight.run(["--no-wait", `unix:${at}/${name}`, "--", "true"]);
    t.equal(r.code, 75, name);
    t.ok(r.stderr.endsWith(`: ${why}\n`), r.stderr);
  }
  const abstract = await preflight.run(["--no-wait", "unix:@nobody-listens-here", "--", "true"]);
  t.equal(abstract.code, 75);
  t.match(abstract.stderr, "unix @nobody-listens-here: connection refused\n");
});

both("unix fails for good on what is no stream socket", async (t, preflight) => {
  const at = nearby(t);
  writeFileSync(join(at, "file"), "");
  await holding(
    t,
    `os.chdir(${JSON.stringify(at)})\na=k.socket(k.AF_UNIX,k.SOCK_DGRAM);a.bind('datagram')\nos.symlink('loop','loop')`,
  );
  for (const [name, said] of [
    ["datagram", "not a stream socket\n  hint: it is a datagram or a sequenced-packet socket\n"],
    ["file", "not a socket\n"],
    ["file/x", "a part of the path is not a folder\n"],
    ["loop", "a loop of symbolic links\n"],
    [
      ".",
      "a folder, not a socket\n  hint: a bind mount whose source is missing becomes a folder: start the server first\n",
    ],
  ] as const) {
    const r = await preflight.run([`unix:${at}/${name}`, "--", "true"]);
    t.equal(r.code, 78, name);
    t.ok(r.stderr.endsWith(`: ${said}`), r.stderr);
  }
});

both("unix fails for good without permission", async (t, preflight) => {
  if (process.getuid?.() === 0 && preflight.artifact.name === "package") {
    t.pass("root runs this on the binary alone, which another user can execute");
    return;
  }
  const at = nearby(t);
  const server = createServer();
  await new Promise<void>((done) => server.listen(join(at, "x.sock"), done));
  t.teardown(() => server.close());
  chmodSync(at, 0o755);
  chmodSync(join(at, "x.sock"), 0o600);
  const root = process.getuid?.() === 0;
  if (!root) chmodSync(join(at, "x.sock"), 0);
  const own = preflight.artifact.command;
  const command = root ? ["setpriv", "--reuid=65534", "--clear-groups", ...own] : own;
  const [program = "", ...args] = command;
  const child = spawn(program, [...args, `unix:${at}/x.sock`, "--", "true"], { stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  child.stderr.on("data", (b: Buffer) => (said += b.toString()));
  const code = await new Promise((done) => child.on("close", done));
  t.equal(code, 78, said);
  t.ok(
    said.endsWith(
      `: permission denied\n  hint: uid ${root ? 65534 : process.getuid?.()} needs write permission on the socket and search permission on its folders\n`,
    ),
    said,
  );
});

both("unix says what is wrong with its path", async (t, preflight) => {
  const long = `/${"x".repeat(108)}`;
  const r = await preflight.run([`unix:${long}`, "unix:@", "--", "true"]);
  t.equal(r.code, 78);
  t.match(r.stderr, "unix must have at most 107 bytes, all that a socket's path can have: got 109\n");
  t.match(r.stderr, 'unix must be a path, or "@name": got "@"\n');
  const fits = await preflight.run(["--no-wait", `unix:/${"x".repeat(106)}`, "--", "true"]);
  t.equal(fits.code, 75);
  t.match(fits.stderr, ": no such socket\n");
});
