/** The image for COPY --from=preflight holds what it promises and nothing else, and the README's recipe works with it. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../scripts/tools.ts";
import { VERSION } from "../../src/version.ts";
import { ARCH } from "../support/artifacts.ts";
import { DEBIAN } from "./engine.ts";
import { docker, live, must, run } from "./support.ts";

const read = (file: string): Buffer => readFileSync(join(root, file));
const BINARY = `dist/preflight-linux-${ARCH}`;

/** What docker image inspect says, as far as is asked here. */
interface Image {
  readonly Architecture: string;
  readonly Size: number;
  readonly Config: {
    readonly Entrypoint: readonly string[];
    readonly Cmd: readonly string[] | null;
    readonly User: string;
    readonly Volumes: unknown;
    readonly ExposedPorts?: unknown;
    readonly Labels: Readonly<Record<string, string>>;
  };
}

live("the image is labelled, small, and has preflight for its entry point", async (t) => {
  const [image] = JSON.parse(await must("image", "inspect", "preflight")) as [Image];
  const { Config } = image;
  t.same([Config.Entrypoint, Config.Cmd, Config.User, Config.Volumes], [["/preflight"], null, "", null]);
  t.equal(Config.ExposedPorts, undefined);
  t.equal(image.Architecture, ARCH);
  const label = (name: string): string => Config.Labels[`org.opencontainers.image.${name}`] ?? "";
  t.same([label("title"), label("version"), label("licenses")], ["preflight", VERSION, "Apache-2.0"]);
  t.match(label("description"), /^Checks what a container needs, .* becomes the real command$/);
  t.match(label("revision"), /^(?:[0-9a-f]{40}|unknown)$/);
  const least = [BINARY, "schema.json", "LICENSE"].reduce((sum, file) => sum + read(file).length, 0);
  t.ok(image.Size >= least && image.Size < least + 10_000, `${image.Size} bytes, its files ${least}`);
  t.ok(image.Size < 2_500_000, `${image.Size} bytes`);
});

live("the image holds the binary, the schema and the licence, and nothing else", async (t) => {
  const folder = t.testdir();
  const shell = (line: string): Promise<string> => run("sh", ["-c", `cd '${folder}' && ${line}`]).then((r) => r.stdout);
  await shell("docker save preflight | tar -xf -");
  const [{ Layers }] = JSON.parse(readFileSync(join(folder, "manifest.json"), "utf8")) as [{ Layers: string[] }];
  const listed: Record<string, string> = {};
  for (const layer of Layers) {
    for (const line of (await shell(`tar --numeric-owner -tvf ${layer}`)).trim().split("\n")) {
      const [mode = "", owner, , , , name = ""] = line.split(/ +/);
      listed[name] = `${mode} ${owner}`;
      const digest = (await shell(`tar -xOf ${layer} ${name} | sha256sum`)).slice(0, 64);
      const original = name === "preflight" ? BINARY : name;
      t.equal(digest, createHash("sha256").update(read(original)).digest("hex"), `/${name} is ${original}`);
    }
  }
  t.same(listed, { preflight: "-rwxr-xr-x 0/0", "schema.json": "-rw-r--r-- 0/0", LICENSE: "-rw-r--r-- 0/0" });
});

live("the image runs as it is", async (t) => {
  const once = (...args: readonly string[]) => docker("run", "--rm", "--network", "none", "preflight", ...args);
  t.same(JSON.parse((await once("schema")).stdout), JSON.parse(read("schema.json").toString()));
  t.match((await once("--version")).stdout, `preflight ${VERSION}`);
  const check = await once("check", "env:NONESUCH");
  t.same([check.code, check.stderr], [78, ""]);
});

live("the README's recipe makes an image that checks, and then becomes the command", async (t) => {
  const readme = read("README.md").toString();
  const [recipe, health] = [...readme.matchAll(/```dockerfile\n([^]*?)```/g)].map((m) => m[1] ?? "");
  t.match(recipe, /^COPY --from=preflight .*\nCOPY preflight.yaml .*\nENTRYPOINT .*\nCMD .*\n$/);
  t.match(health, /^HEALTHCHECK .*\n$/);
  const folder = t.testdir({
    Dockerfile: `FROM ${DEBIAN}\n${recipe}${health}`,
    "preflight.yaml": "checks:\n  - env: GREETING\n",
  });
  const tag = `lab-recipe-${process.pid}`;
  await must("build", "-q", "--label", "preflight.lab=test", "-t", tag, folder);
  t.teardown(() => docker("rmi", "-f", tag));
  const gate = (...args: readonly string[]) => docker("run", "--rm", "--network", "none", ...args);
  const hello = await gate("-e", "GREETING=hello", tag, "sh", "-c", 'echo "$GREETING from $$"');
  t.same([hello.code, hello.stdout], [0, "hello from 1\n"]);
  const missing = await gate(tag);
  t.same([missing.code, missing.stdout], [78, ""]);
  t.match(missing.stderr, "preflight: env GREETING: not set\n");
  const node = await gate("-e", "GREETING=hello", tag);
  t.equal(node.code, 127);
  t.match(node.stderr, 'preflight: cannot run "node": not found in PATH\n');
});
