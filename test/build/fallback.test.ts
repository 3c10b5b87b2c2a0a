// The way out keeps the basic promises: the same sources as a Node single executable.
import { join } from "node:path";
import { root, run } from "../../scripts/tools.ts";
import { basic } from "./basic.ts";

run(process.execPath, ["scripts/fallback.ts"]);
basic({ name: "package", command: [join(root, "dist/preflight-node")] });
