/** The right to step down: where it is missing, where none is needed, and what is left of it afterwards. */
import t, { test } from "tap";
import { binary } from "../support/artifacts.ts";
import { asRoot, missing, run, script } from "./world.ts";

t.setTimeout(300_000);

const PLAIN = ["--allow-empty", "-q"];
const MAY = "only root with CAP_SETUID and CAP_SETGID may";
const APP = "user app (1000), group appgroup (1001), groups audio (29), windows (31), audio (29), last (34)";

asRoot("--user without the right to it ends with 78 before anything is waited for", (t, { command }) => {
  const from = performance.now();
  for (const [uid, before] of [
    [0, ["setpriv", "--bounding-set", "-setuid", "--inh-caps", "-setuid"]],
    [0, ["setpriv", "--bounding-set", "-setgid", "--inh-caps", "-setgid"]],
    [0, ["setpriv", "--bounding-set", "-all", "--inh-caps", "-all"]],
    [65534, ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]],
    [1000, ["setpriv", "--reuid", "1000", "--regid", "1001", "--clear-groups"]],
    [0, ["unshare", "-Ur"]],
  ] as const) {
    const words = [...before, ...command, "file:/nonesuch", "--user", "app", "--", "echo", "ran"];
    const r = run(words);
    t.same(
      [r.code, r.stdout, r.stderr],
      [78, "", `preflight: --user app: uid ${uid} may not become ${APP}: ${MAY}\n`],
      before.join(" "),
    );
  }
  t.ok(performance.now() - from < 25_000, "file:/nonesuch alone would have taken half a minute");
});

/** Runs "$@" as root of a user namespace that knows nobody else. */
const ALONE = `cd $(mktemp -d) && mkfifo ready go
unshare -U sh -c 'echo >ready; read -r go <go; exec "$@"' sh "$@" &
read -r ready <ready
for map in uid_map gid_map; do echo 0 0 1 >/proc/$!/$map; done
echo >go
wait $!
code=$?
rm -r "$PWD"
exit $code`;

asRoot("--user of an id that the user namespace does not know says so", (t, { command }) => {
  for (const spec of ["4242:4243", "0:5", "4242:0"]) {
    const r = script(ALONE, [...command, ...PLAIN, "--user", spec, "--", "echo", "ran"]);
    t.same([r.code, r.stdout], [78, ""], spec);
    t.match(r.stderr, /, no other groups: not all of these are known in this user namespace\n$/);
  }
  t.equal(script(ALONE, [...command, ...PLAIN, "--user", "0:0", "--", "echo", "ran"]).stdout, "ran\n");
});

asRoot("--user that this process is already needs no right", (t, { command }) => {
  const as = (groups: string): readonly string[] => [
    "setpriv",
    "--reuid",
    "1000",
    "--regid",
    "1001",
    groups,
    "--no-new-privs",
  ];
  for (const [groups, spec] of [
    ["--groups=29,31,34", "app"],
    ["--groups=34,31,29,1001", "app"],
    ["--clear-groups", "app:appgroup"],
    ["--groups=1001", "1000:1001"],
  ] as const) {
    const r = run([...as(groups), ...command, ...PLAIN, "--user", spec, "--", "sh", "-c", "id -u; echo $HOME"]);
    t.same([r.code, r.stdout, r.stderr], [0, "1000\n/home/app\n", ""], `${groups} ${spec}`);
  }
  for (const [groups, spec] of [
    ["--groups=29,31", "app"],
    ["--groups=29,31,34,5", "app"],
    ["--groups=5", "1000:1001"],
    ["--clear-groups", "1000:5"],
  ] as const) {
    const r = run([...as(groups), ...command, ...PLAIN, "--user", spec, "--", "echo", "ran"]);
    t.same([r.code, r.stdout], [78, ""], `${groups} ${spec}`);
  }
});

asRoot("CAP_SETUID and CAP_SETGID are all that --user needs", (t, { command }) => {
  const before = ["setpriv", "--bounding-set", "-all,+setuid,+setgid", "--inh-caps", "-all", "--no-new-privs"];
  const r = run([...before, ...command, ...PLAIN, "--user", "app", "--", "id", "-G"]);
  t.same([r.code, r.stdout, r.stderr], [0, "1001 29 31 34\n", ""]);
});

/** What is left of root's rights, as the kernel shows it. */
const LEFT = ["grep", "-E", "^(Uid|Gid|Groups|Cap|NoNewPrivs|Seccomp:)", "/proc/self/status"];

asRoot("after --user no right of root is left, with no_new_privs and without", (t, { command }) => {
  for (const before of [
    [],
    ["setpriv", "--no-new-privs"],
    ["setpriv", "--inh-caps", "+net_raw"],
    ["setpriv", "--inh-caps", "+net_raw,+setuid", "--ambient-caps", "+net_raw,+setuid"],
  ]) {
    const r = run([...before, ...command, ...PLAIN, "--user", "app", "--", ...LEFT]);
    t.match(r.stdout, /^CapPrm:\t0{16}\nCapEff:\t0{16}$/m, before.join(" "));
    t.match(r.stdout, /^CapAmb:\t0{16}$/m);
    t.match(r.stdout, `NoNewPrivs:\t${before.includes("--no-new-privs") ? 1 : 0}\n`);
    const back = run([...before, ...command, ...PLAIN, "--user", "app", "--", "setpriv", "--reuid", "0", "true"]);
    t.match(back.stderr, "setresuid failed: Operation not permitted");
  }
});

test("gosu leaves the same rights", { skip: missing("gosu") }, (t) => {
  for (const before of [
    [],
    ["setpriv", "--inh-caps", "+net_raw"],
    ["setpriv", "--bounding-set", "-net_raw", "--inh-caps", "-all"],
    ["setpriv", "--inh-caps", "+net_raw", "--ambient-caps", "+net_raw"],
  ]) {
    for (const spec of ["app:5", "0:5", "root", "4242"]) {
      const own = run([...before, ...binary.command, ...PLAIN, "--user", spec, "--", ...LEFT]);
      t.equal(own.stdout, run([...before, "gosu", spec, ...LEFT]).stdout, `${before.join(" ")} ${spec}`);
    }
  }
  t.end();
});

asRoot(
  "a step that leads back is none: who is not root keeps the right to it",
  (t, { command }) => {
    for (const caps of ["+setuid,+setgid", "+setgid"]) {
      const before = [
        "setpriv",
        "--reuid",
        "1000",
        "--regid",
        "1001",
        "--clear-groups",
        "--inh-caps",
        caps,
        "--ambient-caps",
        caps,
      ];
      const spec = caps === "+setgid" ? "1000:5" : "4242:5";
      const r = run([...before, ...command, ...PLAIN, "--user", spec, "--", "echo", "ran"]);
      t.same([r.code, r.stdout], [78, ""], caps);
      t.match(r.stderr, new RegExp(`: uid 1000 may not become user .*: ${MAY}\n$`));
    }
    const up = run([
      "setpriv",
      "--reuid",
      "1000",
      "--inh-caps",
      "+setuid,+setgid",
      "--ambient-caps",
      "+setuid,+setgid",
      "--clear-groups",
      ...command,
      ...PLAIN,
      "--user",
      "0:0",
      "--",
      "id",
      "-u",
    ]);
    t.same([up.code, up.stdout], [0, "0\n"], "who asks for root gets it, as by gosu");
  },
  "binary",
);
