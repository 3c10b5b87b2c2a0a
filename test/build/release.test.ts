/** What a release hands out, and that it is what it says. */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { test } from "tap";
import { release } from "../../scripts/release.ts";
import { root } from "../../scripts/tools.ts";
import { VERSION } from "../../src/version.ts";
import { ARCH } from "../support/artifacts.ts";

const out = join(root, "build/tested-release");
const DATE = "2026-01-02T03:04:05Z";
release(out, { version: VERSION, revision: "0123abc", date: DATE });

const read = (...path: string[]): Buffer => readFileSync(join(out, ...path));
const sha256 = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");
const shell = (line: string) => spawnSync("sh", ["-c", line], { cwd: out, encoding: "utf8" });

test("a release is these files, and their sums are right", (t) => {
  const names = read("SHA256SUMS")
    .toString()
    .trim()
    .split("\n")
    .map((line) => line.slice(66));
  t.same(names, [
    "LICENSE",
    "LICENSES.txt",
    "completions/_preflight",
    "completions/preflight.bash",
    "completions/preflight.fish",
    `preflight-${VERSION}-oci.tar`,
    `preflight-gate-${VERSION}.tgz`,
    "preflight-linux-amd64",
    "preflight-linux-arm64",
    "preflight.1",
    "sbom.cdx.json",
    "schema.json",
  ]);
  const checked = shell("sha256sum -c --quiet SHA256SUMS && find . -type f | wc -l");
  t.same([checked.stdout.trim(), checked.stderr], [`${names.length + 1}`, ""]);
  t.equal(shell(`./preflight-linux-${ARCH} --version`).stdout, `preflight ${VERSION}\n`);
  t.end();
});

test("the licences of all that is in the binary come with it", (t) => {
  const text = read("LICENSES.txt").toString();
  for (const said of [
    "musl 1.2.5 (MIT)",
    "mbedtls 3.6.7 (Apache-2.0)",
    "scriptc-runtime 0.1.7 (Apache-2.0)",
    "quickjs-ng 0.15.1 (MIT)",
    "Copyright © 2005-2020 Rich Felker",
    "Fabrice Bellard",
    "Boost Software License - Version 1.0",
    "Ariadne Conill",
  ])
    t.match(text, said);
  t.end();
});

interface Component {
  readonly "bom-ref": string;
  readonly type: string;
  readonly name: string;
  readonly licenses?: readonly object[];
  readonly hashes?: readonly { readonly content: string }[];
}
interface Bom {
  readonly bomFormat: string;
  readonly specVersion: string;
  readonly metadata: { readonly timestamp: string; readonly component: Component };
  readonly components: readonly Component[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
}

test("the bill of materials names what is in the binaries and what the package brings along", (t) => {
  const bom = JSON.parse(read("sbom.cdx.json").toString()) as Bom;
  t.same([bom.bomFormat, bom.specVersion, bom.metadata.timestamp], ["CycloneDX", "1.6", DATE]);
  const byName = new Map(bom.components.map((c) => [c.name, c]));
  for (const name of ["musl", "mbedtls", "scriptc-runtime", "yargs", "ajv", "dotenv", "yaml"]) t.ok(byName.get(name), name);
  for (const c of bom.components) t.ok(c.type === "file" || c.licenses?.length === 1, `${c.name} has a licence`);
  for (const name of ["preflight-linux-amd64", "preflight-linux-arm64"])
    t.equal(byName.get(name)?.hashes?.[0]?.content, sha256(read(name)));
  const refs = [bom.metadata.component, ...bom.components].map((c) => c["bom-ref"]);
  t.equal(new Set(refs).size, refs.length, "each reference is of one component");
  for (const { ref, dependsOn } of bom.dependencies)
    for (const r of [ref, ...dependsOn]) t.ok(refs.includes(r), `${r} is a component`);
  const reached = new Set(bom.dependencies.flatMap((d) => d.dependsOn));
  for (const c of bom.components) t.ok(reached.has(c["bom-ref"]), `${c.name} is wanted by something`);
  t.end();
});

interface Descriptor {
  readonly digest: string;
  readonly size: number;
  readonly platform?: { readonly architecture: string; readonly os: string };
}

test("the image is an OCI archive of both architectures, whole and small", (t) => {
  const folder = t.testdir();
  const untar = spawnSync("tar", ["-xf", join(out, `preflight-${VERSION}-oci.tar`), "-C", folder]);
  t.equal(untar.status, 0);
  const file = (name: string): Buffer => readFileSync(join(folder, name));
  const blob = ({ digest, size }: Descriptor): Buffer => {
    const bytes = file(`blobs/sha256/${digest.slice(7)}`);
    t.same([`sha256:${sha256(bytes)}`, bytes.length], [digest, size]);
    return bytes;
  };
  const json = (bytes: Buffer): unknown => JSON.parse(bytes.toString());
  t.same(json(file("oci-layout")), { imageLayoutVersion: "1.0.0" });
  const [entry] = (json(file("index.json")) as { manifests: [Descriptor] }).manifests;
  const { manifests } = json(blob(entry)) as { manifests: Descriptor[] };
  t.same(
    manifests.map((m) => m.platform),
    ["amd64", "arm64"].map((architecture) => ({ architecture, os: "linux" })),
  );
  for (const m of manifests) {
    const manifest = json(blob(m)) as { config: Descriptor; layers: [Descriptor] };
    const config = json(blob(manifest.config)) as {
      architecture: string;
      created: string;
      config: { Entrypoint: string[]; Labels: Record<string, string> };
      rootfs: { diff_ids: string[] };
    };
    const layer = gunzipSync(blob(manifest.layers[0]));
    t.same(config.rootfs.diff_ids, [`sha256:${sha256(layer)}`]);
    const { architecture } = config;
    t.same(
      [architecture, config.created, config.config.Entrypoint, config.config.Labels["org.opencontainers.image.revision"]],
      [m.platform?.architecture, DATE, ["/preflight"], "0123abc"],
    );
    const tar = (...args: string[]) => spawnSync("tar", args, { input: layer, maxBuffer: 1 << 26 });
    const listed = tar("--numeric-owner", "-tvf", "-").stdout.toString().trim().split("\n");
    t.same(
      listed.map((line) => line.split(/ +/)).map(([mode, owner, , , , name]) => [mode, owner, name]),
      [
        ["-rw-r--r--", "0/0", "LICENSE"],
        ["-rw-r--r--", "0/0", "LICENSES.txt"],
        ["-rwxr-xr-x", "0/0", "preflight"],
        ["-rw-r--r--", "0/0", "schema.json"],
      ],
    );
    t.equal(sha256(tar("-xOf", "-", "preflight").stdout), sha256(read(`preflight-linux-${architecture}`)));
  }
  t.end();
});
