/** Services that wait for each other. */
import type { Finding } from "../../finding.ts";
import { finding } from "../node.ts";
import type { Project } from "../project.ts";

/** circle: each once, from the service of it that comes first in the file. */
export function circles(project: Project): readonly Finding[] {
  const found: Finding[] = [];
  const done = new Set<string>();
  const visit = (name: string, path: readonly string[]): void => {
    const from = path.indexOf(name);
    if (from >= 0) {
      const circle = [...path.slice(from), name];
      const last = project.members.get(path.at(-1) ?? "")?.service.dependsOn.find((d) => d.name === name);
      if (last !== undefined) {
        const said = `depends_on runs in a circle: ${circle.join(" > ")}`;
        found.push(finding(last.at, "error", "circle", said, "Compose starts none of them: take one dependency out"));
      }
      return;
    }
    if (done.has(name)) return;
    for (const d of project.members.get(name)?.service.dependsOn ?? []) visit(d.name, [...path, name]);
    done.add(name);
  };
  for (const name of project.members.keys()) visit(name, []);
  return found;
}
