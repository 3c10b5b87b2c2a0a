/** What examples/kubernetes/run shows, and its README has: with the word "update" it is written there. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { format } from "prettier";
import { fill } from "../../../scripts/docs.ts";
import { start } from "../support/cluster.ts";
import { EXAMPLES, Room, serveNames } from "../support/room.ts";
import { seen } from "./table.ts";

console.log("Kubernetes starts on this machine, in namespaces of its own …");
await start();
await serveNames();
console.log("and preflight ends in it in each way that it can, in half a minute:\n");
const tables = await seen(await Room.open());
console.log((await format(tables, { parser: "markdown" })).trimEnd());
if (process.argv[2] === "update") {
  const path = join(EXAMPLES, "README.md");
  writeFileSync(path, await fill(path, readFileSync(path, "utf8"), { seen: tables }));
}
