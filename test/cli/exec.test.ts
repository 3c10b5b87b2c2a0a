/**
 * The command must not be able to tell that preflight was there: its state is compared with that of a bare start. Where
 * preflight stays as its init, all but its parent and its process group is the same.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, readFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { test } from "tap";
import { binary, both, type Artifact } from "../support/artifacts.ts";
import { compiled } from "../support/compile.ts";

const probe = compiled("probe.c");
const ENV = { PATH: process.env["PATH"] ?? "", FIRST: "1", ODD: "a=b \t'\"", LAST: "" };

/** Ways to the command. */
const WAYS: readonly (readonly string[])[] = [[], ["--init"], ["--init=group"]];

/** What the probe saw, without what an init cannot hide. */
function comparable(state: string, way: readonly string[]): string {
  return way.length === 0 ? state : state.replace(/^(pid|ppid|pgrp) .*\n/gm, "");
}

/** Starts a program in a state and returns what the probe at its end sees, its own pid struck. */
async function seen(
  file: string,
  wishes: readonly string[],
  before: readonly string[],
  env: NodeJS.ProcessEnv = ENV,
): Promise<string> {
  const args = ["as", ...wishes, "--", ...before, probe, "show", file, "", "ÿ \n", "--", "-x"];
  const child = spawn(probe, args, { env, stdio: ["ignore", "ignore", "ignore"], cwd: "/usr" });
  const [code] = (await once(child, "exit")) as [number];
  if (code !== 0) throw new Error(`the probe ended with ${code}`);
  return readFileSync(file, "utf8").replace(`pid ${child.pid}\n`, "pid own\n");
}

const STATES: readonly (readonly string[])[] = [
  [],
  ["ignore=1", "ignore=2", "ignore=3", "ignore=13", "ignore=15", "ignore=17", "ignore=10", "ignore=34"],
  ["block=10", "block=15", "block=34", "block=40", "block=1"],
  ["close=0", "close=2"],
  ["close=0", "close=1", "close=2"],
  ["fd=77", "fd=3"],
  ["umask=137", "nofile=100"],
];

const LOCAL = ["env:FIRST", "env:ODD", "file:/etc/passwd", "file:/", "!file:/nonesuch"];

async function invisible(
  t: { equal(a: unknown, b: unknown, message: string): unknown; testdir(): string },
  artifact: Artifact,
  states: readonly (readonly string[])[],
): Promise<void> {
  const dir = t.testdir();
  for (const [i, wishes] of states.entries()) {
    const bare = await seen(join(dir, `bare${i}`), wishes, []);
    for (const checks of [["--allow-empty"], LOCAL]) {
      const file = join(dir, `bare${i}`); // the same path: it is in argv
      for (const way of WAYS) {
        const through = await seen(file, wishes, [...artifact.command, ...way, ...checks, "--"]);
        t.equal(comparable(through, way), comparable(bare, way), [...way, ...checks, ...wishes].join(" "));
      }
    }
  }
}

test("exec is invisible to the command, whatever state was inherited", async (t) => {
  await invisible(t, binary, STATES);
});

test("exec is invisible after a wait with sockets and timers, and after a name was resolved", async (t) => {
  const dir = t.testdir();
  const states = [[], ["ignore=13", "block=10", "fd=77", "close=0"]];
  for (const [wishes, way] of states.flatMap((s) => WAYS.map((w) => [s, w] as const))) {
    const server = createServer((socket) => socket.destroy());
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, "close");
    const file = join(dir, "state");
    const bare = await seen(file, wishes, []);
    const waiting = seen(file, wishes, [
      ...binary.command,
      ...way,
      `tcp:localhost:${port}`,
      `!dns:nonesuch.invalid`,
      "command:true",
      "--",
    ]);
    setTimeout(() => server.listen(port, "127.0.0.1"), 100);
    t.equal(comparable(await waiting, way), comparable(bare, way), [...way, ...wishes].join(" "));
    server.close();
  }
});

test("exec passes argv and environment on byte for byte, invalid UTF-8 included", async (t) => {
  const dir = t.testdir();
  const line = `exec "$@" '${probe}' show '${join(dir, "x")}' "$(printf '\\377 a')"`;
  const run = async (before: readonly string[]): Promise<string> => {
    const child = spawn("/bin/sh", ["-c", `export BAD="$(printf '\\376x')"; ${line}`, "sh", ...before], {
      env: ENV,
      stdio: "ignore",
    });
    await once(child, "exit");
    return readFileSync(join(dir, "x"), "utf8").replace(/^p?pid .*\n/gm, "");
  };
  const bare = comparable(await run(["env"]), ["--init"]);
  for (const way of WAYS)
    t.equal(comparable(await run([...binary.command, ...way, "--allow-empty", "--"]), ["--init"]), bare);
});

both("exec keeps pid, argv, environment, working directory, umask and process group", async (t, preflight) => {
  const file = join(t.testdir(), "state");
  const bare = await seen(file, ["umask=27"], []);
  const through = await seen(file, ["umask=27"], [...preflight.artifact.command, "env:FIRST", "--"]);
  const own = (state: string): string =>
    (state.match(/^(?:pid|ppid|pgrp|sid|umask|argv|env|cwd|nice) .*$/gm) ?? []).join("\n");
  t.equal(own(through), own(bare));
});

test("exec lets every exit code from 0 to 255 through", async (t) => {
  const codes: number[] = [];
  for (let code = 0; code < 256; code++) {
    const child = spawn(binary.command[0], ["--allow-empty", "--quiet", "--", "/bin/sh", "-c", `exit ${code}`]);
    const [got] = (await once(child, "exit")) as [number];
    codes.push(got);
  }
  t.same(
    codes,
    Array.from({ length: 256 }, (_, i) => i),
  );
});

both("exec lets a death by signal through", async (t, preflight) => {
  for (const signal of ["SIGTERM", "SIGKILL", "SIGSEGV", "SIGHUP"]) {
    const r = await preflight.run(["--allow-empty", "--", "/bin/sh", "-c", `kill -${signal.slice(3)} $$`]);
    t.equal(r.signal, signal);
  }
});

both("exec says 127 where the command is not found, and 126 where it cannot be run", async (t, preflight) => {
  const dir = t.testdir({ plain: "no program", text: "echo hi\n", "no-interpreter": "#!/nonesuch\n" });
  for (const name of ["text", "no-interpreter"]) chmodSync(join(dir, name), 0o755);
  const cases: readonly (readonly [string, number, string])[] = [
    ["nonesuch", 127, 'preflight: cannot run "nonesuch": not found in PATH\n'],
    ["/nonesuch", 127, 'preflight: cannot run "/nonesuch": not found, or the interpreter that it names is not there\n'],
    [
      "/etc/passwd/x",
      127,
      'preflight: cannot run "/etc/passwd/x": not found, or the interpreter that it names is not there\n',
    ],
    ["", 127, 'preflight: cannot run "": not found in PATH\n'],
    [join(dir, "plain"), 126, `preflight: cannot run "${join(dir, "plain")}": permission denied\n`],
    [
      join(dir, "text"),
      126,
      `preflight: cannot run "${join(dir, "text")}": it is neither a program nor a script that begins with #!\n`,
    ],
    [
      join(dir, "no-interpreter"),
      127,
      `preflight: cannot run "${join(dir, "no-interpreter")}": not found, or the interpreter that it names is not there\n`,
    ],
    ["/etc", 126, 'preflight: cannot run "/etc": permission denied\n'],
  ];
  for (const [command, code, message] of cases) {
    for (const way of WAYS) {
      const r = await preflight.run(["--allow-empty", "--quiet", ...way, "--", command]);
      t.same([r.code, r.stderr], [code, message], [...way, command].join(" "));
    }
  }
});
