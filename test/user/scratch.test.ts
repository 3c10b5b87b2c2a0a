/** A scratch image: no /etc/passwd, no /proc, no shell; numbers work, names say what is missing. */
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, statSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import t, { test } from "tap";
import { binary, onlyBinary } from "../support/artifacts.ts";
import { compiled } from "../support/compile.ts";
import { folder, noRoot, type Ran } from "./world.ts";

t.setTimeout(60_000);

const root = mkdtempSync(join(folder, "root-"));
mkdirSync(join(root, "out"));
chmodSync(root, 0o755);
chmodSync(join(root, "out"), 0o777);
copyFileSync(binary.command[0], join(root, "preflight"));
copyFileSync(compiled("probe.c"), join(root, "probe"));

/** Runs preflight in that root, without a variable. */
function bare(words: readonly string[], before: readonly string[] = []): Ran {
  const [program = "", ...args] = [...before, "chroot", root, "/preflight", ...words];
  const r = spawnSync(program, args, { env: { PATH: process.env["PATH"] ?? "" }, encoding: "utf8", timeout: 20_000 });
  return { code: r.status, stdout: r.stdout, stderr: r.stderr };
}
const skip = noRoot === false ? onlyBinary : noRoot;

test("in an empty root --user takes numbers, and access is looked at as they", { skip }, (t) => {
  const r = bare(["-q", "file:/probe", "--user", "65534:65533", "--", "/probe", "show", "/out/numbers"]);
  t.same([r.code, r.stderr], [0, ""]);
  const made = statSync(join(root, "out/numbers"));
  t.same([made.uid, made.gid], [65534, 65533]);
  chmodSync(join(root, "probe"), 0o700);
  const config = `{"checks":[{"file":"/probe","executable":true}]}`;
  spawnSync("sh", ["-c", `echo '${config}' >"$1/preflight.json"`, "sh", root]);
  const closed = bare(["check", "-c", "/preflight.json", "--user", "65534"]);
  t.match(closed.stdout, "preflight: file /probe: uid 65534 cannot execute it: mode 0700, owner 0, group 0\n");
  chmodSync(join(root, "probe"), 0o755);
  t.equal(bare(["check", "-c", "/preflight.json", "--user", "65534"]).code, 0);
  t.end();
});

test("in an empty root --user of a name says what is not there", { skip }, (t) => {
  for (const [spec, why] of [
    ["app", "no such user: there is no /etc/passwd"],
    ["root", "no such user: there is no /etc/passwd"],
    ["1:app", "no such group: there is no /etc/group"],
  ] as const) {
    const r = bare(["file:/nonesuch", "--user", spec, "--", "/probe", "show", "/out/never"]);
    t.same([r.code, r.stderr], [78, `preflight: --user ${spec}: ${why}\n`]);
  }
  t.end();
});

test("in an empty root the right to step down is known without /proc", { skip }, (t) => {
  const words = ["file:/nonesuch", "--user", "65534", "--", "/probe", "show", "/out/never"];
  const r = bare(words, ["setpriv", "--bounding-set", "-setuid", "--inh-caps", "-setuid"]);
  const whom = "user 65534, group 0, no other groups";
  t.same(
    [r.code, r.stderr],
    [78, `preflight: --user 65534: uid 0 may not become ${whom}: only root with CAP_SETUID and CAP_SETGID may\n`],
  );
  t.end();
});
