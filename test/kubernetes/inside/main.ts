/** What is tested on the lab, from within. */
import { start } from "../support/cluster.ts";
import { serveNames } from "../support/room.ts";

await start();
await serveNames();
for (const name of ["start", "probes", "jobs", "rollout", "manifests"]) await import(`./${name}.ts`);
