/** Names to addresses, both families asked apart and off the main thread. Afresh at every look. */
import { resolve as ask } from "#os";
import type { Mood } from "../check.ts";
import type { Family } from "./address.ts";
import { slots, threads } from "./slots.ts";

export { family, type Family } from "./address.ts";

/** code: 0, or an EAI_ code of getaddrinfo(3): -2 no such name, -5 no address of this family, else no answer. */
type Answer = (code: number, addresses: readonly string[]) => void;
const NO_NAME = -2;
const NO_ADDRESS = -5;

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
  threads.take(1, (thread) => {
    slots.take(1, (slot) => {
      ask(host, family, (code, addresses) => {
        open.delete(key);
        slot.end();
        thread.end();
        for (const listener of question.listeners) listener(code, addresses);
      });
    });
  });
}

/** Why a name has no address. */
export interface Unresolved {
  readonly why: string;
  readonly mood: Mood;
}

/** By the codes of the answers that came; `pending` are still to come. */
export function unresolved(codes: readonly number[], pending: number): Unresolved {
  if (codes.includes(NO_NAME)) return { why: "the name does not resolve", mood: "absent" };
  if (pending > 0) return { why: "no answer from the resolver", mood: "silent" };
  if (codes.every((c) => c === NO_ADDRESS)) return { why: "the name has no address", mood: "absent" };
  return { why: "the resolver fails", mood: "silent" };
}

/** Loopback without asking anybody (RFC 6761 6.3). */
export const LOOPBACK: readonly string[] = ["127.0.0.1", "::1"];
