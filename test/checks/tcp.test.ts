import { createServer, type AddressInfo, type Server } from "node:net";
import { both } from "../support/artifacts.ts";

function listening(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      resolve((server.address() as AddressInfo).port);
    });
  });
}

both("tcp passes where something accepts", async (t, preflight) => {
  const server = createServer();
  const port = await listening(server);
  const r = await preflight.run([`tcp:127.0.0.1:${port}`, "--", "echo", "started"]);
  server.close();
  t.equal(r.code, 0);
  t.equal(r.stdout, "started\n");
});

both("tcp waits while the connection is refused", async (t, preflight) => {
  const server = createServer();
  const port = await listening(server);
  server.close();
  const r = await preflight.run(["--wait", "200ms", `tcp:127.0.0.1:${port}`, "--", "echo", "started"]);
  t.equal(r.code, 75);
  t.equal(r.stdout, "");
  t.match(r.stderr, /: not ready after 2..ms: connection refused, \d+ looks\n$/);
});
