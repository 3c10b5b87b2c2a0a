/** Connections over a line of the platform, which it has for what the runtime cannot open: Unix sockets and datagrams. */
import { hangUp, say } from "#os";
import { Connection } from "./connection.ts";
import { slots, type Ticket } from "./slots.ts";

type Heard = (bytes: Buffer | null, errno: number) => void;

/** Opens a line once so many slots are free. What is said before goes with it; `broken` ends the connection for an errno. */
export function lined(
  count: number,
  open: (then: Heard) => number,
  broken: (errno: number, connection: Connection) => void,
): Connection {
  let id = -1;
  let ticket: Ticket | null = null;
  const unsaid: Buffer[] = [];
  const connection = new Connection(
    (bytes) => {
      if (id >= 0) say(id, bytes);
      else unsaid.push(bytes);
    },
    () => {
      if (id >= 0) hangUp(id);
      id = -1;
      ticket?.end();
    },
  );
  ticket = slots.take(count, (taken) => {
    id = open((bytes, errno) => {
      if (bytes !== null) {
        connection.received(bytes);
        return;
      }
      id = -1;
      taken.end();
      if (errno === 0) connection.ended("");
      else broken(errno, connection);
    });
    for (const bytes of unsaid) say(id, bytes);
  });
  return connection;
}
