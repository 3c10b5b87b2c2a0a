/** A root that steps down: each run has accounts of its own, in a mount namespace. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t, { test, type Test } from "tap";
import { binary, pack, type Artifact } from "../support/artifacts.ts";

/** For `skip`: what a test needs that is not here. */
export const noRoot = process.getuid?.() === 0 ? false : "stepping down needs root";
export function missing(program: string): string | false {
  if (noRoot !== false) return noRoot;
  return spawnSync("sh", ["-c", `command -v ${program}`]).status === 0 ? false : `${program} is not installed`;
}

/** A folder that every user can enter, wherever the checkout is, gone after the tests. */
export const folder = mkdtempSync("/tmp/preflight-user-");
t.teardown(() => {
  rmSync(folder, { recursive: true, force: true });
});

export const PASSWD = `root:x:0:0:root:/root:/bin/sh
app:x:1000:1001:the service:/home/app:/bin/sh
homeless:x:1002:1002:::
short:x:1003:1003
twice:x:1004:1004::/one:
twice:x:1005:1005::/two:
77:x:1006:1006::/seventy:
two words:x:1007:1007::/words:
big:x:4294967294:4294967294::/big:

+nis::::::
`;
export const GROUP = `root:x:0:root
appgroup:x:1001:
audio:x:29:other,app
# app:x:30:app
windows:x:31:app\r
apple:x:32:apple,ap
none:x:33:
again:x:29:app
`;
/** Rows that would make a root of somebody, were their numbers taken for 0. */
export const MALFORMED = ["badid:x:abc:5::/x:/bin/sh", "badgroup:x:1008:::/x:", "minus:x:-1:1::/x:", ":x:9:9::/x:"];
writeFileSync(join(folder, "passwd"), `${PASSWD}${MALFORMED.join("\n")}\n`);
writeFileSync(join(folder, "group"), `${GROUP}broken:x::app\nlast:x:34:app`);

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a shell script with these accounts; "$@" is what is given to it. */
export function script(text: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Ran {
  const mounts = ["passwd", "group"].map((f) => `mount --bind '${folder}/${f}' /etc/${f}`).join(" && ");
  const r = spawnSync("unshare", ["-m", "sh", "-c", `${mounts} || exit 99\n${text}`, "sh", ...args], {
    cwd: "/",
    env: { PATH: process.env["PATH"] ?? "", HOME: "/before", ...env },
    encoding: "utf8",
    timeout: 120_000, // one script starts Node four dozen times
  });
  return { code: r.status, stdout: r.stdout, stderr: r.stderr };
}

/** Runs a program with these accounts. */
export function run(words: readonly string[], env: Readonly<Record<string, string>> = {}): Ran {
  return script('exec "$@"', words, env);
}

/** A test on each artifact, as root. */
export function asRoot(name: string, body: (t: Test, artifact: Artifact) => void | Promise<void>, only = ""): void {
  for (const artifact of [binary, pack]) {
    if (only !== "" && only !== artifact.name) continue;
    void test(`${name} (${artifact.name})`, { skip: noRoot }, async (t) => {
      await body(t, artifact);
    });
  }
}
