import t from "tap";
import { both, type Ended, type Preflight } from "../support/artifacts.ts";
import { first, look, noMounts, reason } from "../support/facts.ts";

t.setTimeout(120_000);
const HINT = "\n  hint: docker run --user, USER in the Dockerfile, runAsUser in Kubernetes, or preflight --user\n";
const uid = process.getuid?.() ?? -1;
const gid = process.getgid?.() ?? -1;

both("user passes by number or name, and its group too", async (t, preflight) => {
  const items: Record<string, unknown>[] = [{ user: uid }, { user: `${uid}`, group: gid }];
  if (uid === 0) items.push({ user: "root", group: "root" });
  for (const item of items) t.equal((await preflight.run(look(t, item))).stdout, "started\n", JSON.stringify(item));
});

both("user fails at once where the command runs as another", async (t, preflight) => {
  const own = uid === 0 ? "root (0)" : `${uid}`;
  const r = await preflight.run(look(t, { user: 54321 }));
  t.equal(r.code, 78);
  if (uid === 0) t.equal(reason(r.stderr), `user 54321: the command runs as ${own}, want 54321${HINT}`);
  const group = await preflight.run(look(t, { user: uid, group: 54321 }));
  t.equal(group.code, 78);
  if (gid === 0) t.equal(reason(group.stderr), `user ${uid}:54321: the command's group is root (0), want 54321${HINT}`);
});

both("user refuses root under not, and is final", async (t, preflight) => {
  const r = await preflight.run([`!user:${uid}`, "--", "echo", "started"]);
  t.equal(r.code, 78);
  t.equal(reason(r.stderr), `not user ${uid}: it holds, and must not\n`);
  t.ok(r.took < 5000);
  t.equal((await preflight.run(["!user:54321", "--", "echo", "started"])).stdout, "started\n");
});

both("user does not take a name that nobody has, not even under not", async (t, preflight) => {
  for (const not of [false, true]) {
    const r = await preflight.run(look(t, { user: "rooot", not }));
    t.equal(r.code, 78);
    t.equal(reason(r.stderr), `${not ? "not " : ""}user rooot: no such user in /etc/passwd\n`);
  }
  const r = await preflight.run(look(t, { user: uid, group: "rooot" }));
  t.equal(reason(r.stderr), `user ${uid}:rooot: no such group in /etc/group\n`);
});

if (noMounts === false) {
  both("user asks for whom the command is to run as, and not for preflight's own", async (t, preflight) => {
    const as = (user: string, args: readonly string[]): Promise<Ended> => preflight.run(["--user", user, ...args]);
    const down = look(t, { user: "nobody", group: "nogroup" });
    t.equal((await as("nobody:nogroup", down)).stdout, "started\n");
    const r = await as("nobody:12", look(t, { user: 65534, group: 13 }));
    t.equal(r.code, 78);
    t.match(r.stderr, /user 65534:13: the command's group is \S+ \(12\), want \S+ \(13\)\n/);
    t.equal((await as("nobody", look(t, { user: "root", not: true }))).stdout, "started\n");
  });

  both("user sees the step that somebody took before it", async (t, preflight) => {
    if (preflight.artifact.name === "package") {
      t.pass("Node lies where nobody else may go");
      return;
    }
    const down: Preflight = first(preflight, 'set -- setpriv --reuid=65534 --regid=65534 --clear-groups "$@"');
    t.equal((await down.run(["user:nobody", "!user:root", "--", "echo", "started"])).stdout, "started\n");
  });
}

both("user wants one name", async (t, preflight) => {
  const r = await preflight.run(look(t, { user: "1000:1000", group: "" }));
  t.equal(r.code, 78);
  t.match(r.stderr, "user must be one name or number\n");
  t.match(r.stderr, "group must be one name or number\n");
});
