/** Secrets that stand in plain sight; their values are never said. */
import { looksSecret } from "../../../redact.ts";
import type { Finding } from "../../finding.ts";
import { finding } from "../node.ts";
import type { Project } from "../project.ts";
import type { Setting } from "../service.ts";

const NO_SECRET = /^(?:|true|false|yes|no|none|null|\d|\/.*)$/i;
/** User info with a password in a URL. */
const URL_PASSWORD = /[A-Za-z][A-Za-z0-9+.-]*:\/\/[^/?#\s:@]*:([^/?#\s@]+)@/;

/** plain-secret: what is written in the file itself; a variable's default counts, a variable does not. */
export function secrets(project: Project): readonly Finding[] {
  return [...project.members.values()].flatMap(({ service }) =>
    service.environment
      .filter((s) => isPlain(s))
      .map((s) => {
        const said = `${s.name} has its secret in the file: whoever reads the file, or docker inspect, has it`;
        const hint = /_URL$|_URI$|_DSN$/i.test(s.name)
          ? `put the password into a variable: \${…:?}, set outside the repository`
          : `secrets: and ${s.name}_FILE: /run/secrets/${s.name.toLowerCase()} where the image reads it, else \${${s.name}:?}`;
        return finding(s.at, "warning", "plain-secret", said, hint);
      }),
  );
}

function isPlain(s: Setting): boolean {
  const url = URL_PASSWORD.exec(s.written)?.[1];
  if (url !== undefined) return !url.includes("$");
  return looksSecret(s.name) && !NO_SECRET.test(s.written) && !s.written.includes("$");
}
