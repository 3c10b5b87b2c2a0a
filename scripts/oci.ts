/** The image as an OCI archive (image-spec 1.1: image-layout, manifest, config), for both architectures, the same bytes each time. */
import { createHash } from "node:crypto";
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { TARGETS } from "./build.ts";
import { run } from "./tools.ts";

const MEDIA = "application/vnd.oci.image";

/** What is written down in it. */
export interface Labels {
  readonly version: string;
  readonly revision: string;
  /** ISO 8601. */
  readonly date: string;
}

/**
 * Writes `out`, a tar. The layer of each architecture holds dist/preflight-linux-ARCH as /preflight and these files,
 * which `room`, an empty folder, is used for.
 */
export function archive(out: string, room: string, files: readonly string[], dist: string, labels: Labels): void {
  const layout = join(room, "layout");
  mkdirSync(join(layout, "blobs/sha256"), { recursive: true });
  const blob = (mediaType: string, bytes: Buffer) => {
    const digest = hash(bytes);
    writeFileSync(join(layout, "blobs/sha256", digest.slice(7)), bytes);
    return { mediaType, digest, size: bytes.length };
  };
  const json = (mediaType: string, value: unknown) => blob(mediaType, Buffer.from(JSON.stringify(value)));
  const manifests = TARGETS.map(({ name: architecture }) => {
    const content = join(room, architecture);
    mkdirSync(content);
    cpSync(join(dist, `preflight-linux-${architecture}`), join(content, "preflight"));
    for (const file of files) cpSync(file, join(content, file.slice(file.lastIndexOf("/") + 1)));
    const layer = tar(content, join(room, `${architecture}.tar`));
    const config = json(`${MEDIA}.config.v1+json`, {
      created: labels.date,
      architecture,
      os: "linux",
      config: { Entrypoint: ["/preflight"], Labels: annotations(labels) },
      rootfs: { type: "layers", diff_ids: [hash(layer)] },
      history: [{ created: labels.date, created_by: "preflight: scripts/oci.ts" }],
    });
    const layers = [blob(`${MEDIA}.layer.v1.tar+gzip`, gzipSync(layer, { level: 9 }))];
    const mediaType = `${MEDIA}.manifest.v1+json`;
    const manifest = json(mediaType, { schemaVersion: 2, mediaType, config, layers });
    return { ...manifest, platform: { architecture, os: "linux" } };
  });
  const mediaType = `${MEDIA}.index.v1+json`;
  const named = { "org.opencontainers.image.ref.name": labels.version };
  const index = json(mediaType, { schemaVersion: 2, mediaType, manifests, annotations: annotations(labels) });
  const entry = { schemaVersion: 2, mediaType, manifests: [{ ...index, annotations: named }] };
  writeFileSync(join(layout, "index.json"), JSON.stringify(entry));
  writeFileSync(join(layout, "oci-layout"), '{"imageLayoutVersion":"1.0.0"}');
  tar(layout, out);
  rmSync(room, { recursive: true });
}

/** The labels of the Dockerfile. */
function annotations({ version, revision, date }: Labels): Record<string, string> {
  const values = {
    title: "preflight",
    description: "Checks what a container needs, waits for it a bounded time, and becomes the real command",
    version,
    revision,
    created: date,
    licenses: "Apache-2.0",
  };
  return Object.fromEntries(Object.entries(values).map(([k, v]) => [`org.opencontainers.image.${k}`, v]));
}

/** A tar of all that is in a folder, without owners, times and the order of the file system. */
function tar(folder: string, out: string): Buffer {
  const same = ["--sort=name", "--mtime=@0", "--owner=0", "--group=0", "--numeric-owner", "--mode=u=rwX,go=rX"];
  run("tar", [
    "--format=ustar",
    ...same,
    "-cf",
    out,
    "-C",
    folder,
    "--",
    ...run("ls", ["-A", folder]).trim().split("\n"),
  ]);
  return readFileSync(out);
}

function hash(bytes: Buffer): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}
