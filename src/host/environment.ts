/** The variables of this process, read one at a time: another form of reading makes the compiler copy them all. */
import { variablesWith } from "#os";

/**
 * A word of the environment or the command line as text: what is no UTF-8 becomes U+FFFD, as Node has it from the start.
 * The binary has its bytes as they are, and a regular expression reads past the end of one that breaks off in a character.
 */
export function decoded(word: string): string {
  return Buffer.from(word).toString("utf8");
}

/** A variable's value, undefined where it is not set. */
export function variable(name: string): string | undefined {
  const value = process.env[name];
  return value === undefined ? undefined : decoded(value);
}

/** Sets a variable for this process, and so for the command. */
export function setVariable(name: string, value: string): void {
  process.env[name] = value;
}

/** All variables whose names begin so. */
export function variables(prefix = ""): readonly (readonly [string, string | undefined])[] {
  if (variablesWith(prefix) === 0) return [];
  const out: (readonly [string, string | undefined])[] = [];
  for (const [name, value] of Object.entries(process.env))
    if (name.startsWith(prefix)) out.push([decoded(name), decoded(value ?? "")]);
  return out;
}
