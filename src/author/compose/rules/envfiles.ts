/** Files that env_file names: there, and read by Compose as people mean them. */
import { existsSync, statSync } from "node:fs";
import { isAbsolute, relative, resolve } from "node:path";
import { quoted } from "../../../text.ts";
import type { Finding } from "../../finding.ts";
import { Refusal } from "../../refusal.ts";
import { readText } from "../../input.ts";
import { readEnvFile, type Variable } from "../envfile.ts";
import { finding } from "../node.ts";
import type { Project } from "../project.ts";
import type { EnvFileUse } from "../service.ts";

/** What is doubtful in a line, by how it is written; the value itself is never said. */
const DOUBTS: readonly { readonly when: (v: Variable) => boolean; readonly said: string; readonly hint: string }[] = [
  {
    when: (v) => /^(["'])[^#$\n\\]*\1$/.test(v.written) && !/^.\s|\s.$/.test(v.written),
    said: "the quotes are Compose's: docker run --env-file keeps them in the value",
    hint: "leave them out: this value needs none",
  },
  {
    when: (v) => /^[^"'].* #/.test(v.written),
    said: "what follows # is a comment to Compose, and part of the value to docker run --env-file",
    hint: "put the comment on a line of its own",
  },
  {
    when: (v) => /^[^'].*(?<!\$)\$(?:\{|[A-Za-z_])/.test(v.written) || /^\$(?:\{|[A-Za-z_])/.test(v.written),
    said: "Compose replaces variables in it: what follows $ is not in the value",
    hint: "single quotes keep a $",
  },
];

/** env-file-missing, env-file. */
export function envFiles(project: Project): readonly Finding[] {
  const found: Finding[] = [];
  const read = new Set<string>();
  for (const { service } of project.members.values()) {
    for (const use of service.envFiles) {
      const path = resolve(use.at.source.base, use.path);
      const name = isAbsolute(use.path) ? use.path : relative(resolve(project.model.directory), path);
      const there = existsSync(path);
      if (!there && use.required) {
        const said = `${quoted(use.path)} is not there: Compose refuses to start`;
        const hint = `copy it from an example, or write path: ${use.path} and required: false`;
        found.push(finding(use.at, "error", "env-file-missing", said, hint));
      } else if (there && statSync(path).isDirectory())
        found.push(finding(use.at, "error", "env-file-missing", `${quoted(use.path)} is a directory`));
      else if (there && !read.has(path) && !use.raw) found.push(...lines(project, path, name, use));
      read.add(path);
    }
  }
  return found;
}

function lines(project: Project, path: string, name: string, use: EnvFileUse): readonly Finding[] {
  try {
    const file = readEnvFile(readText(path, name, 1024 * 1024), project.lookup);
    const say = (line: number, severity: Finding["severity"], text: string, hint = ""): Finding => ({
      file: name,
      line,
      column: 1,
      severity,
      rule: "env-file",
      text,
      hint,
    });
    const found = file.variables.flatMap((v, i) => {
      const first = file.variables.findIndex((o) => o.name === v.name);
      const twice =
        first < i
          ? [
              say(
                v.line,
                "warning",
                `${v.name} is also in line ${file.variables[first]?.line ?? 0}: the last one counts`,
              ),
            ]
          : [];
      return [
        ...twice,
        ...DOUBTS.filter((d) => d.when(v)).map((d) => say(v.line, "warning", `${v.name}: ${d.said}`, d.hint)),
      ];
    });
    return file.refused === null ? found : [...found, say(file.refused.line, "error", file.refused.text)];
  } catch (e) {
    if (!(e instanceof Refusal)) throw e;
    if (/empty/.test(e.finding.text)) return [];
    return [finding(use.at, "error", "env-file", `${quoted(use.path)}: ${e.finding.text}`)];
  }
}
