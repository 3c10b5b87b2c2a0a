/** Restart policies: missing, a trap, or against what others wait for. */
import type { Finding } from "../../finding.ts";
import { finding, get, type Place } from "../node.ts";
import { runsOnce, type Member, type Project } from "../project.ts";

/** no-restart, restart-fights, restart-on-failure. */
export function restarts(project: Project): readonly Finding[] {
  const found: Finding[] = [];
  const without: Member[] = [];
  let lasting = 0;
  for (const m of project.members.values()) {
    const { name, restart, node } = m.service;
    const policy = restart?.text ?? "";
    const once = runsOnce(project, name);
    if (once && /^(?:always|unless-stopped)$/.test(policy) && restart !== null) {
      const said = `restart: ${policy} starts ${name} again when it has ended, and others wait for it to have ended`;
      found.push(finding(restart.at, "error", "restart-fights", said, 'restart: "no", or on-failure:3'));
    }
    if (once || m.service.profiles.length > 0) continue;
    lasting++;
    if (policy.startsWith("on-failure") && restart !== null) {
      const said = `restart: ${policy} leaves ${name} down after a restart of the engine, where it ends with 0 on SIGTERM`;
      found.push(finding(restart.at, "warning", "restart-on-failure", said, "restart: unless-stopped"));
    }
    if ((policy === "" || policy === "no") && get(node, "deploy", "restart_policy") === undefined) without.push(m);
  }
  return [...found, ...missing(project, without, lasting)];
}

/** One finding where nobody has a policy, else one for each that has none. */
function missing(project: Project, without: readonly Member[], lasting: number): readonly Finding[] {
  const say = (at: Place, who: string, stay: string): Finding => {
    const said = `${who}: after a crash, or a restart of the engine or the machine, ${stay} down`;
    return finding(at, "warning", "no-restart", said, "restart: unless-stopped");
  };
  const at = project.model.root.entries.get("services")?.at;
  if (without.length === lasting && lasting > 1 && at !== undefined)
    return [say(at, "no service has a restart policy", "they stay")];
  return without.map((m) => say(m.service.at, `${m.service.name} has no restart policy`, "it stays"));
}
