import { rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { both, type Preflight } from "../support/artifacts.ts";
import { first, look, noMounts, said, telling } from "../support/facts.ts";

t.setTimeout(120_000);

/** A tmpfs of 1 MiB and 10 inodes at dir/"m m", three of them used, and all but 124 KiB. */
function small(preflight: Preflight, dir: string): Preflight {
  const at = `'${join(dir, "m m")}'`;
  const fill = `head -c 921600 /dev/zero >${at}/x && mkdir ${at}/folder`;
  return first(preflight, `mount -t tmpfs -o size=1m,nr_inodes=10 none ${at} && ${fill} || exit 99`);
}

both("disk passes where there is room", async (t, preflight) => {
  const dir = t.testdir({ file: "" });
  symlinkSync(dir, join(dir, "link"));
  for (const disk of [dir, join(dir, "file"), join(dir, "link"), "."])
    t.equal(await said(t, preflight, { disk, free: "1MiB", inodes: 1 }), "", disk);
});

both("disk waits for a path that is missing", async (t, preflight) => {
  const dir = t.testdir({});
  t.equal(
    await said(t, preflight, { disk: join(dir, "none"), free: "1%" }),
    `disk ${dir}/none: does not exist\n  hint: the folder "${dir}" exists, and is empty\n`,
  );
});

both("disk cannot be looked at below a file, and does not pass under not", async (t, preflight) => {
  const dir = t.testdir({ file: "" });
  for (const not of [false, true])
    t.equal(
      await said(t, preflight, { disk: join(dir, "file/x"), free: "1%", not }, 78),
      `${not ? "not " : ""}disk ${dir}/file/x: "${dir}/file" is a file, not a folder\n`,
    );
});

if (noMounts === false) {
  both("disk counts what is free, in bytes, shares and inodes", async (t, preflight) => {
    const dir = t.testdir({ "m m": {} });
    const own = small(preflight, dir);
    const disk = join(dir, "m m");
    t.equal(await said(t, own, { disk, free: "124KiB", inodes: 7 }), "");
    t.equal(await said(t, own, { disk: join(disk, "folder"), free: "12%" }), "");
    t.equal(await said(t, own, { disk, free: "125KiB" }), `disk ${disk}: 124 KiB free of 1 MiB, want 125KiB\n`);
    t.equal(await said(t, own, { disk, free: "13%" }), `disk ${disk}: 124 KiB free of 1 MiB, want 13%\n`);
    t.equal(await said(t, own, { disk, inodes: 8 }), `disk ${disk}: 7 of 10 inodes free, want 8\n`);
  });

  both("disk fails at once where no more would fit if all were free", async (t, preflight) => {
    const dir = t.testdir({ "m m": {} });
    const own = small(preflight, dir);
    const disk = join(dir, "m m");
    t.equal(await said(t, own, { disk, free: "2MiB" }, 78), `disk ${disk}: 124 KiB free of 1 MiB, want 2MiB\n`);
    t.equal(await said(t, own, { disk, inodes: 11 }, 78), `disk ${disk}: 7 of 10 inodes free, want 11\n`);
  });

  both("disk passes soon after room was made", async (t, preflight) => {
    const dir = t.testdir({ "m m": {} });
    const disk = join(dir, "m m");
    const [config = "", file = ""] = look(t, { disk, free: "50%" });
    const run = small(preflight, dir).start([config, file, "--", "echo", "started"]);
    await run.says(`disk ${disk}: waiting: 124 KiB free of 1 MiB, want 50%\n`);
    rmSync(`/proc/${run.child.pid}/root${disk}/x`);
    const from = performance.now();
    t.equal((await run.ended).stdout, "started\n");
    t.ok(performance.now() - from < 5000);
  });

  both("disk tells a volume from the folder that is there without it", async (t, preflight) => {
    const dir = t.testdir({ "m m": {} });
    const own = small(preflight, dir);
    const disk = join(dir, "m m");
    for (const there of [disk, `${disk}/`, "/"]) t.equal(await said(t, own, { disk: there, mounted: true }), "", there);
    for (const [who, at] of [
      [own, join(disk, "folder")],
      [preflight, disk],
    ] as const)
      t.equal(
        await said(t, who, { disk: at, mounted: true }),
        `disk ${at}: nothing is mounted there\n  hint: is the volume missing?\n`,
      );
    const mute = telling(preflight, dir, { "/proc/self/mountinfo": "" });
    t.equal(
      await said(t, mute, { disk: dir, mounted: true }, 78),
      `disk ${dir}: cannot be looked at: /proc/self/mountinfo: does not tell\n`,
    );
  });
}

both("disk does not judge a file system that has no size", async (t, preflight) => {
  for (const not of [false, true]) {
    const before = not ? "not " : "";
    t.equal(
      await said(t, preflight, { disk: "/proc", free: "1%", not }, 78),
      `${before}disk /proc: this file system has no size\n`,
    );
    t.equal(
      await said(t, preflight, { disk: "/proc", inodes: 1, not }, 78),
      `${before}disk /proc: this file system does not count its inodes\n`,
    );
  }
});

both("disk says what is wrong with its options", async (t, preflight) => {
  for (const [item, why] of [
    [{ disk: "/" }, "disk needs free, inodes or mounted"],
    [{ disk: "", free: 1 }, "disk must be a path"],
    [{ disk: "x", mounted: true }, "mounted wants a path from / on"],
    [{ disk: "/", free: "lots" }, 'free must be a size such as "1GiB" or a share such as "10%": got "lots"'],
  ] as const) {
    const r = await preflight.run(look(t, item));
    t.equal(r.code, 78);
    t.match(r.stderr, `${why}\n`);
  }
});
