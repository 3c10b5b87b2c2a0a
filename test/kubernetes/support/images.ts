/** The lab's images, in the form of `docker save`: nothing is pulled. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { VERSION } from "../../../src/version.ts";
import { ARCH, PREFLIGHT } from "./enter.ts";

/** A file that everybody may run, or a link. */
interface File {
  readonly path: string;
  readonly body: Buffer;
  readonly link: string;
}

function file(path: string, body: Buffer | string): File {
  return { path, body: Buffer.from(body), link: "" };
}

/** POSIX ustar: a header of 512 bytes a file, then its bytes, padded to 512; an empty KiB at the end. */
function tar(files: readonly File[]): Buffer {
  const blocks = files.flatMap(({ path, body, link }) => {
    const header = Buffer.alloc(512);
    const size = body.length.toString(8).padStart(11, "0");
    const fields = { 0: path, 100: "0000755", 108: "0000000", 116: "0000000", 124: size, 136: "00000000000" };
    const rest = { 148: " ".repeat(8), 156: link === "" ? "0" : "2", 157: link, 257: "ustar\x0000" };
    for (const [at, text] of Object.entries({ ...fields, ...rest })) header.write(text, Number(at));
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.write(`${sum.toString(8).padStart(6, "0")}\0`, 148);
    return [header, body, Buffer.alloc(-body.length & 511)];
  });
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

interface Image {
  readonly name: string;
  readonly command: readonly string[];
  readonly files: readonly File[];
}

/** An archive of images of one layer each (https://github.com/moby/moby/blob/master/image/spec/v1.2.md). */
function archive(images: readonly Image[]): Buffer {
  const entries = images.map(({ name, command, files }, i) => {
    const layer = tar(files);
    const config = JSON.stringify({
      architecture: ARCH,
      os: "linux",
      config: { Cmd: command, Env: ["PATH=/usr/local/bin:/bin"] },
      rootfs: { type: "layers", diff_ids: [`sha256:${createHash("sha256").update(layer).digest("hex")}`] },
    });
    const manifest = { Config: `${i}.json`, RepoTags: [name], Layers: [`${i}.tar`] };
    return { manifest, files: [file(`${i}.json`, config), file(`${i}.tar`, layer)] };
  });
  const manifest = file("manifest.json", JSON.stringify(entries.map((e) => e.manifest)));
  return tar([manifest, ...entries.flatMap((e) => e.files)]);
}

const APPLETS = ["sh", "sleep", "httpd", "kill", "touch", "true", "id"];

/** The programs of the examples: here they say that they have started, and serve. */
const PROGRAMS: Readonly<Record<string, string>> = {
  server: "echo serving\nexec httpd -f -p 8080 -h /srv",
  proxy: "sleep 2\necho serving\nexec httpd -f -p 5432 -h /srv",
  migrate: "echo migrating",
};

/** The images that the examples name: preflight's own, the reader's with preflight in it, and one that has none. */
export function images(): Buffer {
  const preflight = readFileSync(PREFLIGHT);
  const bare = [
    file("bin/busybox", readFileSync("/bin/busybox")),
    ...APPLETS.map((name) => ({ ...file(`bin/${name}`, ""), link: "busybox" })),
    ...Object.entries(PROGRAMS).map(([name, text]) => file(`usr/local/bin/${name}`, `#!/bin/sh\n${text}\n`)),
    file("srv/index.html", "ready\n"),
  ];
  return archive([
    { name: "pause:1", command: ["sleep", "2147483647"], files: bare },
    { name: `preflight:${VERSION}`, command: ["/preflight"], files: [file("preflight", preflight)] },
    { name: "your-image:1.0", command: ["sh"], files: [...bare, file("usr/local/bin/preflight", preflight)] },
    { name: "their-image:2.0", command: ["sh"], files: bare },
  ]);
}
