/** Exit codes and the environment of the command, as process 1 of a container, from a scratch image too. */
import { VERSION } from "../../src/version.ts";
import { TOOLS } from "./engine.ts";
import { docker, live, start, words } from "./support.ts";

const once = words("run --rm --network none --label preflight.lab=test");

live("the engine tells a gate's exit codes and its command's", async (t) => {
  const cases: Record<string, readonly [number, string]> = {
    "env:PATH -- true": [0, "preflight: 1 check passed"],
    "env:PATH -- false": [1, "preflight: 1 check passed"],
    "--nonsense -- true": [64, "preflight: unknown flag"],
    "--no-wait tcp:127.0.0.1:1 -- true": [75, "preflight: tcp 127.0.0.1:1: connection refused"],
    "--wait 300ms tcp:127.0.0.1:1 -- true": [75, "preflight: tcp 127.0.0.1:1: not ready after 3"],
    "env:MISSING -- true": [78, "preflight: env MISSING: not set"],
    "env:PATH -- /etc": [126, 'preflight: cannot run "/etc": '],
    "env:PATH -- nosuch": [127, 'preflight: cannot run "nosuch": not found in PATH'],
  };
  const runs = Object.entries(cases).map(async ([line, [code, says]]) => {
    const r = await docker(...once, TOOLS, "preflight", ...words(line));
    t.equal(r.code, code, line);
    t.ok(r.stderr.includes(says), r.stderr);
  });
  await Promise.all(runs);
});

live("a command that is missing keeps the engine from starting a container, and a gate's policy going", async (t) => {
  const bare = await docker(
    ...words(`run --label preflight.lab=test --restart on-failure --name nosuch ${TOOLS} nosuch`),
  );
  t.teardown(() => docker("rm", "-f", "nosuch"));
  t.equal(bare.code, 127);
  const state = await docker("inspect", "-f", "{{.State.Status}} {{.RestartCount}}", "nosuch");
  t.equal(state.stdout.trim(), "created 0", "the engine's own words for it");
  const gated = await start(t, ...words(`--restart on-failure:2 ${TOOLS} preflight env:PATH -- nosuch`));
  const { State, RestartCount } = await gated.ended();
  t.same([State.ExitCode, RestartCount], [127, 2], "to the engine the gate is a command that ended with 127");
});

live("to the command it is as if there had been no gate", async (t) => {
  const look = `
    echo "pid $$, parent $PPID, umask $(umask), in $(pwd)"
    tr '\\0' ' ' </proc/1/cmdline; echo
    grep -E '^(Sig|Shd|Cap|NoNewPrivs|Seccomp|Groups|Uid|Gid|Threads|Umask)' /proc/1/status
    ls /proc/1/fd; set -- /proc/[0-9]*; echo "$# process"; cat /proc/1/limits; env | sort`;
  const options = words(`--hostname here -w /tmp -u 7:8 --group-add 9 --cap-drop NET_RAW ${TOOLS}`);
  const [bare, gated] = await Promise.all([
    docker(...once, ...options, "sh", "-c", look),
    docker(...once, ...options, ...words("preflight !tcp:127.0.0.1:1 env:PATH -- sh -c"), look),
  ]);
  t.match(bare.stdout, /^pid 1, parent 0, umask 0022, in \/tmp\nsh -c /);
  t.equal(gated.stdout, bare.stdout);
  t.same([bare.code, gated.code], [0, 0]);
});

live("a scratch image needs nothing but the binary", async (t) => {
  const cases = {
    "env:PATH -- /preflight --version": 0,
    "--no-wait tcp:127.0.0.1:1 -- /preflight": 75,
    "--no-wait file:/etc/passwd -- /preflight": 75,
    "env:PATH -- sh": 127,
  };
  const runs = Object.entries(cases).map(async ([line, code]) => {
    const r = await docker(...once, ...words("--read-only --cap-drop ALL -u 65534 preflight"), ...words(line));
    t.equal(r.code, code, line);
    if (code === 0) t.equal(r.stdout, `preflight ${VERSION}\n`);
  });
  await Promise.all(runs);
});
