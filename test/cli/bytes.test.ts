/** Words that are no UTF-8 are read as on Node: the binary has them as bytes, and its regular expressions want whole characters. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { both, type Preflight } from "../support/artifacts.ts";

/** Runs it with words and variables as printf(1) makes them; the shell hands on bytes, which Node cannot. */
async function run(
  preflight: Preflight,
  variable: string,
  words: readonly string[],
): Promise<{ code: number; stderr: string }> {
  const script = `v=$(printf %b "$1"); shift; n=$1; shift
    while [ "$n" -gt 0 ]; do set -- "$@" "$(printf %b "$1")"; shift; n=$((n - 1)); done
    exec env -i PATH="$PATH" X="$v" ${preflight.artifact.command.map((c) => `'${c}'`).join(" ")} "$@"`;
  const child = spawn("sh", ["-c", script, "sh", variable, String(words.length), ...words], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const [code] = (await once(child, "close")) as [number];
  return { code, stderr };
}

/** Characters that break off after one, two and three bytes, and a byte that begins none. */
const BROKEN = ["\\0303", "\\0342\\0202", "\\0360\\0237\\0230", "\\0377"];

both("a word of the command line that is no UTF-8 is shown with U+FFFD", async (t, preflight) => {
  for (const broken of BROKEN) {
    const r = await run(preflight, "", [`tcp:a${broken}`, "--", "true"]);
    t.equal(r.stderr, 'command line: tcp must be host:port: got "a\ufffd"\n', broken);
    t.equal(r.code, 78);
    const flag = await run(preflight, "", [`--${broken}`]);
    t.equal(flag.stderr, 'preflight: unknown flag "--\ufffd"\n', broken);
    t.equal(flag.code, 64);
  }
});

both("a command that is no UTF-8 and is not there is told with U+FFFD", async (t, preflight) => {
  const r = await run(preflight, "", ["--allow-empty", "--quiet", "--", "a\\0342\\0202"]);
  t.equal(r.stderr, 'preflight: cannot run "a\ufffd": not found in PATH\n');
  t.equal(r.code, 127);
});

both("a variable that is no UTF-8 is judged as text with U+FFFD", async (t, preflight) => {
  for (const broken of BROKEN) {
    const config = (pattern: string): string[] => [
      "env:X",
      "--quiet",
      "--env-file",
      "/dev/null",
      "--",
      "sh",
      "-c",
      pattern,
    ];
    const r = await run(preflight, `a${broken}`, config("exit 7"));
    t.equal(r.stderr, "", broken);
    t.equal(r.code, 7);
  }
});
