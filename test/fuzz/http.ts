/** What an HTTP answer comes to, for one artifact to be held to the other and one cut to another. */
import { Answer } from "../../src/net/answer.ts";

/** The outcome of an answer that arrives in pieces of `size` bytes, after which the peer closes. */
export function outcome(bytes: Buffer, size: number, bodiless = false): string {
  const answer = new Answer(bodiless, (status) => (status === 418 ? 0 : 100));
  for (let i = 0; i < bytes.length; i += size) answer.feed(bytes.subarray(i, i + size));
  answer.end(false);
  const { state, status, why, truncated, body } = answer;
  const kept = body.latin1();
  return JSON.stringify([
    state,
    `${status}`,
    why,
    truncated ? "truncated" : "whole",
    kept,
    answer.values("x").join("|"),
  ]);
}
