/** --user with --init: the command runs as the user, and so does the init, who could not reach it otherwise. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import t from "tap";
import { asRoot, run } from "./world.ts";

t.setTimeout(300_000);

const IDS = `grep -hE "^(Uid|Gid|Groups|CapEff)" /proc/self/status /proc/$PPID/status`;

for (const init of ["--init", "--init=group"]) {
  asRoot(`${init} --user runs the command and itself as the user`, (t, { command }) => {
    const r = run([...command, "--allow-empty", "-q", init, "--user", "app", "--", "sh", "-c", `${IDS}; exit 7`]);
    const ids =
      "Uid:\t1000\t1000\t1000\t1000\nGid:\t1001\t1001\t1001\t1001\nGroups:\t29 29 31 34 \nCapEff:\t0000000000000000\n";
    t.same([r.code, r.stdout, r.stderr], [7, ids + ids, ""]);
    const gone = run([...command, "--allow-empty", "-q", init, "--user", "app", "--", "/root/nonesuch"]);
    t.same([gone.code, gone.stderr], [126, 'preflight: cannot run "/root/nonesuch": permission denied\n']);
  });

  asRoot(`${init} --user hands signals on without CAP_KILL`, async (t, { command }) => {
    const before = ["setpriv", "--bounding-set", "-all,+setuid,+setgid", "--inh-caps", "-all"];
    const script = 'trap "echo got; exit 5" TERM; echo ready; while :; do sleep 0.05; done';
    const [program, ...args] = [...before, ...command, "--allow-empty", "-q", init, "--user", "4242"];
    const child = spawn(program ?? "", [...args, "--", "sh", "-c", script], { stdio: ["ignore", "pipe", "inherit"] });
    const limit = setTimeout(() => child.kill("SIGKILL"), 20_000);
    let said = "";
    child.stdout.on("data", (b: Buffer) => {
      said += b.toString();
      if (said === "ready\n") child.kill("SIGTERM");
    });
    t.same([(await once(child, "close"))[0], said], [5, "ready\ngot\n"]);
    clearTimeout(limit);
  });
}
