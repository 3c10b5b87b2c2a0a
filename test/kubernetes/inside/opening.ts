/** How long after its dependency a command starts, in milliseconds: behind a gate in its container, or behind an init container. */
import { example, type Room } from "../support/room.ts";

export type Waiting = "gate" | "init-container";

/** Lets an example wait for db:5432, opens that port, and measures until the command says something. */
export async function opening(room: Room, waiting: Waiting): Promise<number> {
  const [object] = example(waiting);
  if (object !== undefined) await room.make(object);
  const container = waiting === "gate" ? "app" : "preflight";
  await room.said(waiting, "preflight: tcp db:5432: waiting: connection refused", container);
  const opened = await room.listen();
  const took = (await room.said(waiting, "serving")) - opened;
  room.close();
  return took;
}
