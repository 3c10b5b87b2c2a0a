/** Answers in the binary: reads a file of lines, "subject base64", and prints an answer in base64 for each. */
import { readFileSync } from "node:fs";
import { answered } from "./answer.ts";

for (const line of readFileSync(process.argv.at(2) ?? "", "utf8").split("\n")) {
  const at = line.indexOf(" ");
  if (at < 0) continue;
  const input = Buffer.from(line.slice(at + 1), "base64").toString("utf8");
  process.stdout.write(`${Buffer.from(answered(line.slice(0, at), input)).toString("base64")}\n`);
}
