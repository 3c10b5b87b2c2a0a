/** The bill of materials of a release, as CycloneDX 1.6: what is in the binaries, and what the npm package brings along. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parts } from "./parts.ts";
import { root } from "./tools.ts";
import { VERSION } from "../src/version.ts";

/** A package of package-lock.json. */
interface Locked {
  readonly version: string;
  readonly license?: string;
  readonly integrity?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

/** As JSON text; `date` in ISO 8601. `files` are the binaries by name. */
export function sbom(files: ReadonlyMap<string, Buffer>, date: string): string {
  const native = parts().map(({ name, version, licence, home, purl, role }) => ({
    type: "library",
    "bom-ref": purl,
    ...{ name, version, description: role, purl },
    licenses: [{ expression: licence }],
    externalReferences: [{ type: "website", url: home }],
  }));
  const binaries = [...files].map(([name, bytes]) => ({
    type: "file",
    "bom-ref": name,
    name,
    hashes: [{ alg: "SHA-256", content: createHash("sha256").update(bytes).digest("hex") }],
  }));
  const { components, dependencies } = packages();
  const own = `pkg:npm/preflight-gate@${VERSION}`;
  const licenses = [{ license: { id: "Apache-2.0" } }];
  const document = {
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    version: 1,
    metadata: {
      timestamp: date,
      component: { type: "application", "bom-ref": own, name: "preflight", version: VERSION, purl: own, licenses },
    },
    components: [...binaries, ...native, ...components],
    dependencies: [
      { ref: own, dependsOn: [...binaries.map((b) => b.name), ...dependencies.direct] },
      ...binaries.map((b) => ({ ref: b.name, dependsOn: native.map((p) => p.purl) })),
      ...dependencies.further,
    ],
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

/** The npm packages that ours brings along, and which of them wants which: what package-lock.json says. */
function packages() {
  const lock = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")) as {
    packages: Record<string, Locked>;
  };
  const at = (path: string): Locked => lock.packages[path] ?? { version: "" };
  const purl = (path: string): string =>
    `pkg:npm/${path.slice(path.lastIndexOf("node_modules/") + 13).replace("@", "%40")}@${at(path).version}`;
  /** Where Node finds a package from another one: the nearest node_modules. */
  const find = (name: string, from: string): string => {
    for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf("/node_modules/")))) {
      const path = `${folder === "" ? "" : `${folder}/`}node_modules/${name}`;
      if (path in lock.packages) return path;
      if (folder === "") throw new Error(`package-lock.json has no ${name} for ${from}`);
    }
  };
  const wants = (path: string): string[] => Object.keys(at(path).dependencies ?? {}).map((name) => find(name, path));
  const seen = new Set(wants(""));
  for (const path of seen) for (const more of wants(path)) seen.add(more);
  const list = [...seen].sort();
  return {
    components: list.map((path) => ({
      type: "library",
      "bom-ref": purl(path),
      name: path.slice(path.lastIndexOf("node_modules/") + 13),
      version: at(path).version,
      purl: purl(path),
      licenses: [{ license: { id: at(path).license ?? "" } }],
      hashes: [{ alg: "SHA-512", content: Buffer.from((at(path).integrity ?? "").slice(7), "base64").toString("hex") }],
    })),
    dependencies: {
      direct: wants("").map(purl),
      further: list.map((path) => ({ ref: purl(path), dependsOn: wants(path).map(purl) })),
    },
  };
}
