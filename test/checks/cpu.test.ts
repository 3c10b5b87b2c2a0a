import { mkdirSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t, { type Test } from "tap";
import { both, type Preflight } from "../support/artifacts.ts";
import { first, look, noMounts, reason, telling } from "../support/facts.ts";

t.setTimeout(120_000);
const HINT = "\n  hint: docker run --cpus and --cpuset-cpus, resources.limits.cpu in Kubernetes\n";

/** A process that may run on these processors, in this cgroup. */
function world(preflight: Preflight, dir: string, list: string, cgroup: string, mountinfo: string): Preflight {
  return telling(preflight, dir, {
    "/proc/self/status": `Name:\tx\nCpus_allowed:\tff\nCpus_allowed_list:\t${list}\nMems_allowed:\t1\n`,
    "/proc/self/cgroup": cgroup,
    "/proc/self/mountinfo": mountinfo,
  });
}

async function said(t: Test, preflight: Preflight, item: Readonly<Record<string, unknown>>): Promise<string> {
  const r = await preflight.run(look(t, item));
  t.equal(r.code, r.stdout === "" ? 78 : 0);
  return r.stdout === "" ? reason(r.stderr) : "";
}

if (noMounts === false) {
  both("cpu counts the processors that the process may run on", async (t, preflight) => {
    const own = world(preflight, t.testdir(), "0-3,8,10-11", "0::/\n", "");
    t.equal(await said(t, own, { cpu: 7, max: 7 }), "");
    t.equal(await said(t, own, { cpu: 7.5 }), `cpu 7.5: 7 by the processors it may run on, want at least 7.5${HINT}`);
    t.equal(await said(t, own, { cpu: 1, max: 6 }), `cpu 1: 7 by the processors it may run on, want at most 6${HINT}`);
  });

  both("cpu takes the smallest quota of all cgroups of version 2", async (t, preflight) => {
    const dir = t.testdir({
      "cpu.max": "max 100000\n",
      a: { "cpu.max": "150000 100000\n", b: { "cpu.max": "400000 100000\n", c: {} } },
    });
    const mount = "35 24 0:30 / DIR rw,nosuid shared:9 - cgroup2 cgroup rw,nsdelegate\n";
    const own = world(preflight, dir, "0-7", "0::/a/b/c\n", mount);
    t.equal(await said(t, own, { cpu: 1.5, max: 1.5 }), "");
    t.equal(await said(t, own, { cpu: 2 }), `cpu 2: 1.5 by ${dir}/a/cpu.max, want at least 2${HINT}`);
    t.equal(await said(t, world(preflight, dir, "0", "0::/a/b/c\n", mount), { cpu: 1, max: 1 }), "");
  });

  both("cpu knows version 1, also where the path is the host's", async (t, preflight) => {
    const set = (quota: string): Record<string, string> => ({
      "cpu.cfs_quota_us": `${quota}\n`,
      "cpu.cfs_period_us": "50000\n",
    });
    const dir = t.testdir({ ...set("25000"), inner: set("-1"), more: { docker: { x: set("10000") } } });
    const line = (root: string, options: string): string => `36 24 0:31 ${root} DIR rw - cgroup cgroup ${options}\n`;
    for (const [cgroup, mountinfo, want] of [
      ["4:cpu,cpuacct:/\n", line("/", "rw,cpu,cpuacct"), "0.5 by DIR"], // a namespace of its own
      ["4:cpu,cpuacct:/docker/x\n", line("/docker/x", "rw,cpu,cpuacct"), "0.5 by DIR"], // none
      ["4:cpu,cpuacct:/docker/x/inner\n", line("/docker/x", "rw,cpu,cpuacct"), "0.5 by DIR"],
      ["4:cpu,cpuacct:/docker/xy\n", line("/docker/x", "rw,cpu,cpuacct"), "0.5 by DIR"],
      ["4:cpu,cpuacct:/../other\n", line("/", "rw,cpu,cpuacct"), "0.5 by DIR"],
      ["4:cpu:/more/docker/x\n0::/\n", line("/", "rw,cpu"), "0.2 by DIR/more/docker/x"],
      ["4:cpu:/\n", line("/", "rw,cpuset"), "8 by the processors it may run on"],
    ] as const) {
      const got = await said(t, world(preflight, dir, "0-7", cgroup, mountinfo), { cpu: 9 });
      const file = want.includes("DIR") ? `${want.replace("DIR", dir)}/cpu.cfs_quota_us` : want;
      t.equal(got, `cpu 9: ${file}, want at least 9${HINT}`, cgroup);
    }
  });

  both("cpu does not pass where nothing can be looked at, not even under not", async (t, preflight) => {
    const mute = telling(preflight, t.testdir(), { "/proc/self/status": "Name:\tx\n" });
    for (const not of [false, true])
      t.match(
        await said(t, mute, { cpu: 1, not }),
        /cpu 1: cannot be looked at: \/proc\/self\/status: does not tell\n$/,
      );
  });

  both("cpu sees the quota of a real cgroup, and a real affinity", async (t, preflight) => {
    const pinned = first(preflight, 'set -- taskset -c 0 "$@"');
    t.equal(await said(t, pinned, { cpu: 1, max: 1 }), "");
    const group = `/sys/fs/cgroup/cpu/preflight-${process.pid}`;
    try {
      mkdirSync(join(group, "inner"), { recursive: true });
      t.teardown(() => {
        rmdirSync(join(group, "inner"));
        rmdirSync(group);
      });
      writeFileSync(join(group, "cpu.cfs_quota_us"), "25000");
    } catch (e) {
      t.pass(`no cgroup with a quota can be made here: ${String(e)}`);
      return;
    }
    const own = first(preflight, `echo $$ >${group}/inner/cgroup.procs`);
    t.equal(await said(t, own, { cpu: 0.5 }), `cpu 0.5: 0.25 by ${group}/cpu.cfs_quota_us, want at least 0.5${HINT}`);
  });
}

both("cpu passes where there is one", async (t, preflight) => {
  t.equal((await preflight.run(["cpu:0.01", "--", "echo", "started"])).stdout, "started\n");
});

both("cpu wants numbers that can be", async (t, preflight) => {
  const r = await preflight.run(look(t, { cpu: -1, max: -2 }));
  t.equal(r.code, 78);
  t.match(r.stderr, "cpu must not be negative: got -1\n");
  t.match(r.stderr, "max is less than cpu: no number would do\n");
  t.match((await preflight.run(look(t, { cpu: "500m" }))).stderr, "cpu must be a number: got ");
});
