/** A name server that answers as a test wants, over UDP and TCP on one port; and messages of DNS to answer with. */
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import type { Test } from "tap";

/** What is said to a question; none for silence. */
export type Play = (query: Buffer, tcp: boolean) => readonly Buffer[];

/** "127.0.0.1:port" */
export async function nameserver(t: Test, play: Play, overTcp = true): Promise<string> {
  const tcp = createServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", (bytes) => socket.end(Buffer.concat(play(bytes.subarray(2), true))));
  });
  tcp.listen(0, "127.0.0.1");
  await once(tcp, "listening");
  const { port } = tcp.address() as AddressInfo;
  if (overTcp) t.teardown(() => tcp.close());
  else tcp.close();
  const udp = createSocket("udp4");
  udp.on("message", (query, from) => {
    for (const bytes of play(query, false)) udp.send(bytes, from.port, from.address);
  });
  await new Promise<void>((done) => udp.bind(port, "127.0.0.1", done));
  t.teardown(() => udp.close());
  return `127.0.0.1:${port}`;
}

const TYPES: Readonly<Record<string, number>> = { A: 1, NS: 2, CNAME: 5, PTR: 12, MX: 15, TXT: 16, AAAA: 28, SRV: 33 };

/** A name without compression. */
export function name(text: string): Buffer {
  const labels = text.split(".").filter((l) => l !== "");
  return Buffer.concat([...labels.flatMap((l) => [Buffer.from([l.length]), Buffer.from(l, "latin1")]), Buffer.of(0)]);
}

/** A record; its owner is where the question's name stands unless another is given. */
export function record(type: string, data: Buffer, owner: Buffer = Buffer.of(0xc0, 12)): Buffer {
  return Buffer.concat([
    owner,
    Buffer.of(0, TYPES[type] ?? 0, 0, 1, 0, 0, 0, 0, data.length >> 8, data.length & 255),
    data,
  ]);
}

/** The answer to a question with these records. */
export function reply(query: Buffer, records: readonly Buffer[] = [], flags = 0x8180): Buffer {
  const end = query.indexOf(0, 12) + 5;
  const header = Buffer.concat([
    query.subarray(0, 2),
    Buffer.of(flags >> 8, flags & 255, 0, 1, 0, records.length, 0, 0, 0, 0),
  ]);
  return Buffer.concat([header, query.subarray(12, end), ...records]);
}

/** As it goes over TCP. */
export function framed(message: Buffer): Buffer {
  return Buffer.concat([Buffer.of(message.length >> 8, message.length & 255), message]);
}

/** The name of a question. */
export function asked(query: Buffer): string {
  const labels: string[] = [];
  for (let at = 12; query.readUInt8(at) > 0; at += 1 + query.readUInt8(at))
    labels.push(query.toString("latin1", at + 1, at + 1 + query.readUInt8(at)));
  return labels.join(".");
}
