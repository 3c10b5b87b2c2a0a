/** No secret leaves preflight, in whatever form, by whatever way: canaries are put everywhere and looked for everywhere. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { once } from "node:events";
import t, { type Test } from "tap";
import { both, type Preflight } from "../support/artifacts.ts";

t.setTimeout(120_000);

/** One secret for each way in. With what has to be escaped in each format; none holds another. */
const CANARIES = {
  named: "cnry1 <na&med>\"it's",
  asked: "cnry2/as+ked=%41",
  file: "cnry3\\fi\tle ü",
  user: "cnry4-user-1nfo",
  query: "cnry5 query/x",
  header: "cnry6 header,x",
  bearer: "cnry7.bearer.t0k3n",
  body: "cnry8<body>&",
  location: "cnry9locat10n",
  output: "cnry0 output\"q'",
  literal: "cnryA-literal-d3f4ult",
  url: "cnryB:url@w0rds",
} as const;

/** In base64 with other bytes around it, at each of the three offsets. */
function base64(secret: string, behind: string): readonly string[] {
  const all = [0, 1, 2].map((offset) => Buffer.from("x".repeat(offset) + secret + behind).toString("base64"));
  return [...all, ...all.map((b) => b.replaceAll("+", "-").replaceAll("/", "_"))];
}

/** The ways in which a program may write it down. */
function written(secret: string): readonly string[] {
  return [
    secret,
    encodeURIComponent(secret),
    encodeURIComponent(secret).replaceAll("%20", "+"),
    JSON.stringify(secret).slice(1, -1),
    secret.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;"),
    ...base64(secret, ""),
    ...base64(secret, "yy"),
  ];
}

/** What none of them may leave: the same, of base64 what depends on the secret alone, and how each begins and ends. */
function traces(secret: string): readonly string[] {
  const whole = base64(secret, "").map((b) => b.slice(4, 4 * Math.floor((secret.length - 2) / 3)));
  return [...written(secret).slice(0, 5), ...whole, secret.slice(0, 5), secret.slice(-5)];
}

/** A server that says back all that it was told, in every form, and sends elsewhere with a secret. */
async function echo(t: Test): Promise<number> {
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    let body = "";
    request.on("data", (bytes) => (body += String(bytes)));
    request.on("end", () => {
      const all = JSON.stringify({
        decoded: decodeURIComponent(request.url ?? ""),
        url: request.url,
        headers: request.rawHeaders,
        body,
      });
      if (request.url?.startsWith("/elsewhere") === true) {
        response.writeHead(302, {
          location: `http://u:${CANARIES.location}@127.0.0.1:1/?token=${CANARIES.location}&a=1`,
        });
      } else response.writeHead(400, { "content-type": "application/json", "x-seen": encodeURIComponent(all) });
      response.end(`${all}\n${Buffer.from(all).toString("base64")}\n${encodeURIComponent(all)}\n${body}`);
    });
  };
  const server = createServer(answer).listen(0, "127.0.0.1");
  await once(server, "listening");
  t.teardown(() => server.close());
  return (server.address() as AddressInfo).port;
}

/** What a program prints: a few lines each, for a report shows the last five; and secrets where a line is cut. */
function outputs(): Readonly<Record<string, string>> {
  const known = [CANARIES.named, CANARIES.asked, CANARIES.output, CANARIES.header, CANARIES.bearer, CANARIES.user];
  const lines = known.flatMap((secret) => [...written(secret), "x".repeat(152) + secret.split("\n").join()]);
  const files: Record<string, string> = {};
  for (let i = 0; i < lines.length; i += 5) files[`out${i}`] = `${lines.slice(i, i + 5).join("\n")}\n`;
  return files;
}

function setUp(t: Test, port: number): { dir: string; env: Record<string, string> } {
  const printed = outputs();
  const dir = t.testdir({
    ...printed,
    secret: CANARIES.file,
    "preflight.yaml": `checks:
  - env: [DB_PASSWORD, PLAIN]
    name: own
    secret: true
    pattern: ^never$
  - env: FROM_FILE_TOKEN
    name: filed
    from_file: true
    pattern: ^never$
  - env: OTHER_TOKEN
    default: ${CANARIES.literal}
  - http: http://127.0.0.1:${port}/a?token=${encodeURIComponent(CANARIES.query)}&b=1
    contains: never
    status: [200, 400]
    headers:
      x-api-key: \${HEADER}
      authorization: Bearer ${CANARIES.bearer}
    header:
      x-seen: ^never$
  - http: http://127.0.0.1:${port}/d?token=${encodeURIComponent(CANARIES.query)}
    contains: never
    status: 400
  - http: http://me:${CANARIES.user}@127.0.0.1:${port}/b
    status: [200, 400]
    pattern: never
  - http: http://127.0.0.1:${port}/c
    method: POST
    body: \${BODY_SECRET}
    status: [200, 400]
    json: {path: body, equals: never}
  - http: http://127.0.0.1:${port}/elsewhere
  - http: http://127.0.0.1:${port}/elsewhere?x
    follow: 1
  - command: 'printf "%s\\n" "$OUTPUT_SECRET" "$DB_PASSWORD" "$PLAIN" "http://u:${CANARIES.user}@h/?password=${CANARIES.user}"; env | base64 -w0; echo; false'
    shell: true
  - name: away
    command: [nonesuch, "\${OUTPUT_SECRET}"]
    optional: true
  - tcp: \${URL_TOKEN:-x}
    optional: true
  - file: /nonesuch/\${DB_PASSWORD}
    hint: ask for \${DB_PASSWORD}
${Object.keys(printed)
  .map((name) => `  - command: "cat ${name}; false"\n    shell: true\n`)
  .join("")}`,
  });
  const env = {
    DB_PASSWORD: CANARIES.named,
    PLAIN: CANARIES.asked,
    FROM_FILE_TOKEN_FILE: join(dir, "secret"),
    HEADER: CANARIES.header,
    BODY_SECRET: CANARIES.body,
    OUTPUT_SECRET: CANARIES.output,
    URL_TOKEN: "127.0.0.1:1",
  };
  return { dir, env };
}

function search(t: Test, where: string, text: string): void {
  const found: string[] = [];
  for (const [name, secret] of Object.entries(CANARIES))
    for (const form of traces(secret)) if (text.includes(form)) found.push(`${name}: ${form}`);
  t.same(found, [], where);
}

async function everywhere(t: Test, preflight: Preflight, more: readonly string[]): Promise<void> {
  const { dir, env } = setUp(t, await echo(t));
  for (const format of ["text", "json", "tap", "junit", "github"]) {
    const args = [...more, "--format", format];
    const r = await preflight.run(["check", "--no-wait", ...args], { cwd: dir, env });
    t.equal(r.code, 78, args.join(" "));
    t.match(r.stdout, "***", "something was struck");
    t.match(r.stdout, /x{152}\*\*\*/, "and before the line was cut");
    t.match(r.stdout, /status 302/);
    search(t, args.join(" "), r.stdout + r.stderr);
  }
}

both("no secret is in any report", async (t, preflight) => everywhere(t, preflight, []));
both("no secret is in a verbose report", async (t, preflight) => everywhere(t, preflight, ["--verbose"]));

both("no secret is said while peers are waited for", async (t, preflight) => {
  const { dir, env } = setUp(t, await echo(t));
  for (const format of ["text", "json"]) {
    const args = ["check", "--wait", "300ms", "--skip", "own,filed,away", "--format", format];
    const r = await preflight.run(args, { cwd: dir, env });
    t.equal(r.code, 75, r.stdout);
    t.match(r.stdout, "waiting");
    search(t, format, r.stdout + r.stderr);
  }
});

both("no secret is in health or explain", async (t, preflight) => {
  const { dir, env } = setUp(t, await echo(t));
  for (const args of [["explain"], ["explain", "--format", "json"], ["health"], ["health", "--verbose"]]) {
    const r = await preflight.run(args, { cwd: dir, env });
    search(t, args.join(" "), r.stdout + r.stderr);
    t.match(r.stdout, "***");
  }
});

both("no secret of a word, a flag or a variable is said back", async (t, preflight) => {
  const env = {
    DB_PASSWORD: CANARIES.named,
    PREFLIGHT_WAIT: "0",
    PREFLIGHT_CHECKS: `http://u:${CANARIES.user}@127.0.0.1:1/`,
  };
  const runs: readonly (readonly string[])[] = [
    ["check", "--no-wait"],
    ["explain"],
    ["check", `http://u:${encodeURIComponent(CANARIES.url)}@h:0/`],
    ["check", `nonesuch:${CANARIES.named}`],
    ["check", `--nonesuch=${CANARIES.named}`],
    ["check", "--wait", CANARIES.named],
    ["check", "--only", CANARIES.named, "env:PATH"],
    ["--allow-empty", "--", CANARIES.named],
    [CANARIES.named],
  ];
  for (const args of runs) {
    const r = await preflight.run(args, { env });
    t.not(r.code, 70, r.stderr);
    search(t, args.join(" "), r.stdout + r.stderr);
  }
});
