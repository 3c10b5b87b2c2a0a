/** Who listens on this machine, as the kernel lists it (proc_pid_net(5)). */
import { told } from "../host/kernel.ts";
import { canonical, written } from "./address.ts";

/** TCP lists those that listen first, so no more has to be read of many connections. */
const LIMIT = 1_048_576;
/** TCP_LISTEN (net/tcp_states.h); of UDP every socket that is bound is in the table. */
const LISTENS = "0A";

/** The local addresses that are listened on at a port, once each; null where the kernel does not tell. */
export function listeners(protocol: string, port: number): readonly string[] | null {
  const tables = ["", "6"].map((family) => told(`/proc/net/${protocol}${family}`, LIMIT));
  if (tables.every((t) => t === "")) return null;
  const end = `:${Buffer.from([port >> 8, port & 255])
    .toString("hex")
    .toUpperCase()}`;
  const found = new Set<string>();
  for (const line of tables.join("").split("\n")) {
    const [, local, , state] = line.trim().split(/ +/, 4);
    if (local?.endsWith(end) === true && (state === LISTENS || protocol === "udp"))
      found.add(address(local.slice(0, -5)));
  }
  return [...found];
}

/** An address as it stands there: words of four bytes in the order of the machine, little-endian on all that we run on. */
function address(hex: string): string {
  if (!/^(?:[0-9A-F]{8}|[0-9A-F]{32})$/.test(hex)) return hex;
  const bytes = Buffer.from(hex, "hex").swap32();
  const groups: number[] = [];
  for (let i = 0; i < bytes.length; i += 2) groups.push(bytes.readUInt16BE(i));
  const six = written(bytes.length === 16 ? groups : [0, 0, 0, 0, 0, 0xffff, ...groups]);
  const one = canonical(six);
  return one.includes(".") ? one : six;
}
