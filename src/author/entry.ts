/** Where the npm package starts: the gate as the binary has it, which loads no library, or a command of the laptop. */
import { AUTHORING, FLAGS, VERBS } from "../arguments.ts";

/** What decides what to load: the words that are no flag and no flag's value, up to a laptop's command, and where that is. */
interface Asked {
  readonly words: readonly string[];
  readonly help: boolean;
  readonly at: number;
}

function ask(own: readonly string[]): Asked {
  const words: string[] = [];
  let help = false;
  for (let i = 0; i < own.length; i++) {
    const word = own[i] ?? "";
    if (word === "help" || word === "--help" || word === "-h") help = true;
    else if (FLAGS.some((f) => /^\w/.test(f.value) && (word === `--${f.name}` || word === `-${f.letter}`))) i++;
    else if (!word.startsWith("-")) {
      words.push(word);
      if (words.length === 1 && AUTHORING.includes(word)) return { words, help, at: i };
    }
  }
  return { words, help, at: -1 };
}

const own = process.argv.slice(2);
const { words, help, at } = ask(own);
if (own.includes("--")) await import("../main.ts");
else if (at >= 0) {
  const { run } = await import("./cli.ts");
  process.exitCode = await run(words[0] ?? "", help ? ["--help"] : own.toSpliced(at, 1));
} else if (help && words.every((w) => VERBS.some((v) => v.name === w))) {
  const { run } = await import("./help.ts");
  process.exitCode = run();
} else await import("../main.ts");
