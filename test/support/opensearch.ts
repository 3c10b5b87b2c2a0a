/** A real node of OpenSearch, of the jars that scripts/setup fetches with Maven, on this machine's Java. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Test } from "tap";
import { cache, root } from "../../scripts/tools.ts";
import { daemon, gone, room } from "./daemon.ts";
import { free } from "./local.ts";

const version = /^opensearch_version=(.*)$/m.exec(readFileSync(join(root, "scripts/versions"), "utf8"))?.[1] ?? "";
const jars = join(cache, `opensearch-${version}`);
/** Why its tests are skipped, "" where they are not. */
export const noOpenSearch = existsSync(jars) ? "" : "OpenSearch is not to be had here: scripts/setup says why";

export interface Node {
  readonly at: string;
  readonly stop: () => Promise<void>;
}

/** Starts a node, and waits until its HTTP port is open. */
export async function opensearch(t: Test, settings: readonly string[]): Promise<Node> {
  const [http, transport] = [await free(), await free()];
  const main = join(import.meta.dirname, "OpenSearch.java");
  const options = ["-Xmx512m", "-XX:TieredStopAtLevel=1", "-cp", `${jars}/*`, main];
  const child = await daemon(t, http, "java", [...options, room(t), `${http}`, `${transport}`, ...settings]);
  return { at: `127.0.0.1:${http}`, stop: () => gone(child) };
}
