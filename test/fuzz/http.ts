/** Prints what becomes of each HTTP answer of a file (a line of base64 each), for one artifact to be held to the other. */
import { readFileSync } from "node:fs";
import { Answer } from "../../src/net/answer.ts";

/** What an answer comes to that arrives in pieces of `size` bytes, after which the peer closes. */
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

const path = process.argv[2] ?? "";
if (import.meta.main) {
  const lines: string[] = [];
  for (const line of readFileSync(path, "utf8").split("\n")) {
    if (line !== "") lines.push(outcome(Buffer.from(line, "base64"), 1 + (line.length % 13)));
  }
  process.stdout.write(`${lines.join("\n")}\n`);
}
