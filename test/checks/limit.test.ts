import { mkdirSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t, { type Test } from "tap";
import { both, type Preflight } from "../support/artifacts.ts";
import { first, look, noMounts, reason, telling } from "../support/facts.ts";

t.setTimeout(120_000);

/** The same artifact under limits of its own, "nofile=64:128". */
function limited(preflight: Preflight, ...limits: readonly string[]): Preflight {
  return first(preflight, `set -- prlimit ${limits.map((l) => `--${l}`).join(" ")} "$@"`);
}
const cure = (name: string, hard: string): string =>
  `\n  hint: docker run --ulimit ${name}=SOFT:HARD; up to the hard limit, ${hard}, the command can raise its own\n`;

async function said(t: Test, preflight: Preflight, item: Readonly<Record<string, unknown>>): Promise<string> {
  const r = await preflight.run(look(t, item));
  t.equal(r.code, r.stdout === "" ? 78 : 0);
  return r.stdout === "" ? reason(r.stderr) : "";
}

both("limit judges the soft limit by min and max, and the hard one by hard", async (t, preflight) => {
  const own = limited(preflight, "nproc=1000:2000", "core=0:unlimited", "stack=8388608:16777216");
  for (const item of [
    { limit: "nproc", min: 1000, max: 1000, hard: 2000 },
    { limit: "core", max: 0, hard: "unlimited" },
    { limit: "stack", min: "8MiB", hard: "16MiB", max: "unlimited" },
  ])
    t.equal(await said(t, own, item), "", JSON.stringify(item));
  t.equal(
    await said(t, own, { limit: "nproc", min: 1001 }),
    `limit nproc: 1000, want at least 1001${cure("nproc", "2000")}`,
  );
  t.equal(
    await said(t, own, { limit: "nproc", max: 999 }),
    `limit nproc: 1000, want at most 999${cure("nproc", "2000")}`,
  );
  t.equal(
    await said(t, own, { limit: "nproc", hard: 2001 }),
    `limit nproc: the hard limit is 2000, want at least 2001${cure("nproc", "2000")}`,
  );
  t.equal(
    await said(t, own, { limit: "stack", min: "unlimited" }),
    `limit stack: 8388608, want at least unlimited${cure("stack", "16777216")}`,
  );
});

both("limit tells what the command will have of open files", async (t, preflight) => {
  const own = limited(preflight, "nofile=200:300");
  const has = preflight.artifact.name === "binary" ? 200 : 300; // Node raises its own, and hands that on
  t.equal(await said(t, own, { limit: "nofile", min: has, hard: 300 }), "");
  t.equal(
    await said(t, own, { limit: "nofile", min: 301 }),
    `limit nofile: ${has}, want at least 301${cure("nofile", "300")}`,
  );
});

both("limit knows every name of ulimit that this kernel does", async (t, preflight) => {
  const names = "as core cpu data fsize locks memlock msgqueue nice nofile nproc rss rtprio rttime sigpending stack";
  for (const name of names.split(" "))
    t.equal(await said(t, preflight, { limit: name, min: 0, max: "unlimited", hard: 0 }), "", name);
});

both("limit reads a sysctl", async (t, preflight) => {
  t.equal(await said(t, preflight, { limit: "kernel.pid_max", min: 300 }), "");
  t.match(
    await said(t, preflight, { limit: "kernel.pid_max", min: "999999999" }),
    /^limit kernel\.pid_max: \d+, want at least 999999999\n {2}hint: sysctl -w kernel\.pid_max=N on the host; docker run --sysctl for net\.\*\n$/,
  );
  for (const not of [false, true]) {
    const before = not ? "not " : "";
    t.equal(
      await said(t, preflight, { limit: "vm.none", min: 1, not }),
      `${before}limit vm.none: cannot be looked at: /proc/sys/vm/none: no such file\n`,
    );
    t.equal(
      await said(t, preflight, { limit: "net.ipv4.ip_local_port_range", min: 1, not }),
      `${before}limit net.ipv4.ip_local_port_range: cannot be looked at: /proc/sys/net/ipv4/ip_local_port_range: does not tell\n`,
    );
  }
});

if (noMounts === false) {
  both("limit takes the smallest limit on processes of all cgroups above", async (t, preflight) => {
    const dir = t.testdir({ "pids.max": "70\n", a: { "pids.max": "50\n", b: { "pids.max": "max\n" } } });
    const own = telling(preflight, dir, {
      "/proc/self/cgroup": "0::/a/b\n",
      "/proc/self/mountinfo": "35 24 0:30 / DIR rw,nosuid shared:9 - cgroup2 cgroup rw\n",
    });
    t.equal(await said(t, own, { limit: "pids", min: 50, max: 50 }), "");
    t.equal(
      await said(t, own, { limit: "pids", min: 51 }),
      `limit pids: 50, want at least 51\n  hint: set in ${dir}/a/pids.max: docker run --pids-limit, podPidsLimit of the kubelet\n`,
    );
    const none = telling(preflight, dir, { "/proc/self/mountinfo": "" });
    t.equal(await said(t, none, { limit: "pids", min: "unlimited" }), "");
    const mute = telling(preflight, dir, { "/proc/self/cgroup": "" });
    t.match(
      await said(t, mute, { limit: "pids", min: 1 }),
      "limit pids: cannot be looked at: /proc/self/cgroup: does not tell\n",
    );
  });

  both("limit sees the limit of a real cgroup", async (t, preflight) => {
    const group = `/sys/fs/cgroup/pids/preflight-${process.pid}`;
    try {
      mkdirSync(group);
    } catch (e) {
      t.pass(`no cgroup can be made here: ${String(e)}`);
      return;
    }
    t.teardown(() => rmdirSync(group));
    writeFileSync(join(group, "pids.max"), "123");
    const own = first(preflight, `echo $$ >${group}/cgroup.procs`);
    t.equal(
      await said(t, own, { limit: "pids", min: 200 }),
      `limit pids: 123, want at least 200\n  hint: set in ${group}/pids.max: docker run --pids-limit, podPidsLimit of the kubelet\n`,
    );
  });
}

both("limit says what is wrong with its options", async (t, preflight) => {
  for (const [item, why] of [
    [
      { limit: "nofiles", min: 1 },
      'limit must be as, core, cpu, data, fsize, locks, memlock, msgqueue, nice, nofile, nproc, rss, rtprio, rttime, sigpending, stack, pids or a sysctl: got "nofiles"',
    ],
    [{ limit: "nofile" }, "limit needs min, max or hard"],
    [{ limit: "nofile", min: "1k" }, 'min must be a number, a size such as "64KiB" or unlimited: got "1k"'],
    [{ limit: "nofile", min: "unlimited", max: 5 }, "min is more than max: no limit would do"],
    [{ limit: "pids", hard: 5 }, 'hard does not go with "pids"'],
    [{ limit: "../x", min: 5 }, 'a sysctl: got "../x"'],
  ] as const) {
    const r = await preflight.run(look(t, item));
    t.equal(r.code, 78);
    t.match(r.stderr, `${why}\n`);
  }
});
