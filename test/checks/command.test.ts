import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t, { test, type Test } from "tap";
import { binary, both, onlyBinary, Preflight } from "../support/artifacts.ts";
import { compiled } from "../support/compile.ts";

t.setTimeout(120_000);

/** A configuration of one command check. */
function config(t: Test, ...lines: string[]): string {
  return join(t.testdir({ "preflight.yaml": `checks:\n  - ${lines.join("\n    ")}\n` }), "preflight.yaml");
}

/** A folder whose path needs no quotes in a shell, wherever the checkout is. */
function room(t: Test): string {
  const folder = mkdtempSync("/tmp/preflight-");
  t.teardown(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

/** What the last lines of a report say, for one look. */
async function look(
  t: Test,
  preflight: Preflight,
  ...lines: string[]
): Promise<{ code: number | null; said: string; took: number }> {
  const r = await preflight.run(["--config", config(t, ...lines), "--no-wait", "--", "true"]);
  return { code: r.code, said: r.stderr.split("\n").slice(1).join("\n"), took: r.took };
}

function alive(pid: number): boolean {
  return existsSync(`/proc/${pid}`) && !/^State:\s*Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
}

/** Whether the process whose number is in the file ends in a moment: who was killed needs one to die. */
async function dies(file: string): Promise<boolean> {
  const pid = Number(readFileSync(file, "utf8"));
  for (let i = 0; i < 200 && alive(pid); i++) await new Promise((resolve) => setTimeout(resolve, 10));
  return !alive(pid);
}

both("command passes with exit code 0, or a code of exit", async (t, preflight) => {
  t.equal((await look(t, preflight, "command: [true]")).code, 0);
  t.equal((await look(t, preflight, 'command: [sh, -c, "exit 3"]', "exit: [0, 3]")).code, 0);
});

both("command waits with another code, and shows the last lines of the output", async (t, preflight) => {
  const r = await look(
    t,
    preflight,
    "name: ready",
    "command: [sh, -c, \"for i in 1 2 3 4 5 6 7; do printf 'line %s\\\\n' $i; done; exit 3\"]",
    "exit: [0, 2]",
  );
  t.equal(r.code, 75);
  t.equal(r.said, "preflight: ready: exit code 3, want 0 or 2\n  line 3\n  line 4\n  line 5\n  line 6\n  line 7\n");
});

both("command fails for good with a code of fail_exit", async (t, preflight) => {
  const r = await look(
    t,
    preflight,
    "name: schema",
    'command: [sh, -c, "echo wrong version; exit 9"]',
    "fail_exit: [8, 9]",
  );
  t.equal(r.code, 78);
  t.equal(r.said, "preflight: schema: exit code 9, which fail_exit names\n  wrong version\n");
});

both("command names the signal that ended it", async (t, preflight) => {
  const r = await look(t, preflight, "name: c", 'command: [sh, -c, "kill -SEGV $$"]');
  t.equal(r.code, 75);
  t.equal(r.said, "preflight: c: ended by SIGSEGV\n");
});

both("command fails for good where it cannot be started", async (t, preflight) => {
  const folder = room(t);
  writeFileSync(join(folder, "noexec"), "#!/bin/sh\n", { mode: 0o644 });
  writeFileSync(join(folder, "lost"), "#!/nope/sh\n");
  chmodSync(join(folder, "lost"), 0o755);
  for (const [item, said] of [
    ["[nope]", 'cannot start "nope": not found in PATH\n'],
    [
      '"nope -h db"',
      'cannot start "nope -h db": not found in PATH\n  hint: it is used as it is, never split: write a list, or shell: true\n',
    ],
    ["[/nope/x]", 'cannot start "/nope/x": not found\n  hint: or the interpreter that it names is not there\n'],
    [`[${folder}/lost]`, /cannot start ".*": not found\n {2}hint: or the interpreter that it names is not there\n/],
    [
      `[${folder}/noexec]`,
      /cannot start ".*": permission denied\n {2}hint: it must be a file, executable, and not on a volume mounted noexec\n/,
    ],
    ["[/tmp]", /cannot start "\/tmp": permission denied\n/],
  ] as const) {
    const file = join(folder, "c.yaml");
    execFileSync("sh", ["-c", `printf 'checks:\\n  - name: c\\n    command: %s\\n' "$1" > "$2"`, "sh", item, file]);
    const r = await preflight.run(["--config", file, "--", "true"]);
    t.equal(r.code, 78, item);
    t.match(r.stderr, said, item);
  }
});

both("command says what is wrong with its options", async (t, preflight) => {
  const file = config(t, "command: [a, b]", "shell: true", "exit: [0, 256, x]", "fail_exit: [0, 7]");
  const r = await preflight.run(["--config", file, "--", "true"]);
  t.equal(r.code, 78);
  t.match(r.stderr, ':2:14: command must be one text with "shell": got 2\n');
  t.match(r.stderr, ':4:11: exit must be codes from 0 to 255: got "256"\n');
  t.match(r.stderr, ':4:11: exit must be codes from 0 to 255: got "x"\n');
  t.match(r.stderr, ":5:16: fail_exit must not hold what passes: got 0\n");
});

both("command uses its arguments as they are, and a shell where it is asked to", async (t, preflight) => {
  const kept = await look(
    t,
    preflight,
    "command: [printf, '<%s>', 'a  b', '$HOME', '', '*']",
    "contains: '<a  b><$HOME><><*>'",
  );
  t.equal(kept.code, 0, kept.said);
  const shell = await look(t, preflight, "command: 'x=1; test $x = 1 && echo yes'", "shell: true", "contains: yes");
  t.equal(shell.code, 0, shell.said);
});

both("command looks for a text and a pattern in both outputs", async (t, preflight) => {
  const program = 'command: [sh, -c, "echo out; echo err 42 >&2"]';
  t.equal((await look(t, preflight, program, "contains: out", 'pattern: "err [0-9]+"')).code, 0);
  const r = await look(t, preflight, "name: c", 'command: [sh, -c, "echo nothing"]', "contains: ready");
  t.equal(r.code, 75);
  t.equal(r.said, 'preflight: c: the output does not contain "ready"\n  nothing\n');
  const p = await look(t, preflight, "name: c", 'command: [sh, -c, "echo nothing"]', 'pattern: "^ready$"');
  t.equal(p.said, 'preflight: c: the output does not match "^ready$"\n  nothing\n');
});

both("command gets SIGTERM before its time is up, and its group with it", async (t, preflight) => {
  const folder = room(t);
  const r = await look(
    t,
    preflight,
    "name: c",
    `command: [sh, -c, 'sleep 60 & echo $! > ${folder}/pid; trap "echo bye; exit 0" TERM; wait']`,
    "timeout: 1s",
  );
  t.equal(r.code, 75);
  t.match(r.said, "preflight: c: still running after 800ms\n  bye\n");
  t.ok(r.took < 5000, `${r.took}`);
  t.ok(await dies(join(folder, "pid")), "nothing of its group is left");
});

both("command that ignores SIGTERM is killed in time", async (t, preflight) => {
  const folder = room(t);
  const r = await look(
    t,
    preflight,
    "name: c",
    `command: [sh, -c, 'trap "" TERM; echo $$ > ${folder}/pid; echo here; while :; do sleep 0.05; done']`,
    "timeout: 1s",
  );
  t.equal(r.code, 75);
  t.equal(r.said, "preflight: c: still running after 800ms, and SIGTERM did not end it\n  here\n");
  t.ok(r.took < 5000, `${r.took}`);
  t.ok(await dies(join(folder, "pid")));
});

both("command is not held by a grandchild that holds its pipe", async (t, preflight) => {
  const folder = room(t);
  const group = await look(
    t,
    preflight,
    `command: [sh, -c, "sleep 60 & echo $! > ${folder}/pid; echo hi"]`,
    "contains: hi",
  );
  t.equal(group.code, 0);
  t.ok(group.took < 5000, `${group.took}`);
  t.ok(await dies(join(folder, "pid")), "what it left behind is ended after a pass too");
  const left = await look(t, preflight, 'command: [sh, -c, "setsid sleep 3 & echo hi"]', "contains: hi");
  t.equal(left.code, 0);
  t.ok(left.took < 5000, `${left.took}`);
});

both("command may print a gigabyte, in bounded memory", async (t, preflight) => {
  const file = config(
    t,
    'command: [sh, -c, "echo first; head -c 1000000000 /dev/zero; echo; echo last; exit 3"]',
    "name: c",
    "timeout: 15s",
  );
  const run = preflight.start(["--config", file, "--no-wait", "--", "true"]);
  let peak = 0;
  const timer = setInterval(() => {
    try {
      const status = readFileSync(`/proc/${run.child.pid ?? 0}/status`, "utf8");
      peak = Math.max(peak, Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0));
    } catch {
      // it has ended
    }
  }, 20);
  const r = await run.ended;
  clearInterval(timer);
  t.equal(r.code, 75, r.stderr);
  t.match(r.stderr, /preflight: c: exit code 3, want 0\n {2}last\n$/);
  if (preflight.artifact === binary && onlyBinary === false) t.ok(peak < 4000, `${peak} KB`);
});

both("command that prints without end is ended in time", async (t, preflight) => {
  const r = await look(
    t,
    preflight,
    "name: c",
    'command: [sh, -c, "cat /dev/zero & exec cat /dev/zero"]',
    "timeout: 1s",
  );
  t.equal(r.code, 75);
  t.match(r.said, /^preflight: c: still running after 800ms/);
  t.ok(r.took < 5000, `${r.took}`);
});

both("command is ended when the run is over without it", async (t, preflight) => {
  const folder = room(t);
  const file = join(folder, "p.yaml");
  execFileSync("sh", [
    "-c",
    `printf 'checks:\\n  - command: [sh, -c, "echo $$ > %s/pid; exec sleep 60"]\\n    timeout: 20s\\n  - command: [sh, -c, "while ! test -s %s/pid; do sleep 0.01; done; exit 9"]\\n    fail_exit: 9\\n' "$1" "$1" > "$2"`,
    "sh",
    folder,
    file,
  ]);
  const r = await preflight.run(["--config", file, "--", "true"]);
  t.equal(r.code, 78);
  t.ok(r.took < 5000);
  t.ok(await dies(join(folder, "pid")));
});

both("command is ended when a signal ends preflight", async (t, preflight) => {
  const folder = room(t);
  const run = preflight.start([
    "--config",
    config(t, `command: [sh, -c, "echo $$ > ${folder}/pid; exec sleep 60"]`, "timeout: 20s"),
    "tcp:127.0.0.1:1",
    "--",
    "true",
  ]);
  while (!existsSync(join(folder, "pid"))) await new Promise((r) => setTimeout(r, 10));
  await run.says("tcp 127.0.0.1:1: waiting"); // it listens to signals by then
  run.child.kill("SIGTERM");
  const r = await run.ended;
  t.equal(r.code, 143);
  t.ok(await dies(join(folder, "pid")));
});

both("command leaves no child, thread or descriptor to what comes after it", async (t, preflight) => {
  const file = config(
    t,
    'any: [{command: [sh, -c, "sleep 60 & exec sleep 60"], timeout: 20s}, {command: [sh, -c, "sleep 60 & sleep 0.1"]}]',
  );
  for (const command of [
    ["grep", "-E", "^(Threads|SigIgn|SigBlk|SigCgt)", "/proc/self/status"],
    ["ls", "/proc/self/fd"],
    ["sh", "-c", 'read -r children < /proc/$$/task/$$/children; echo "<$children>"'],
  ]) {
    const bare = await preflight.run(["--allow-empty", "--", ...command]);
    const r = await preflight.run(["--config", file, "--", ...command]);
    t.equal(r.stdout, bare.stdout, command.join(" "));
  }
});

both("command sees the signals as a shell would give them", async (t, preflight) => {
  if (preflight.artifact === binary && onlyBinary !== false) {
    t.pass(`${onlyBinary}: glibc's posix_spawn(3) leaves its own signals 32 and 33 ignored`);
    return;
  }
  const r = await look(
    t,
    preflight,
    'command: [grep, -E, "^(SigIgn|SigBlk)", /proc/self/status]',
    'pattern: "SigBlk:\\\\s0+\\\\nSigIgn:\\\\s0+\\\\n"',
  );
  t.equal(r.code, 0, r.said);
});

both("command learns how its program ended where SIGCHLD was inherited as ignored", async (t, { artifact }) => {
  const command = [compiled("probe.c"), "as", "ignore=17", "--", ...artifact.command] as const;
  const r = await look(t, new Preflight({ name: artifact.name, command }), "command: [sh, -c, exit 3]");
  t.equal(r.said, "preflight: command sh -c exit 3: exit code 3, want 0\n");
});

void test("command leaves no zombie where preflight is process 1", (t) => {
  if (process.getuid?.() !== 0) {
    t.pass("skipped: a pid namespace needs root");
    t.end();
    return;
  }
  const file = config(
    t,
    'command: [sh, -c, "for i in 1 2 3 4 5; do (sleep 60 & sleep 60) & done; sleep 0.05"]',
    "successes: 5",
  );
  const run = [
    "-fp",
    "--mount-proc",
    ...binary.command,
    "--config",
    file,
    "--",
    "sh",
    "-c",
    "cat /proc/[0-9]*/stat | cut -d' ' -f2,3",
  ];
  const out = execFileSync("unshare", run, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  t.notMatch(out, /Z|sleep/);
  t.match(out, "(sh) ");
  t.end();
});
