/** Checks that ask for access look as the user that the command becomes. */
import { chmodSync, chownSync, mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import { createServer } from "node:net";
import { join } from "node:path";
import t from "tap";
import type { Artifact } from "../support/artifacts.ts";
import { asRoot, folder, run, type Ran } from "./world.ts";

t.setTimeout(300_000);

/** Looks once at these items of a configuration; DIR is a folder of this test's own. */
function looks(artifact: Artifact, dir: string, user: string, items: readonly string[]): Ran {
  const file = join(dir, "preflight.yaml");
  writeFileSync(file, `checks:\n${items.map((i) => `  - {${i.replaceAll("DIR", dir)}}\n`).join("")}`);
  const asked = user === "" ? [] : ["--user", user];
  const r = run([...artifact.command, "check", "--no-wait", "-c", file, ...asked]);
  const reasons = r.stdout.replace(/^preflight: \d+ checks? .*\n/, "");
  return { ...r, stdout: reasons.replaceAll(dir, "DIR").replaceAll("preflight: file DIR/", "") };
}

function own(): string {
  const dir = mkdtempSync(join(folder, "access-"));
  chmodSync(folder, 0o755);
  chmodSync(dir, 0o755);
  return dir;
}

asRoot("a file of root alone fails as another user, and passes as preflight itself", (t, artifact) => {
  const dir = own();
  writeFileSync(join(dir, "key"), "secret", { mode: 0o600 });
  const rights = "mode 0600, owner root (0), group root (0)";
  const items = ["readable", "writable", "executable"].map((f) => `file: DIR/key, ${f}: true`);
  t.same(
    [looks(artifact, dir, "", items.slice(0, 2)).code, looks(artifact, dir, "root", items.slice(0, 2)).code],
    [0, 0],
  );
  const r = looks(artifact, dir, "65534", items);
  t.same(
    [r.code, r.stdout],
    [78, ["read", "write", "execute"].map((v) => `key: uid 65534 cannot ${v} it: ${rights}\n`).join("")],
  );
  const still = looks(artifact, dir, "65534", ["file: DIR/key, not_empty: true, contains: secret, mode: 0600"]);
  t.same([still.code, still.stdout], [0, ""], "what is there is looked at as preflight");
});

asRoot("a folder that the user cannot enter is named", (t, artifact) => {
  const dir = own();
  mkdirSync(join(dir, "closed/in"), { recursive: true });
  writeFileSync(join(dir, "closed/in/open"), "x");
  chmodSync(join(dir, "closed"), 0o700);
  symlinkSync("closed/in/open", join(dir, "link"));
  const items = ["file: DIR/closed/in/open, readable: true", "file: DIR/link, readable: true"];
  const why = 'uid 1000 cannot enter the folder "DIR/closed": mode 0700, owner root (0), group root (0)';
  const link = "uid 1000 cannot read it: mode 0644, owner root (0), group root (0)";
  const r = looks(artifact, dir, "app", items);
  t.same([r.code, r.stdout], [78, `closed/in/open: ${why}\nlink: ${link}\n`]);
  chmodSync(join(dir, "closed"), 0o711);
  t.equal(looks(artifact, dir, "app", items).code, 0, "to enter is not to list");
});

asRoot("group and supplementary groups count, as the command will have them", (t, artifact) => {
  const dir = own();
  writeFileSync(join(dir, "sound"), "x");
  mkdirSync(join(dir, "data"));
  for (const name of ["sound", "data"]) {
    chownSync(join(dir, name), 0, 29);
    chmodSync(join(dir, name), name === "data" ? 0o770 : 0o640);
  }
  const items = ["file: DIR/sound, readable: true", "file: DIR/data, readable: true, writable: true, executable: true"];
  t.equal(looks(artifact, dir, "app", items).stdout, "", "a member of audio");
  t.equal(looks(artifact, dir, "4242:29", items).stdout, "");
  const rights = "owner root (0), group audio (29)";
  const r = looks(artifact, dir, "app:appgroup", items);
  t.equal(
    r.stdout,
    `sound: uid 1000 cannot read it: mode 0640, ${rights}\ndata: uid 1000 cannot read it: mode 0770, ${rights}\n`,
  );
  chownSync(join(dir, "data"), 4242, 0);
  t.match(looks(artifact, dir, "4242:7", ["file: DIR/data, executable: true, writable: true"]), {
    code: 0,
    stdout: "",
  });
  t.equal(
    looks(artifact, dir, "4243:7", ["file: DIR/data, executable: true"]).stdout,
    "data: uid 4243 cannot enter it: mode 0770, owner 4242, group root (0)\n",
  );
});

asRoot("a socket is judged by the right to connect that the user has", async (t, artifact) => {
  const dir = own();
  const path = join(dir, "s");
  const server = createServer((s) => s.end("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")).listen(path);
  const abstract = createServer((s) => s.destroy()).listen(`\0preflight-user-${process.pid}`);
  await Promise.all([once(server, "listening"), once(abstract, "listening")]);
  t.teardown(() => [server.close(), abstract.close()]);
  chmodSync(path, 0o600);
  const items = [`unix: ${path}`];
  t.equal(looks(artifact, dir, "", items).code, 0);
  t.equal(looks(artifact, dir, "root", items).code, 0);
  const hint = "  hint: uid 1000 needs write permission on the socket and search permission on its folders\n";
  const r = looks(artifact, dir, "app", items);
  t.same([r.code, r.stdout], [78, `preflight: unix DIR/s: permission denied\n${hint}`]);
  const http = looks(artifact, dir, "app", [`http: "http://x/", unix: ${path}`]);
  t.match(http.stdout, /: permission denied/);
  chownSync(path, 0, 29);
  chmodSync(path, 0o660);
  t.equal(looks(artifact, dir, "app", items).code, 0, "as a member of the socket's group");
  t.equal(
    looks(artifact, dir, "app:5", [`unix: "@preflight-user-${process.pid}"`]).code,
    0,
    "an abstract socket has no rights",
  );
});

asRoot("a command check runs as preflight itself, and a secret file of root is read for the user", (t, artifact) => {
  const dir = own();
  writeFileSync(join(dir, "secret"), "sesame-open\n", { mode: 0o400 });
  const file = join(dir, "preflight.yaml");
  writeFileSync(
    file,
    `checks:\n  - command: [sh, -c, "id -u; exit 3"]\n    exit: 3\n    contains: "0"\n  - env: KEY\n    from_file: true\n`,
  );
  const words = [...artifact.command, "-q", "-c", file, "--user", "app", "--", "sh", "-c", 'echo "$(id -u) $KEY"'];
  const r = run(words, { KEY_FILE: join(dir, "secret") });
  t.same([r.code, r.stdout, r.stderr], [0, "1000 sesame-open\n", ""]);
});

asRoot("the command is looked for and run with the user's own rights", (t, artifact) => {
  const dir = own();
  mkdirSync(join(dir, "bin"));
  for (const name of ["tool", "bin/inner"]) writeFileSync(join(dir, name), "#!/bin/sh\nid -u\n", { mode: 0o700 });
  const go = (user: string, command: string): Ran =>
    run([...artifact.command, "--allow-empty", "-q", "--user", user, "--", command], {
      PATH: `${dir}/bin:${process.env["PATH"] ?? ""}`,
    });
  t.same(go("root", join(dir, "tool")).stdout, "0\n");
  const denied = go("app", join(dir, "tool"));
  t.same([denied.code, denied.stderr], [126, `preflight: cannot run "${dir}/tool": permission denied\n`]);
  const lost = go("app", "inner");
  t.same([lost.code, lost.stderr], [126, 'preflight: cannot run "inner": permission denied\n']);
  chmodSync(join(dir, "bin/inner"), 0o755);
  t.equal(go("app", "inner").stdout, "1000\n");
});

asRoot("access looks leave nothing behind: no child, and what the command inherits is as without", (t, artifact) => {
  const dir = own();
  const file = join(dir, "preflight.yaml");
  writeFileSync(file, "checks:\n  - file: /\n    readable: true\n  - file: /etc\n    executable: true\n");
  for (const show of [
    ["grep", "-E", "^(Threads|Sig[^Q]|ShdPnd)", "/proc/self/status"],
    ["ls", "/proc/self/fd"],
    ["sh", "-c", 'read -r children </proc/$$/task/$$/children; echo "<$children>"'],
  ]) {
    const of = (words: readonly string[]): string => run([...artifact.command, "-q", ...words, "--", ...show]).stdout;
    t.equal(of(["-c", file, "--user", "app"]), of(["-c", file]), show.join(" "));
  }
});
