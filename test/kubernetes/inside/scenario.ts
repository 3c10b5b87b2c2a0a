/** A test in a room of its own; many run side by side. Its name is a sentence that begins with the subject. */
import t, { type Test } from "tap";
import { Room } from "../support/room.ts";

t.jobs = 6;
t.setTimeout(900_000);

export function scenario(
  name: string,
  body: (t: Test, room: Room) => Promise<void>,
  labels: Readonly<Record<string, string>> = {},
): void {
  void t.test(name, { timeout: 400_000 }, async (t) => {
    const room = await Room.open(labels);
    t.teardown(() => room.leave());
    await body(t, room);
  });
}
