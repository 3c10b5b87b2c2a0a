/** The variables of this process, read one at a time: another form of reading makes the compiler copy them all. */
import { variablesWith } from "#os";

/** A variable's value, undefined where it is not set. */
export function variable(name: string): string | undefined {
  const value = process.env[name];
  return value;
}

/** Sets a variable for this process, and so for the command. */
export function setVariable(name: string, value: string): void {
  process.env[name] = value;
}

/** All variables whose names begin so. */
export function variables(prefix = ""): readonly (readonly [string, string | undefined])[] {
  if (variablesWith(prefix) === 0) return [];
  return Object.entries(process.env).filter(([name]) => name.startsWith(prefix));
}
