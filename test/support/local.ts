/** What a test needs of this machine: a configuration file, a port where nobody listens, a server that says nothing. */
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Test } from "tap";
import { serving } from "./servers.ts";

/** The path of a configuration with this text, gone after the test. */
export function configuration(t: Test, text: string): string {
  return join(t.testdir({ "preflight.yaml": text }), "preflight.yaml");
}

/** A folder with a short path, gone after the test: a socket's path has room for 107 bytes (unix(7)). */
export function nearby(t: Test): string {
  const path = mkdtempSync(join(tmpdir(), "pf-"));
  t.teardown(() => {
    rmSync(path, { recursive: true });
  });
  return path;
}

/** A port of 127.0.0.1 on which nobody listens. */
export async function free(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

/** The port of a server that accepts, and never answers. */
export async function silent(t: Test): Promise<number> {
  return serving(t, () => {});
}
