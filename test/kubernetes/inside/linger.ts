/** A lab with a pod that runs until it is ended from without, or, with the word "fail", until it fails. */
import { start } from "../support/cluster.ts";
import { pod, Room } from "../support/room.ts";

await start();
const room = await Room.open();
await room.make(pod("linger", { command: ["sleep", "3600"] }));
await room.container("linger", "running", (c) => c.state.running !== undefined);
if (process.argv[2] === "fail") throw new Error("failed on purpose");
console.log("up");
setInterval(() => {}, 1000);
