/** Writes what is generated: schema.json, and the README's tables of kinds and help. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { format, resolveConfig } from "prettier";
import { kinds } from "../checks/index.ts";
import { help } from "../src/help.ts";
import { schema } from "../src/schema.ts";
import { root } from "./tools.ts";

/** schema.json as it is published. */
export function schemaJson(): string {
  return `${JSON.stringify(JSON.parse(schema(kinds)), null, 2)}\n`;
}

/** A README with its generated parts made anew, formatted; a part stands between two comments that name it. */
export async function readme(text: string): Promise<string> {
  const rows = kinds.map((k) => {
    const fields = k
      .fields()
      .filter((f) => !f.required)
      .map((f) => `\`${f.name}\``);
    return `| \`${k.name}\` | ${k.summary} | ${fields.join(" ")} |`;
  });
  const table = ["| kind | passes when | fields |", "| --- | --- | --- |", ...rows].join("\n");
  return fill(join(root, "README.md"), text, { kinds: table, help: `\`\`\`text\n${help(kinds)}\`\`\`` });
}

/** A document with these parts made anew, formatted. */
export async function fill(path: string, text: string, parts: Readonly<Record<string, string>>): Promise<string> {
  const made = Object.entries(parts).reduce((t, [name, body]) => part(t, name, body), text);
  return format(made, { ...(await resolveConfig(path)), filepath: path });
}

function part(text: string, name: string, body: string): string {
  const [head, rest] = text.split(`<!-- ${name} -->\n`);
  const tail = rest?.split(`<!-- /${name} -->`)[1];
  if (head === undefined || tail === undefined) throw new Error(`there is no part called ${name}`);
  return `${head}<!-- ${name} -->\n\n${body}\n\n<!-- /${name} -->${tail}`;
}

if (import.meta.main) {
  writeFileSync(join(root, "schema.json"), schemaJson());
  const path = join(root, "README.md");
  writeFileSync(path, await readme(readFileSync(path, "utf8")));
}
