/** The answers of a name server that knows what a test wants it to know. */

/** How the resolver answers for one name. A family that is not given has no records. */
export interface Answer {
  readonly A?: readonly string[];
  readonly AAAA?: readonly string[];
  /** RCODE: 2 SERVFAIL, 3 NXDOMAIN, 5 REFUSED. */
  readonly code?: number;
  /** Milliseconds. */
  readonly delay?: number;
  /** Types that are never answered. */
  readonly mute?: readonly ("A" | "AAAA")[];
  /** Over UDP nothing but the TC bit: ask again over TCP. */
  readonly truncate?: boolean;
}

const TYPES: Readonly<Record<number, "A" | "AAAA">> = { 1: "A", 28: "AAAA" };

/** The answer to one DNS message (RFC 1035 4.1), or null for silence. */
export function reply(
  query: Buffer,
  names: Readonly<Record<string, Answer>>,
  tcp: boolean,
): { bytes: Buffer; delay: number } | null {
  const labels: string[] = [];
  let at = 12;
  while (query.readUInt8(at) > 0) {
    labels.push(query.toString("latin1", at + 1, at + 1 + query.readUInt8(at)));
    at += 1 + query.readUInt8(at);
  }
  const type = TYPES[query.readUInt16BE(at + 1)];
  const name = names[labels.join(".").toLowerCase()];
  if (type !== undefined && name?.mute?.includes(type)) return null;
  const cut = name?.truncate === true && !tcp;
  const records = type === undefined || cut || name === undefined ? [] : (name[type] ?? []);
  const header = Buffer.alloc(12);
  query.copy(header, 0, 0, 2);
  header.writeUInt16BE(0x8180 | (cut ? 0x200 : 0) | (name === undefined ? 3 : (name.code ?? 0)), 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(records.length, 6);
  const answers = records.map((address) => {
    const data = type === "A" ? Buffer.from(address.split(".").map(Number)) : six(address);
    return Buffer.concat([Buffer.from([0xc0, 12, 0, type === "A" ? 1 : 28, 0, 1, 0, 0, 0, 0, 0, data.length]), data]);
  });
  return { bytes: Buffer.concat([header, query.subarray(12, at + 5), ...answers]), delay: name?.delay ?? 0 };
}

function six(address: string): Buffer {
  const [front, back] = address.split("::").map((h) => (h === "" ? [] : h.split(":")));
  const tail = back ?? [];
  const groups = [...(front ?? []), ...new Array<string>(8 - (front ?? []).length - tail.length).fill("0"), ...tail];
  return Buffer.from(groups.map((g) => g.padStart(4, "0")).join(""), "hex");
}
