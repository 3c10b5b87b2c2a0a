/** Names to addresses, both families asked apart and off the main thread. Afresh at every look. */
import { resolve as ask } from "#os";
import { slots } from "./slots.ts";

export type Family = 4 | 6;

/** code: 0, or an EAI_ code of getaddrinfo(3): -2 no such name, -5 no address of this family, else no answer. */
type Answer = (code: number, addresses: readonly string[]) => void;

class Question {
  readonly listeners: Answer[] = [];
}
const open = new Map<string, Question>();

/**
 * Calls back once; the caller brings the deadline and ignores a late answer. Looks that ask for a name while it is
 * being asked for share the answer, so that a slow resolver is not asked ever again.
 */
export function resolve(host: string, family: Family, then: Answer): void {
  const key = `${family} ${host}`;
  const before = open.get(key);
  if (before !== undefined) {
    before.listeners.push(then);
    return;
  }
  const question = new Question();
  question.listeners.push(then);
  open.set(key, question);
  slots.take(1, () => {
    ask(host, family, (code, addresses) => {
      open.delete(key);
      slots.give(1);
      for (const listener of question.listeners) listener(code, addresses);
    });
  });
}

/** 4 or 6 for an address in numbers, 0 for a name. An address in brackets is none. */
export function family(host: string): 0 | Family {
  if (/^(?:(?:25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])(?:\.(?!$)|$)){4}$/.test(host)) return 4;
  return isIPv6(host) ? 6 : 0;
}

/** RFC 4291 2.2, with a zone (RFC 6874). */
function isIPv6(host: string): boolean {
  const zone = host.indexOf("%");
  const bare = zone < 0 ? host : host.slice(0, zone);
  if (!bare.includes(":") || !/^[0-9A-Fa-f:.]+$/.test(bare) || zone === host.length - 1) return false;
  const halves = bare.split("::");
  if (halves.length > 2) return false;
  let groups = 0;
  for (const [h, half] of halves.entries()) {
    if (half === "") continue;
    const parts = half.split(":");
    for (const [i, part] of parts.entries()) {
      if (part.includes(".")) {
        const last = h === halves.length - 1 && i === parts.length - 1;
        if (!last || family(part) !== 4) return false;
        groups += 2;
      } else {
        if (!/^[0-9A-Fa-f]{1,4}$/.test(part)) return false;
        groups++;
      }
    }
  }
  return halves.length === 2 ? groups < 8 : groups === 8;
}

/** Loopback without asking anybody (RFC 6761 6.3). */
export const LOOPBACK: readonly string[] = ["127.0.0.1", "::1"];
