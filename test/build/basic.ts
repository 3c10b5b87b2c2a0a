/** The gate's basic tests, for what is built of the same sources in another way: another processor, another runtime. */
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { test } from "tap";
import { VERSION } from "../../src/version.ts";
import { Preflight, type Artifact } from "../support/artifacts.ts";
import { issue } from "../support/certificates.ts";
import { free } from "../support/local.ts";
import { looks, PASSED } from "../support/looks.ts";
import { secured } from "../support/servers.ts";

const invalid = join(import.meta.dirname, "../invalid");
/** The mistake whose message is looked at. */
const MISTAKE = "any-member";

/** The basic promises, each a test; `skip`: why this artifact cannot be run here. */
export function basic(artifact: Artifact, skip: string | false = false): void {
  const preflight = new Preflight(artifact);

  test("basic: version and help are printed", { skip }, async (t) => {
    const r = await preflight.run(["--version"]);
    t.equal(r.stdout, `preflight ${VERSION}\n`);
    t.equal(r.stderr, "");
    t.equal(r.code, 0);
    const help = await preflight.run(["--help"]);
    t.match(help.stdout, "preflight [flags] [checks] -- command [arguments]");
    t.equal(help.code, 0);
  });

  test("basic: after a pass it becomes the command, in the same process, with its arguments", { skip }, async (t) => {
    const script = 'printf "%s|" "$GREETING" "$0" "$@"; echo $$';
    const args = ["env:GREETING", "--", "sh", "-c", script, "zero", "a b", "", "ü"];
    const running = preflight.start(args, { env: { GREETING: "hello" } });
    const r = await running.ended;
    t.equal(r.stdout, `hello|zero|a b||ü|${running.child.pid ?? 0}\n`);
    t.equal(r.code, 0);
    t.match(r.stderr, /^preflight: 1 check passed in \d+ms\n$/);
  });

  test("basic: the command's exit code is the exit code, and what cannot be run is 127 or 126", { skip }, async (t) => {
    const end = async (...command: string[]): Promise<number | null> =>
      (await preflight.run(["--allow-empty", "--quiet", "--", ...command])).code;
    t.equal(await end("sh", "-c", "exit 7"), 7);
    t.equal(await end("no-such-program"), 127);
    t.equal(await end("/"), 126);
  });

  test("basic: a missing variable fails at once with 78", { skip }, async (t) => {
    const r = await preflight.run(["env:NONESUCH", "--", "echo", "never"]);
    t.equal(r.code, 78);
    t.equal(r.stdout, "");
    t.match(r.stderr, "preflight: env NONESUCH: not set\n");
  });

  test("basic: tcp waits for a port, and passes when it listens", { skip }, async (t) => {
    const port = await free();
    const running = preflight.start([`tcp:127.0.0.1:${port}`, "--", "echo", "up"]);
    await running.says(`preflight: tcp 127.0.0.1:${port}: waiting: connection refused`);
    const server = createServer((socket) => socket.destroy()).listen(port, "127.0.0.1");
    t.teardown(() => server.close());
    const r = await running.ended;
    t.equal(r.stdout, "up\n");
    t.equal(r.code, 0);
  });

  test("basic: tcp gives up when its time is over, with 75", { skip }, async (t) => {
    const port = await free();
    const r = await preflight.run([`tcp:localhost:${port}`, "--wait", "300ms", "--", "echo", "never"]);
    t.equal(r.code, 75);
    t.equal(r.stdout, "");
    t.match(r.stderr, `preflight: tcp localhost:${port}: not ready after `);
    t.match(r.stderr, "connection refused");
  });

  test("basic: http waits while the status is 503, and passes at 200", { skip }, async (t) => {
    let asked = 0;
    const server = createHttpServer((_request, response) => {
      response.statusCode = ++asked > 2 ? 200 : 503;
      response.end();
    }).listen(0, "127.0.0.1");
    t.teardown(() => server.close());
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const r = await preflight.run([`http://127.0.0.1:${port}/healthz`, "--", "echo", "ready"]);
    t.match(r.stderr, `preflight: http http://127.0.0.1:${port}/healthz: waiting: status 503, want 2xx\n`);
    t.equal(r.stdout, "ready\n");
    t.equal(r.code, 0);
  });

  test("basic: http asks over TLS, and says why a certificate is not trusted", { skip }, async (t) => {
    const ca = issue({ subject: "Test CA", ca: true });
    const leaf = issue({ by: ca, names: ["localhost"], key: "rsa2048" });
    const port = await secured(t, { cert: leaf.cert, key: leaf.key }, (s) =>
      s.once("data", () => s.end("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")),
    );
    const item = { http: `https://localhost:${port}/`, timeout: "10s" };
    const got = await looks(t, preflight, [
      { ...item, ca: ca.cert },
      { ...item, ca: issue({ ca: true }).cert },
    ]);
    t.equal(got[0], PASSED);
    t.match(got[1], '78 its certificate is not trusted: its issuer "Test CA" is not known among those of "ca"');
  });

  test("basic: file looks at type, size and content, and says what is wrong", { skip }, async (t) => {
    const dir = t.testdir({
      here: "content",
      "good.yaml": "checks: [{file: here, type: file, not_empty: true, contains: tent, readable: true}]",
      "bad.yaml": "checks: [{file: here, type: dir}]",
    });
    const good = await preflight.run(["check", "--config", "good.yaml"], { cwd: dir });
    t.equal(good.code, 0, good.stderr);
    const bad = await preflight.run(["check", "--no-wait", "--config", "bad.yaml"], { cwd: dir });
    t.equal(bad.code, 78);
    t.match(bad.stdout + bad.stderr, "preflight: file here: a file, want a directory\n");
  });

  test("basic: a mistake in the configuration is told with its place", { skip }, async (t) => {
    const r = await preflight.run(["check", "--no-wait", "--config", `${MISTAKE}.yaml`], { cwd: invalid });
    t.equal(r.stderr, readFileSync(join(invalid, `${MISTAKE}.txt`), "utf8"));
    t.equal(r.code, 78);
  });

  test("basic: a signal ends a wait with 128 and its number", { skip }, async (t) => {
    const port = await free();
    for (const [signal, number] of [["SIGTERM", 15], ["SIGINT", 2], ["SIGHUP", 1], ["SIGQUIT", 3]] as const) {
      const running = preflight.start([`tcp:127.0.0.1:${port}`, "--", "true"]);
      await running.says("waiting: connection refused");
      running.child.kill(signal);
      const r = await running.ended;
      t.equal(r.code, 128 + number, signal);
      t.match(r.stderr, `preflight: ${signal} while waiting for 1 check`);
    }
  });
}
