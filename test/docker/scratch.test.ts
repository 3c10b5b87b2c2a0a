/** examples/scratch: preflight needs nothing of an image, and no right at all. */
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../scripts/tools.ts";
import { ARCH } from "../support/artifacts.ts";
import { docker, eventually, live, must, run, seen, start, type Ended } from "./support.ts";

const IMAGE = "preflight-scratch";
const BINARY = `dist/preflight-linux-${ARCH}`;
const LOCKS = "--read-only --cap-drop ALL --security-opt no-new-privileges --pids-limit 8 --memory 8m --network none";
const nothing = ["--label", "preflight.lab=test", ...LOCKS.split(" ")];

live("the scratch example shows what its README says", async (t) => {
  const said = await seen(t, "scratch");
  t.match(said, /2 checks passed in .*\n\$ .* health\n.*1 check passed in .*\n {2}exit code 0\n/);
  const ended = [...said.matchAll(/ended after ([\d.]+) s, exit code (\d+)/g)];
  t.same(
    ended.map((m) => m[2]),
    ["75", "143"],
  );
  for (const m of ended) t.ok(Number(m[1]) < 5, m[0]);
  t.ok(Number(await must("image", "inspect", "-f", "{{.Size}}", IMAGE)) < 4_000_000);
});

live(
  "preflight does all it can with a read-only root, as any user, with no right, network, folder or name",
  async (t) => {
    const gate = ["-e", "PREFLIGHT_CHECKS=env:LICENSE", "-e", "PREFLIGHT_ON_FAILURE=hold"];
    const held = await start(t, ...nothing, "--user", "54321:12345", ...gate, IMAGE);
    await held.says("holding");
    const { State } = await held.inspect();
    const file = `/proc/${State.Pid}/status`;
    const status = existsSync(file) ? readFileSync(file, "utf8") : "";
    if (status !== "") {
      for (const line of ["Uid:\t54321", "Gid:\t12345", "CapEff:\t0000000000000000", "CapBnd:\t0000000000000000"])
        t.match(status, line);
      for (const line of ["NoNewPrivs:\t1", "Seccomp:\t2"]) t.match(status, line, "the locks are on");
      t.ok(Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) < 4096, "and most of the 8 MB is left");
    }
    for (const [args, code] of [
      [["health"], 1],
      [["check", "--only", "env LICENSE"], 78],
      [["check", "--only", "file /www/index.html"], 0],
      [["explain"], 0],
      [["schema"], 0],
      [["--version"], 0],
      [["--help", "tcp"], 0],
    ] as const) {
      const r = await held.exec("/preflight", ...args);
      t.same([r.code, r.stderr], [code, ""], args.join(" "));
      t.not(r.stdout, "", args.join(" "));
    }
    const { code, took } = await held.stop();
    t.equal(code, 143);
    t.ok(took < 5000, `${took} ms`);
    const files = (await run("sh", ["-c", `docker export ${held.id} | tar -tf -`])).stdout.split("\n");
    t.ok(files.includes("preflight"));
    const usual = /^(?:tmp|root|home|bin|lib|etc\/passwd|etc\/group|etc\/ssl)/;
    t.same(
      files.filter((f) => usual.test(f)),
      [],
      "nor is there anything that images usually have",
    );
  },
);

live("preflight stays as the init of a program that would not hear docker stop", async (t) => {
  const gate = ["-e", "PREFLIGHT_INIT=1", "-e", "PREFLIGHT_SKIP=tcp db:5432"];
  const served = await start(t, ...nothing, ...gate, IMAGE);
  await eventually("it serves", async () => (await served.exec("/preflight", "health")).code === 0 || undefined);
  const { code, took } = await served.stop();
  t.equal(code, 143);
  t.ok(took < 5000, `${took} ms`);
});

live("preflight copies itself out of an image without a shell", async (t) => {
  const folder = t.testdir();
  const out = ["--user", String(process.getuid?.()), "-v", `${folder}:/out`, "--entrypoint", "/preflight", IMAGE];
  await must("run", "--rm", ...nothing, ...out, "install", "/out");
  t.ok(readFileSync(join(folder, "preflight")).equals(readFileSync(join(root, BINARY))));
  t.equal(statSync(join(folder, "preflight")).mode & 0o777, 0o755);
});

live("preflight becomes the command in an image without a shell, or says that it is not there", async (t) => {
  const gate = (...command: readonly string[]): Promise<Ended> => {
    const one = ["--entrypoint", "/preflight", IMAGE, "--only", "file /www/index.html", "--"];
    return docker("run", "--rm", ...nothing, ...one, ...command);
  };
  const becomes = await gate("/preflight", "--version");
  t.equal(becomes.code, 0);
  t.match(becomes.stdout, /^preflight \d/);
  t.match(becomes.stderr, /^preflight: 1 check passed in \d+ms\n$/);
  const missing = await gate("sh");
  t.equal(missing.code, 127);
  t.match(missing.stderr, 'preflight: cannot run "sh": not found in PATH\n');
});
