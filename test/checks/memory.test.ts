import { spawn } from "node:child_process";
import { mkdirSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t, { type Test } from "tap";
import { both, type Preflight } from "../support/artifacts.ts";
import { first, look, noMounts, reason, telling } from "../support/facts.ts";

t.setTimeout(120_000);
const HINT = "\n  hint: docker run --memory, mem_limit in Compose, resources.limits.memory in Kubernetes\n";
const MEMINFO = "MemTotal:        4194304 kB\nMemFree:           10240 kB\nMemAvailable:    2097152 kB\n";
const MIB = 1_048_576;

function world(preflight: Preflight, dir: string, cgroup: string, mountinfo: string): Preflight {
  const more = { "/proc/self/cgroup": cgroup, "/proc/self/mountinfo": mountinfo };
  return telling(preflight, dir, { "/proc/meminfo": MEMINFO, ...more });
}

async function said(
  t: Test,
  preflight: Preflight,
  item: Readonly<Record<string, unknown>>,
  code: 75 | 78 = 78,
): Promise<string> {
  const r = await preflight.run(look(t, item));
  t.equal(r.code, r.stdout === "" ? code : 0, r.stderr);
  return r.stdout === "" ? reason(r.stderr) : "";
}

both("memory passes where the machine has it", async (t, preflight) => {
  t.equal((await preflight.run(["memory:1MiB", "--", "echo", "started"])).stdout, "started\n");
});

if (noMounts === false) {
  both("memory goes by the machine where no cgroup limits it", async (t, preflight) => {
    const dir = t.testdir({ "memory.max": "max\n" });
    const own = world(preflight, dir, "0::/\n", "35 24 0:30 / DIR rw - cgroup2 cgroup rw\n");
    t.equal(await said(t, own, { memory: "4GiB", free: "2GiB" }), "");
    t.equal(await said(t, own, { memory: "4GiB", free: "50%" }), "");
    t.equal(await said(t, own, { memory: "5GiB" }), `memory 5GiB: 4 GiB of this machine, want at least 5 GiB${HINT}`);
    t.equal(
      await said(t, own, { memory: "1GiB", max: "2GiB" }),
      `memory 1GiB: 4 GiB of this machine, want at most 2 GiB${HINT}`,
    );
    t.equal(
      await said(t, own, { memory: "1GiB", free: "51%" }, 75),
      "memory 1GiB: 2 GiB unused of 4 GiB of this machine, want 51%\n",
    );
    t.equal(
      await said(t, own, { memory: "1GiB", free: "6GiB" }),
      `memory 1GiB: 2 GiB unused of 4 GiB of this machine, want 6GiB${HINT}`,
    );
  });

  both("memory takes the smallest limit of all cgroups, and the least that any has left", async (t, preflight) => {
    const use = (max: number, current: number, inactive: number): Record<string, string> => ({
      "memory.max": `${max * MIB}\n`,
      "memory.current": `${current * MIB}\n`,
      "memory.stat": `anon 1\ninactive_file ${inactive * MIB}\nactive_file 5\n`,
    });
    const dir = t.testdir({ a: { ...use(1024, 900, 100), b: use(512, 300, 100) } });
    const own = world(preflight, dir, "0::/a/b\n", "35 24 0:30 / DIR rw - cgroup2 cgroup rw\n");
    t.equal(await said(t, own, { memory: "512MiB", max: "512MiB", free: "224MiB" }), "");
    t.equal(
      await said(t, own, { memory: "513MiB" }),
      `memory 513MiB: 512 MiB by ${dir}/a/b/memory.max, want at least 513 MiB${HINT}`,
    );
    t.equal(
      await said(t, own, { memory: "1MiB", free: "50%" }, 75),
      `memory 1MiB: 224 MiB unused of 512 MiB by ${dir}/a/b/memory.max, want 50%\n`,
    );
  });

  both("memory knows version 1, whose limit is never absent", async (t, preflight) => {
    const none = "9223372036854771712\n";
    const dir = t.testdir({
      "memory.limit_in_bytes": none,
      "memory.usage_in_bytes": `${900 * MIB}\n`,
      x: {
        "memory.limit_in_bytes": `${256 * MIB}\n`,
        "memory.usage_in_bytes": `${200 * MIB}\n`,
        "memory.stat": `cache 1\ninactive_file 7\ntotal_inactive_file ${50 * MIB}\n`,
      },
    });
    const mount = (root: string): string => `36 24 0:31 ${root} DIR rw - cgroup cgroup rw,memory\n`;
    t.equal(await said(t, world(preflight, dir, "3:memory:/\n", mount("/")), { memory: "4GiB" }), "");
    const inner = world(preflight, dir, "3:memory:/x\n", mount("/"));
    t.equal(await said(t, inner, { memory: "256MiB", free: "106MiB" }), "");
    t.equal(
      await said(t, inner, { memory: "1MiB", free: "107MiB" }, 75),
      `memory 1MiB: 106 MiB unused of 256 MiB by ${dir}/x/memory.limit_in_bytes, want 107MiB\n`,
    );
  });

  both("memory does not pass where nothing can be looked at, not even under not", async (t, preflight) => {
    const mute = telling(preflight, t.testdir(), { "/proc/meminfo": "" });
    for (const not of [false, true])
      t.match(
        await said(t, mute, { memory: 1, not }),
        /memory 1: cannot be looked at: \/proc\/meminfo: does not tell\n$/,
      );
  });

  both(
    "memory sees the limit of a real cgroup, and waits until another process gives memory back",
    async (t, preflight) => {
      const group = `/sys/fs/cgroup/memory/preflight-${process.pid}-${preflight.artifact.name}`;
      try {
        mkdirSync(group);
        writeFileSync(join(group, "memory.limit_in_bytes"), `${512 * MIB}`);
      } catch (e) {
        t.pass(`no cgroup can be made here: ${String(e)}`);
        return;
      }
      const hog = spawn(
        "sh",
        [
          "-c",
          `echo $$ >${group}/cgroup.procs; exec python3 -c "import sys;x=b'x'*(300<<20);print('full',flush=True);sys.stdin.read()"`,
        ],
        { stdio: ["pipe", "pipe", "inherit"] },
      );
      await new Promise((done) => hog.stdout.once("data", done));
      const gone = new Promise((done) => hog.once("exit", done));
      t.teardown(async () => {
        hog.stdin.end();
        await gone;
        rmdirSync(group);
      });
      const own = first(preflight, `echo $$ >${group}/cgroup.procs`);
      t.equal(
        await said(t, own, { memory: "1GiB" }),
        `memory 1GiB: 512 MiB by ${group}/memory.limit_in_bytes, want at least 1 GiB${HINT}`,
      );
      const [config = "", file = ""] = look(t, { memory: "1MiB", free: "60%" });
      const run = own.start([config, file, "--", "echo", "started"]);
      await run.says(/waiting: \S+ MiB unused of 512 MiB by \S+\/memory\.limit_in_bytes, want 60%\n/);
      hog.stdin.end();
      t.equal((await run.ended).stdout, "started\n");
    },
  );
}

both("memory wants a limit that can be", async (t, preflight) => {
  const r = await preflight.run(look(t, { memory: "2GiB", max: "1GiB" }));
  t.equal(r.code, 78);
  t.match(r.stderr, "max is less than memory: no limit would do\n");
  t.match(
    (await preflight.run(look(t, { memory: "1GiB", free: "101%" }))).stderr,
    'free must be a size such as "1GiB" or a share such as "10%": got "101%"\n',
  );
});
