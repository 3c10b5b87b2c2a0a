/** Which of the configured checks are to run: --only and --skip. */
import { UsageError, type Command } from "./arguments.ts";
import { label, type Check } from "./plan.ts";
import { meant, quoted } from "./text.ts";

/**
 * The checks that are asked for, in their order; a name that fits none of `known` is a mistake. What is known and not
 * among the checks says nothing of them: PREFLIGHT_SKIP is set for the gate, and `preflight health` sees it too.
 */
export function select(checks: readonly Check[], known: readonly Check[], command: Command): readonly Check[] {
  const only = names(command, "only", known).filter((n) => checks.some((c) => fits(c, [n])));
  const skip = names(command, "skip", known);
  return checks.filter((c) => (only.length === 0 || fits(c, only)) && !fits(c, skip));
}

function names(command: Command, flag: string, known: readonly Check[]): readonly string[] {
  const asked = command
    .value(flag)
    .split(",")
    .map((n) => n.trim());
  const wanted = asked.filter((n) => n !== "");
  for (const name of wanted) {
    if (known.some((c) => fits(c, [name]))) continue;
    const near = meant(
      name,
      known.map((c) => label(c)),
    );
    throw new UsageError(`${command.source(flag)}: no check is called ${quoted(name)}${near}`);
  }
  return wanted;
}

/** A check is called by its name, by kind and target, or as it is written in shorthand. */
function fits(check: Check, wanted: readonly string[]): boolean {
  return wanted.some(
    (n) => n === label(check) || n === `${check.kind} ${check.target}` || n === `${check.kind}:${check.target}`,
  );
}
