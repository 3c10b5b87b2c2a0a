/** The same artifact where some files of the kernel say what the test wants: mounted over them, for one process alone. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Test } from "tap";
import { Preflight } from "./artifacts.ts";
import { nearby } from "./local.ts";

/** For `skip`: mounting needs root. */
export const noMounts: string | false =
  process.getuid?.() === 0 ? false : "mounting files over those of /proc needs root";

/** `files` by path, /proc/self among them; DIR in their texts stands for `dir`, a folder of the test, as mount tables have it. */
export function telling(preflight: Preflight, dir: string, files: Readonly<Record<string, string>>): Preflight {
  const mounts = Object.entries(files).map(([path, text], i) => {
    writeFileSync(join(dir, `fact-${i}`), text.split("DIR").join(dir.split(" ").join("\\040")));
    return `mount --bind '${join(dir, `fact-${i}`)}' ${path.replace("/self/", () => "/$$/")}`;
  });
  return first(preflight, `${mounts.join(" && ")} || exit 99`);
}

/** The same artifact after a shell command, in a mount namespace of its own. */
export function first(preflight: Preflight, command: string): Preflight {
  const own = preflight.artifact.command;
  const script = `${command}\nexec "$@"`;
  return new Preflight({ name: preflight.artifact.name, command: ["unshare", "-m", "sh", "-c", script, "sh", ...own] });
}

/** What was said of the only check, without what stands before it in every line. */
export function reason(stderr: string): string {
  return stderr.replace(/^preflight: \d+ checks? .*\n/, "").replace(/^preflight: /, "");
}

/** A configuration file with one check, and the arguments that look at it once. */
export function look(t: Test, item: Readonly<Record<string, unknown>>): readonly string[] {
  const file = join(nearby(t), "preflight.json");
  writeFileSync(file, JSON.stringify({ checks: [item] }));
  return ["--config", file, "--no-wait", "--", "echo", "started"];
}

/** What is said of one check that is looked at once, as `reason` gives it, "" where it passes; it fails with `code`. */
export async function said(
  t: Test,
  preflight: Preflight,
  item: Readonly<Record<string, unknown>>,
  code: 75 | 78 = 75,
): Promise<string> {
  const r = await preflight.run(look(t, item));
  t.equal(r.code, r.stdout === "" ? code : 0, r.stderr);
  return r.stdout === "" ? reason(r.stderr) : "";
}
