/** Servers of every behaviour, on ports of 127.0.0.1 that the kernel chooses, gone after the test. */
import { once } from "node:events";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import * as tls from "node:tls";
import type { Test } from "tap";

/** What a server does with a connection; `n` counts them from 0. */
export type Behaviour = (socket: Socket, n: number) => void;

/** The port of a server of plain bytes. */
export async function serving(t: Test, behaviour: Behaviour): Promise<number> {
  let n = 0;
  return listening(
    t,
    createServer((socket) => {
      behaviour(socket, n++);
    }),
  );
}

/** The port of a server that speaks TLS first. */
export async function secured(t: Test, options: tls.TlsOptions, behaviour: Behaviour): Promise<number> {
  let n = 0;
  const server = tls.createServer(options, (socket) => {
    socket.on("error", () => {});
    behaviour(socket, n++);
  });
  server.on("tlsClientError", () => {});
  return listening(t, server);
}

/** Lets a server listen, ends it and its connections after the test, and returns its port. */
export async function listening(t: Test, server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.teardown(() => {
    for (const s of sockets) s.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}
