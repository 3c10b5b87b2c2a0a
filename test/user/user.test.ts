/** --user: whom the command becomes, side by side with gosu, and what is said where it may not. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import t, { test } from "tap";
import type { Artifact } from "../support/artifacts.ts";
import { configuration, free } from "../support/local.ts";
import { asRoot, folder, MALFORMED, missing, run, script, type Ran } from "./world.ts";

t.setTimeout(300_000);

/** A shell's words that print whom it runs as: "1000 1001 [29] /home/app". */
const WHO = `sh -c 'while read -r name real effective saved fs; do
  case $name in
  Uid: | Gid:) [ "$real $effective $saved" = "$fs $fs $fs" ] && printf "%s " "$fs" ;;
  Groups:) printf "[%s] %s\\n" "$(echo $real $effective $saved $fs)" "$HOME" ;;
  esac
done </proc/self/status'`;

/** Forms, and whom they mean: by the accounts of world.ts, to root. */
const FORMS: readonly (readonly [string, string])[] = [
  ["app", "1000 1001 [29 29 31 34] /home/app"],
  ["1000", "1000 1001 [29 29 31 34] /home/app"],
  ["app:", "1000 1001 [29 29 31 34] /home/app"],
  ["app:audio", "1000 29 [] /home/app"],
  ["app:5", "1000 5 [] /home/app"],
  ["1000:1001", "1000 1001 [] /home/app"],
  ["1000:none", "1000 33 [] /home/app"],
  ["4242", "4242 0 [] /"],
  ["4242:4243", "4242 4243 [] /"],
  ["4242:audio", "4242 29 [] /"],
  [":29", "0 29 [] /root"],
  [":audio", "0 29 [] /root"],
  [":", "0 0 [0] /root"],
  ["root", "0 0 [0] /root"],
  ["0", "0 0 [0] /root"],
  ["0:0", "0 0 [] /root"],
  ["homeless", "1002 1002 [] "],
  ["short", "1003 1003 [] "],
  ["twice", "1004 1004 [] /one"],
  ["77", "77 0 [] /"],
  ["1006", "1006 1006 [] /seventy"],
  ["two words", "1007 1007 [] /words"],
  ["65534", "65534 0 [] /"],
];

/** What each form makes of a program that takes it as "$spec". */
function each(line: string, artifact: readonly string[] = []): readonly (readonly [string, string])[] {
  const specs = FORMS.map(([spec]) => `'${spec}'`).join(" ");
  const r = script(`for spec in ${specs}; do ${line} ${WHO}; done`, artifact);
  if (r.stderr !== "") throw new Error(r.stderr);
  return r.stdout
    .split("\n")
    .slice(0, -1)
    .map((who, i) => [FORMS[i]?.[0] ?? "?", who]);
}

asRoot("--user becomes whom each form means", (t, artifact) => {
  t.same(each('"$@" --allow-empty -q --user "$spec" --', artifact.command), FORMS);
});

test("gosu becomes the same, but where a number is none: it takes it for 0", { skip: missing("gosu") }, (t) => {
  const forms = FORMS.map(([spec, who]) => [spec, who.replace("[29 29", "[0 29 29")]);
  t.same(each('gosu "$spec"'), forms, 'the group "broken" is root to it');
  t.equal(run(["gosu", "badid", "id", "-u"]).stdout, "0\n");
  t.end();
});

/** Nothing of the gate: looks at nothing, says nothing, and runs the command. */
function become(
  artifact: Artifact,
  spec: string,
  command: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Ran {
  return run([...artifact.command, "--allow-empty", "-q", "--user", spec, "--", ...command], env);
}

asRoot("--user takes the whole range of the kernel", (t, artifact) => {
  t.match(become(artifact, "big", ["grep", "^Uid", "/proc/self/status"]).stdout, "Uid:\t4294967294\t");
  t.match(
    become(artifact, "4294967294:4294967293", ["grep", "^Gid", "/proc/self/status"]).stdout,
    "Gid:\t4294967293\t",
  );
});

asRoot("--user takes as many groups as there are, behind an init too", (t, artifact) => {
  const many = `seq 5000 5999 | sed 's/.*/g&:x:&:app/' >${folder}/many; mount --bind ${folder}/many /etc/group && exec "$@"`;
  for (const init of [[], ["--init"]]) {
    const words = [...artifact.command, "--allow-empty", "-q", ...init, "--user", "app", "--", "id", "-G"];
    const r = script(many, words);
    t.same([r.code, r.stderr, r.stdout.split(" ").length], [0, "", 1001]);
  }
});

const MISTAKES: readonly (readonly [string, string])[] = [
  ["nobody-here", "no such user in /etc/passwd"],
  ["apps", 'no such user in /etc/passwd: did you mean "app"?'],
  ["app:audoi", 'no such group in /etc/group: did you mean "audio"?'],
  ["-1", "no such user in /etc/passwd"],
  ["+5", "no such user in /etc/passwd"],
  [" 5", "no such user in /etc/passwd"],
  ["app:-1", "no such group in /etc/group"],
  ["4294967295", "ids are numbers from 0 to 4294967294"],
  ["4294967296", "ids are numbers from 0 to 4294967294"],
  ["app:99999999999", "ids are numbers from 0 to 4294967294"],
  ["app:audio:x", "want UID[:GID], or names in their place"],
  ["::", "want UID[:GID], or names in their place"],
  ["app:broken", "no such group in /etc/group"],
  ["#", "no such user in /etc/passwd"],
  ...MALFORMED.map((row) => row.split(":")[0] ?? "")
    .filter((name) => name !== "")
    .map((name) => [name, "no such user in /etc/passwd"] as const),
];

asRoot("--user that means nobody ends with 78 and runs nothing", (t, artifact) => {
  for (const [spec, why] of MISTAKES) {
    const r = become(artifact, spec, ["echo", "ran"]);
    t.same([r.code, r.stderr, r.stdout], [78, `preflight: --user ${spec}: ${why}\n`, ""], spec);
  }
  const odd = become(artifact, "a\u001b[31m\nb", ["echo", "ran"]);
  t.same([odd.code, odd.stderr], [78, "preflight: --user a\\x1b[31m\\nb: no such user in /etc/passwd\n"]);
});

asRoot(
  "a wrong --user is told before anything is waited for, with every mistake of the configuration",
  async (t, artifact) => {
    const port = await free();
    const from = performance.now();
    const waiting = run([...artifact.command, `tcp:127.0.0.1:${port}`, "--user", "gone", "--", "echo", "ran"]);
    t.same([waiting.code, waiting.stderr], [78, "preflight: --user gone: no such user in /etc/passwd\n"]);
    t.ok(performance.now() - from < 5000);
    const file = configuration(t, "checks:\n  - tpc: a:1\n");
    const both = run([...artifact.command, "-c", file, "--", "true"], { PREFLIGHT_USER: "gone" });
    const mistake = `${file}:2:5: no check is called "tpc": did you mean "tcp"?\n`;
    t.same([both.code, both.stderr], [78, `preflight: PREFLIGHT_USER gone: no such user in /etc/passwd\n${mistake}`]);
    const health = run([...artifact.command, "health", "env:PATH"], { PREFLIGHT_USER: "gone" });
    t.same([health.code, health.stderr], [1, "preflight: PREFLIGHT_USER gone: no such user in /etc/passwd\n"]);
  },
);

asRoot("the flag goes before its variable, and an empty value asks for nobody", (t, artifact) => {
  const who = (args: readonly string[], user: string): string =>
    run([...artifact.command, "--allow-empty", "-q", ...args, "--", "sh", "-c", 'echo "$(id -u) $HOME"'], {
      PREFLIGHT_USER: user,
    }).stdout;
  t.equal(who([], "app"), "1000 /home/app\n");
  t.equal(who(["--user", "65534:0"], "app"), "65534 /\n");
  t.equal(who([], ""), "0 /before\n");
  t.equal(who(["--user="], ""), "0 /before\n");
});

asRoot("HOME is that of the user for checks, configuration and command alike, whatever set it", (t, artifact) => {
  const file = configuration(
    t,
    "checks:\n  - env: HOME\n    one_of: [/home/app]\n  - file: ${HOME}/none\n    not: true\n",
  );
  const env = join(folder, "home.env");
  writeFileSync(env, "HOME=/of/the/file\n");
  const r = run([...artifact.command, "-q", "-c", file, "--user", "app", "--", "sh", "-c", "echo $HOME"], {
    PREFLIGHT_ENV_FILE: env,
  });
  t.same([r.code, r.stdout, r.stderr], [0, "/home/app\n", ""]);
  const told = run([...artifact.command, "explain", "-c", file, "--user", "app"]);
  t.match(told.stdout, "\nnot file /home/app/none ");
});

asRoot("explain shows whom the command would run as, and needs no right to say it", (t, artifact) => {
  const words = [...artifact.command, "explain", "env:PATH"];
  const unprivileged = ["setpriv", "--reuid", "65534", "--clear-groups", ...words];
  t.match(
    run([...unprivileged, "--user", "app"]).stdout,
    /^the command runs as user app \(1000\), group appgroup \(1001\), groups audio \(29\), windows \(31\), audio \(29\), last \(34\), HOME \/home\/app {2}\(--user\)\nenv PATH /,
  );
  t.match(
    run(words, { PREFLIGHT_USER: "4242" }).stdout,
    /^the command runs as user 4242, group root \(0\), no other groups, HOME \/ {2}\(PREFLIGHT_USER\)\n/,
  );
  const json = JSON.parse(run([...unprivileged, "--user", "1000:7", "-f", "json"]).stdout) as Record<string, unknown>;
  t.same(json["user"], { uid: 1000, gid: 7, groups: [], home: "/home/app", from: "--user" });
  t.notMatch(run(words).stdout, "runs as");
  t.notOk("user" in (JSON.parse(run([...words, "-f", "json"]).stdout) as object));
});

asRoot("accounts that cannot be believed are a mistake", (t, artifact) => {
  const over = (file: string, make: string, spec: string): Ran =>
    script(`${make}\nmount --bind ${folder}/other ${file} && exec "$@"`, [
      ...artifact.command,
      "--allow-empty",
      "--user",
      spec,
      "--",
      "echo",
      "ran",
    ]);
  const large = `yes 'x:x:5:5::/:' | head -c 1048577 >${folder}/other`;
  for (const file of ["/etc/passwd", "/etc/group"]) {
    const r = over(file, large, "1000");
    t.same([r.code, r.stderr, r.stdout], [78, `preflight: --user 1000: ${file} is larger than 1 MiB\n`, ""]);
  }
  const full = script(
    `yes 'x:x:5:5::/:' | head -c 1048560 >${folder}/other; printf 'app:x:7:8::/:' >>${folder}/other; mount --bind ${folder}/other /etc/passwd && exec "$@"`,
    [...artifact.command, "explain", "env:PATH", "--user", "app"],
  );
  t.match(full.stdout, "user app (7), group 8,");
  const wrong = script(`mkdir -p ${folder}/etc && mount --bind ${folder}/etc /etc && mkdir -p /etc/passwd; exec "$@"`, [
    ...artifact.command,
    "--allow-empty",
    "--user",
    "1000",
    "--",
    "echo",
    "ran",
  ]);
  t.same([wrong.code, wrong.stderr], [78, "preflight: --user 1000: cannot read /etc/passwd: it is a directory\n"]);
});
