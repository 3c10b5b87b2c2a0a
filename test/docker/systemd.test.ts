/** examples/systemd: a real systemd starts a gate again on 75, never on what trying again cannot mend, and sees no wrapper. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import t, { type Test } from "tap";
import { root } from "../../scripts/tools.ts";
import { eventually, live, must, seen, start, type Container } from "./support.ts";

const IMAGE = "preflight-systemd";
const folder = join(root, "examples/systemd");
const UNIT = readFileSync(join(folder, "app.service"), "utf8");

/** A container whose PID 1 is systemd, with the example's unit. */
async function machine(t: Test): Promise<Container> {
  await must(
    "build",
    "-q",
    "--build-arg",
    `BASE=${process.env["BASE"] ?? "debian:bookworm-slim"}`,
    "-t",
    IMAGE,
    folder,
  );
  const rights = [
    "--cap-add",
    "SYS_ADMIN",
    "--security-opt",
    "seccomp=unconfined",
    "--tmpfs",
    "/run",
    "--tmpfs",
    "/tmp",
  ];
  const c = await start(t, ...rights, "--cgroupns", "host", "-v", "/sys/fs/cgroup:/sys/fs/cgroup", IMAGE);
  const up = ["systemctl", "is-active", "multi-user.target"];
  await eventually("systemd is up", async () => (await c.exec(...up)).code === 0 || undefined);
  return c;
}

/** The example's unit with these lines in the place of those that say the same. */
function unit(...lines: readonly string[]): string {
  let text = UNIT;
  for (const line of lines) {
    const name = line.slice(0, line.indexOf("=") + 1);
    text = text.replace(new RegExp(`^${name}.*$`, "m"), () => line);
  }
  return text;
}

/** The example's unit with another gate and daemon. */
const gated = (words: string, ...lines: readonly string[]): string =>
  unit(`ExecStart=/usr/local/bin/preflight ${words}`, ...lines);

/** Starts units, by their names; those that fail at once too. */
async function begin(c: Container, units: Readonly<Record<string, string>>): Promise<void> {
  const at = "/etc/systemd/system";
  const script = Object.entries(units).map(([name, text]) => `cat >${at}/${name}.service <<'UNIT'\n${text}UNIT\n`);
  const names = Object.keys(units).join(" ");
  const r = await c.exec("sh", "-ec", `${script.join("")}systemctl daemon-reload; systemctl start --no-block ${names}`);
  if (r.code !== 0) throw new Error(r.stderr);
}

const property = async (c: Container, name: string, of: string): Promise<string> =>
  (await c.exec("systemctl", "show", name, "-p", of, "--value")).stdout.trim();

const becomes = (c: Container, name: string, of: string, wanted: string): Promise<string> =>
  eventually(`${of} of ${name} is ${wanted}`, async () => {
    const got = await property(c, name, of);
    return got === wanted ? got : undefined;
  });

live("the systemd example shows what its README says", async (t) => {
  await machine(t); // the image is made before ./run wants it
  const said = await seen(t, "systemd");
  t.match(said, /systemd-analyze verify app\.service\n {2}exit code 0/);
  t.match(said, /app: the pid of the gate\n {2}MainPID: the same/);
  const took = Number(/systemctl stop took (\d+) ms: inactive, result success/.exec(said)?.[1]);
  t.ok(took < 5000, `${took} ms: a process that did not answer would be waited for, 90 s`);
  t.equal(said.split("status=75/TEMPFAIL").length - 1, 3);
  t.match(said, /status=78\/CONFIG\n {2}failed, ExecMainStatus 78, NRestarts 3\n/);
});

live("systemd starts a gate again on 75, and not once more on 64, 78, 126 and 127", async (t) => {
  const c = await machine(t);
  await begin(c, {
    e75: gated("--no-wait tcp:127.0.0.1:1 -- /bin/true"),
    e64: gated("--nonsense -- /bin/true"),
    e78: gated("env:MISSING -- /bin/true"),
    e126: gated("env:PATH -- /etc/passwd"),
    e127: gated("env:PATH -- /no/such/daemon"),
  });
  await eventually("75 was tried again three times", async () =>
    Number(await property(c, "e75", "NRestarts")) >= 3 ? true : undefined,
  );
  for (const code of ["64", "78", "126", "127"]) {
    const of = `e${code}`;
    const state = [await property(c, of, "ActiveState"), await property(c, of, "ExecMainStatus")];
    t.same([...state, await property(c, of, "NRestarts")], ["failed", code, "0"], of);
  }
});

live("a gate that is stopped while it waits is no failure, thanks to SuccessExitStatus", async (t) => {
  const c = await machine(t);
  const waits = "--wait 60s tcp:127.0.0.1:1 -- /bin/true";
  await begin(c, { with: gated(waits), without: gated(waits, "SuccessExitStatus=") });
  for (const name of ["with", "without"]) {
    const journal = ["journalctl", "-u", name, "-o", "cat"];
    await eventually(`${name} waits`, async () =>
      (await c.exec(...journal)).stdout.includes("connection refused") ? true : undefined,
    );
    await c.exec("systemctl", "stop", name);
  }
  t.equal(await property(c, "with", "ActiveState"), "inactive");
  t.equal(await property(c, "without", "ActiveState"), "failed");
  t.equal(await property(c, "without", "ExecMainStatus"), "143");
});

live("a daemon behind a gate can notify systemd, and the gate's wait counts towards its start", async (t) => {
  const c = await machine(t);
  const notifies = "/bin/sh -c 'systemd-notify --ready; exec sleep infinity'";
  await begin(c, {
    ready: gated(`env:PATH -- ${notifies}`, "Type=notify"),
    late: gated(`--wait 60s tcp:127.0.0.1:1 -- ${notifies}`, "Type=notify\nTimeoutStartSec=1s", "Restart=no"),
  });
  await becomes(c, "ready", "ActiveState", "active");
  await becomes(c, "late", "ActiveState", "failed");
  t.equal(await property(c, "late", "Result"), "timeout");
});

live("five quick ends would be the end without StartLimitIntervalSec=0", async (t) => {
  const c = await machine(t);
  const quick = "--no-wait tcp:127.0.0.1:1 -- /bin/true";
  await begin(c, {
    limited: gated(quick, "StartLimitIntervalSec=10s", "RestartSec=100ms"),
    unlimited: gated(quick, "RestartSec=100ms"),
  });
  await becomes(c, "limited", "ActiveState", "failed");
  const said = eventually("systemd says why", async () => {
    const journal = (await c.exec("journalctl", "-u", "limited", "-o", "cat")).stdout;
    return journal.includes("Start request repeated too quickly") || undefined;
  });
  t.ok(await said);
  t.ok(
    await eventually(
      "the other goes on",
      async () => Number(await property(c, "unlimited", "NRestarts")) > 6 || undefined,
    ),
  );
});

void t.test("docs/systemd.md shows the example's unit", (t) => {
  t.match(readFileSync(join(root, "docs/systemd.md"), "utf8"), `\`\`\`ini\n${UNIT}\`\`\`\n`);
  t.end();
});
