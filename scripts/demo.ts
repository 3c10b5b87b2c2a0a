/** Shows the gate at work on this machine: one that waits, one that fails for good, one that runs out of time. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "./tools.ts";

const preflight = join(root, `dist/preflight-linux-${process.arch === "arm64" ? "arm64" : "amd64"}`);
const folder = mkdtempSync(join(tmpdir(), "preflight demo "));
const colour = process.stdout.isTTY ? (s: string) => `\x1b[1m${s}\x1b[0m` : (s: string) => s;

/** A port that is free now: the service that starts late will take it. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

const port = await freePort();
writeFileSync(
  join(folder, "preflight.yaml"),
  `wait: 10s
checks:
  - env: GREETING
  - file: ${folder}
    type: dir
    writable: true
  - http: http://127.0.0.1:${port}/healthz
`,
);

/** Runs preflight in front of a command and shows both. */
async function show(title: string, env: Record<string, string>, args: readonly string[]): Promise<void> {
  console.log(`\n${colour(title)}\n$ preflight ${args.join(" ")}`);
  const child = spawn(preflight, args, {
    cwd: folder,
    env: { PATH: process.env["PATH"] ?? "", ...env },
    stdio: "inherit",
  });
  const [code] = (await once(child, "exit")) as [number];
  console.log(`exit code ${code}`);
}

console.log(colour("preflight.yaml"));
console.log(spawnSync("cat", [join(folder, "preflight.yaml")], { encoding: "utf8" }).stdout.trimEnd());

let answers = 0;
const service = createServer((_request, response) => {
  response.statusCode = ++answers > 3 ? 200 : 503; // it listens before it is ready, as services do
  response.end();
});
setTimeout(() => service.listen(port, "127.0.0.1"), 1500);
await show("1. A service starts late: the gate waits, passes, and becomes the command", { GREETING: "hello" }, [
  "--",
  "sh",
  "-c",
  'echo "$GREETING from process $$"',
]);
service.close();

await show("2. A variable is missing: no waiting will help, and the gate says so at once", {}, [
  "--",
  "sh",
  "-c",
  "echo never",
]);

await show(
  "3. The service does not come: the gate gives up in time, and a restart policy may try again",
  { GREETING: "hello" },
  ["--wait", "1s", "--config", "preflight.yaml", "--", "sh", "-c", "echo never"],
);
rmSync(folder, { recursive: true });
