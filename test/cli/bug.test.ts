/** An exception out of a callback is a bug, which is said, with 70: the program is built with a kind that has one. */
import { cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t, { test } from "tap";
import { compile, TARGETS } from "../../scripts/build.ts";
import { root } from "../../scripts/tools.ts";
import { ARCH, onlyBinary, Preflight, type Artifact } from "../support/artifacts.ts";

t.setTimeout(300_000);

const folder = join(root, "build/test/bug");
const entry = join(folder, "src/main.ts");

/** A kind that throws at once, throws later, or breaks a promise. */
const KIND = `import type { Complaint, Kind, Probe } from "../src/check.ts";
import { field, required } from "../src/fields.ts";
export const dns: Kind = {
  name: "dns",
  summary: "breaks",
  schemes: [],
  timeout: 2000,
  fixed: false,
  fields: () => [required(field("text", "dns", "how"))],
  verify: (): readonly Complaint[] => [],
  bind: (o): Probe => ({
    target: "broken",
    look: (_deadline, _tell) => {
      if (o.text("dns") === "throws") breaks();
      if (o.text("dns") === "later") {
        setTimeout(() => {
          throw new TypeError("boom");
        }, 1);
      }
      if (o.text("dns") === "rejects") void Promise.resolve().then(() => breaks());
    },
  }),
};
function breaks(): void {
  throw new Error("bang");
}
`;

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
for (const part of ["src", "checks", "package.json"]) cpSync(join(root, part), join(folder, part), { recursive: true });
writeFileSync(join(folder, "checks/dns.ts"), KIND);

/** The same as a binary. */
function built(): string {
  const out = join(folder, "preflight");
  const target = TARGETS.find((x) => x.name === ARCH);
  if (target === undefined) throw new Error(`no target ${ARCH}`);
  compile(entry, out, target);
  return out;
}

const broken: readonly Artifact[] = [
  { name: "package", command: [process.execPath, entry] },
  ...(onlyBinary === false ? [{ name: "binary" as const, command: [built()] as const }] : []),
];

for (const artifact of broken) {
  test(`an exception in a callback is a bug, which is said, with 70 (${artifact.name})`, async (t) => {
    const preflight = new Preflight(artifact);
    for (const [how, said] of [
      ["later", "Uncaught TypeError: boom\npreflight: a bug, please report it\n"],
      ["rejects", "Unhandled promise rejection: Error: bang\npreflight: a bug, please report it\n"],
      ["throws", "preflight: a bug, please report it: bang\n"],
    ] as const) {
      const r = await preflight.run([`dns:${how}`, "--", "echo", "ran"]);
      t.same([r.code, r.stdout, r.stderr], [70, "", said], how);
      const health = await preflight.run(["health", `dns:${how}`]);
      t.same([health.code, health.stdout, health.stderr], [1, "", said], how);
    }
  });
}
