/** Real servers that a test starts: a program, waited for until its port is open, and gone after the test. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Test } from "tap";

/** An empty folder with a short path, gone after what was started later. */
export function room(t: Test): string {
  const path = mkdtempSync(join(tmpdir(), "pf-"));
  t.teardown(() => {
    rmSync(path, { recursive: true, force: true });
  });
  return path;
}

/** Starts a server, and waits until somebody listens on `port` of 127.0.0.1. What it says is told where it ends before. */
export async function daemon(
  t: Test,
  port: number,
  command: string,
  args: readonly string[],
  cwd = "/",
): Promise<ChildProcess> {
  const child = spawn(command, args, { cwd, stdio: ["ignore", "pipe", "pipe"] });
  let log = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (b: Buffer) => (log = (log + b.toString()).slice(-4000)));
  t.teardown(() => gone(child));
  for (;;) {
    if (child.exitCode !== null) throw new Error(`${command} ended with ${child.exitCode}: ${log}`);
    if (await opens(port)) return child;
    await new Promise((done) => setTimeout(done, 20));
  }
}

/** Ends a server, and waits until it is gone. */
export async function gone(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGKILL");
  await once(child, "exit");
}

async function opens(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  const open = await new Promise<boolean>((resolve) => {
    socket.once("connect", () => {
      resolve(true);
    });
    socket.once("error", () => {
      resolve(false);
    });
  });
  socket.destroy();
  return open;
}
