import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { writeFileSync } from "node:fs";
import type { Test } from "tap";
import { both, type Ended, type Preflight } from "../support/artifacts.ts";
import { nearby } from "../support/local.ts";
import { VERSION } from "../../src/version.ts";
import { looks, PASSED, type Item } from "../support/looks.ts";

const OK = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

/** What a server does with a connection once a whole request came; `n` counts connections from 0. */
type Behaviour = (socket: Socket, request: string, n: number) => void;

/** Sends this and closes. */
function says(text: string): Behaviour {
  return (socket) => socket.end(text, "latin1");
}
function answer(status: string, body = "", headers = ""): string {
  return `HTTP/1.1 ${status}\r\n${headers}content-length: ${Buffer.from(body).length}\r\n\r\n${Buffer.from(body).toString("latin1")}`;
}

class Host {
  readonly requests: string[] = [];
  readonly server: Server;
  port = 0;
  #sockets = new Set<Socket>();
  #count = 0;
  constructor(behaviour: Behaviour) {
    this.server = createServer((socket) => {
      const n = this.#count++;
      let request = "";
      this.#sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => this.#sockets.delete(socket));
      socket.setEncoding("latin1").on("data", (text: string) => {
        const before = request.includes("\r\n\r\n");
        request += text;
        if (before || !request.includes("\r\n\r\n")) return;
        this.requests.push(Buffer.from(request, "latin1").toString());
        behaviour(socket, request, n);
      });
    });
  }
  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }
  close(): void {
    for (const s of this.#sockets) s.destroy();
    this.server.close();
  }
}

async function serve(t: Test, behaviour: Behaviour, path?: string): Promise<Host> {
  const host = new Host(behaviour);
  t.teardown(() => {
    host.close();
  });
  await new Promise<void>((resolve) => {
    if (path === undefined) host.server.listen(0, "127.0.0.1", resolve);
    else host.server.listen(path, resolve);
  });
  if (path === undefined) host.port = (host.server.address() as AddressInfo).port;
  return host;
}

/** Runs one check named "web", which looks once unless `args` say otherwise. */
function run(
  t: Test,
  preflight: Preflight,
  item: Item,
  args: readonly string[] = ["--no-wait"],
  env: Record<string, string> = {},
): Promise<Ended> {
  const file = join(t.testdir(), "preflight.json");
  writeFileSync(file, JSON.stringify({ checks: [{ name: "web", timeout: "2s", ...item }] }));
  return preflight.run([...args, "--config", file, "check"], { env });
}

/** What is said of the check, with its hint: `75 reason | hint`. */
async function look(t: Test, preflight: Preflight, item: Item, env: Record<string, string> = {}): Promise<string> {
  const r = await run(t, preflight, item, ["--no-wait"], env);
  if (r.code === 0) return PASSED;
  const said = /preflight: web: (.*)\n(?: {2}hint: (.*)\n)?$/.exec(r.stdout);
  const [, why, hint] = said ?? [];
  return said === null
    ? `${r.code} ${r.stdout}${r.stderr}`
    : `${r.code} ${why ?? ""}${hint === undefined ? "" : ` | ${hint}`}`;
}

/** Each: what the server says, what is asked beside the URL, what becomes of it. */
type Case = readonly [answer: string | Behaviour, item: Item, want: string];

async function table(t: Test, preflight: Preflight, cases: readonly Case[]): Promise<void> {
  const hosts: Host[] = [];
  for (const [behaviour] of cases)
    hosts.push(await serve(t, typeof behaviour === "string" ? says(behaviour) : behaviour));
  const items = cases.map(([, item], i) => ({ http: `${hosts[i]?.url ?? ""}/x`, ...item }));
  const got = await looks(t, preflight, items);
  for (const [i, [behaviour, item, want]] of cases.entries()) {
    const name = `${JSON.stringify(item)} ${typeof behaviour === "string" ? JSON.stringify(behaviour.slice(0, 80)) : ""}`;
    t.equal(got[i], want, name);
  }
}

both("http passes where the status is as wanted", async (t, preflight) => {
  await table(t, preflight, [
    [OK, {}, PASSED],
    [answer("204 No Content"), {}, PASSED],
    [answer("299"), {}, PASSED],
    [answer("300 x"), {}, "75 status 300, want 2xx"],
    [answer("503 Service Unavailable"), {}, "75 status 503, want 2xx"],
    [answer("503 x"), { status: 503 }, PASSED],
    [answer("204 x"), { status: [200, "204"] }, PASSED],
    [answer("201 x"), { status: ["200", "204"] }, "75 status 201, want 200 or 204"],
    [answer("404 x"), { status: ["400-410", "5xx"] }, PASSED],
    [answer("411 x"), { status: ["400-410", "5xx"] }, "75 status 411, want 400-410 or 5xx"],
    [answer("302 x", "", "location: /y\r\n"), { status: "3xx", follow: 3 }, PASSED],
    [answer("101 Switching Protocols"), {}, "75 status 101, want 2xx"],
    [
      answer("401 x"),
      {},
      '75 status 401, want 2xx | no credentials were sent: give them in "headers", or as user:password@ in the URL',
    ],
    [answer("403 x"), { headers: { "X-Api-Key": "k" } }, "75 status 403, want 2xx | the credentials are not accepted"],
    [`HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 x\r\nlink: y\r\n\r\n${OK}`, {}, PASSED],
    ["HTTP/1.0 200 OK\r\n\r\nuntil the end", { contains: "the end" }, PASSED],
  ]);
});

both("http sends what it is told to", async (t, preflight) => {
  const host = await serve(t, says(OK));
  const item = {
    ...{ http: `${host.url}/a%20b?c=d#e`, method: "POST", body: "grüße\n" },
    headers: { "Content-Type": "text/plain", host: "other:1", "User-Agent": "probe" },
  };
  t.equal(await look(t, preflight, item), PASSED);
  t.equal(
    host.requests[0],
    "POST /a%20b?c=d HTTP/1.1\r\naccept: */*\r\ncontent-length: 8\r\nconnection: close\r\n" +
      "Content-Type: text/plain\r\nhost: other:1\r\nUser-Agent: probe\r\n\r\ngrüße\n",
  );
  t.equal(await look(t, preflight, { http: host.url, method: "HEAD" }), PASSED);
  const plain = `HEAD / HTTP/1.1\r\nhost: 127.0.0.1:${host.port}\r\nuser-agent: preflight/${VERSION}\r\naccept: */*\r\nconnection: close\r\n\r\n`;
  t.equal(host.requests[1], plain);
  const r = await preflight.run(["--no-wait", `http://127.0.0.1:${host.port}/word`, "--", "echo", "started"]);
  t.equal(r.stdout, "started\n", "as one word, and the command is run");
  t.match(host.requests[2], /^GET \/word HTTP/);
});

both("http sends user and password as Basic, and never shows them", async (t, preflight) => {
  const host = await serve(t, (socket, request) => {
    const authorization = /authorization: (.*)\r/.exec(request)?.[1] ?? "";
    const plain = Buffer.from(authorization.slice(6), "base64").toString();
    socket.end(answer("401 x", "", `location: /?t=${encodeURIComponent(plain)}\r\nx: ${authorization} ${plain}\r\n`));
  });
  const http = `http://us%65r:canary%40pass%2Fword@127.0.0.1:${host.port}/x?token=canary2`;
  const r = await run(t, preflight, { http, name: "", header: { x: "nothing" }, status: 401 });
  t.match(host.requests[0], `authorization: Basic ${Buffer.from("user:canary@pass/word").toString("base64")}\r\n`);
  t.equal(r.code, 75);
  t.match(r.stdout, `preflight: http http://127.0.0.1:${host.port}/x?token=***`);
  t.notMatch(r.stdout + r.stderr, /canary|Y2FuYXJ5|us%65r/);
});

both("http never shows a credential that a server sends back", async (t, preflight) => {
  const secret = '7f3a"canary"é+/%&'; // no part of it is long
  const forms = [
    secret,
    encodeURIComponent(secret),
    JSON.stringify(secret),
    Buffer.from(`x:${secret}`).toString("base64"),
  ];
  const items: readonly Item[] = [
    { contains: "nothing" },
    { json: { path: "a", equals: 1 } },
    { json: { path: "b", equals: 1 } },
    { header: { "x-echo": "nothing" } },
    { status: 404 },
    { pattern: "nothing" },
  ];
  const headers: readonly Item[] = [
    { authorization: `Bearer ${secret}` },
    { Authorization: `Basic ${Buffer.from(`u:${secret}`).toString("base64")}` },
    { "x-api-key": secret },
    { cookie: `session=${secret}` },
    { "x-auth": "${THING}" },
  ];
  for (const text of forms) {
    const body = JSON.stringify({ a: text, c: "x".repeat(70) });
    const latin1 = Buffer.from(text).toString("latin1");
    const host = await serve(
      t,
      says(answer("200 x", body, `x-echo: ${latin1}\r\nlocation: http://h/?q=${encodeURIComponent(text)}\r\n`)),
    );
    const alien = await serve(t, says(`-ERR ${latin1}\r\n`));
    for (const h of headers) {
      const all = [...items, { http: alien.url }].map((item) => ({ http: host.url, headers: h, ...item }));
      const said = await looks(t, preflight, all, { THING: secret });
      for (const [i, line] of said.entries()) {
        t.match(line, /^7[58] /);
        t.notMatch(line, /canary|Y2FuYXJ5|7f3a/, `${text} ${JSON.stringify(all[i])}`);
      }
    }
    const r = await run(t, preflight, { http: host.url, headers: headers[0], contains: "nothing" });
    t.match(r.stdout, "***");
    t.notMatch(r.stdout + r.stderr, /canary|Y2FuYXJ5|7f3a/, text);
  }
});

both("http never shows what variables put into its options", async (t, preflight) => {
  const env = { THING: "plain-9x7q", BAD: "9x7q bad", NUMBER: "9777" };
  const host = await serve(t, says(answer("200 x", '{"a":1}', "x: y\r\n")));
  const said = await looks(
    t,
    preflight,
    [
      { contains: "<${THING}>" },
      { pattern: "^${THING}$" },
      { header: { x: "^${THING}$" } },
      { json: { path: "a", equals: "${THING}" } },
      { json: { path: "a", equals: ["${THING}"] } },
      { json: { path: "${THING}" } },
    ].map((item) => ({ http: host.url, ...item })),
    env,
  );
  t.strictSame(said, [
    '75 the body does not contain "<${THING}>": got "{"a":1}"',
    '75 the body does not match "^${THING}$": got "{"a":1}"',
    '75 header "x" is "y"',
    '75 json a is 1, want "${THING}"',
    "75 json a is 1, want the list that is configured",
    "75 json ${THING} is not there",
  ]);
  const wrong = [
    { http: "http://${BAD}/" },
    { http: "${BAD}" },
    { http: "http://h:${NUMBER}${NUMBER}/" },
    { http: host.url, method: "${BAD}" },
    { http: host.url, status: "${BAD}" },
    { http: host.url, unix: "${BAD}" },
    { http: host.url, headers: { a: "${BAD}\n" } },
    { http: host.url, json: { path: "${BAD}" } },
    { http: host.url, follow: "${BAD}" },
  ];
  for (const line of await mistakes(t, preflight, wrong, env)) {
    t.match(line, /./);
    t.notMatch(line, /9x7q|9777/);
  }
});

both("http reads the body where it is asked for", async (t, preflight) => {
  const chunked = (text: string): string =>
    `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n${text
      .split("")
      .map((c) => `1\r\n${c}\r\n`)
      .join("")}0\r\n\r\n`;
  const long = "x".repeat(1_100_000);
  await table(t, preflight, [
    [answer("200 x", "all is well"), { contains: "is well" }, PASSED],
    [
      answer("200 x", "all is well"),
      { contains: "is wrong" },
      '75 the body does not contain "is wrong": got "all is well"',
    ],
    [answer("200 x", "läuft"), { contains: "läuft" }, PASSED],
    [answer("200 x", ""), { contains: "x" }, '75 the body does not contain "x", it is empty'],
    [answer("204 x"), { contains: "x" }, '75 the body does not contain "x", it is empty'],
    [answer("200 x", "a\x1b[2Jb\n"), { contains: "x" }, '75 the body does not contain "x": got "a\\x1b[2Jb\\n"'],
    [answer("200 x", "sent back"), { contains: "x", method: "POST", body: "sent" }, '75 the body does not contain "x"'],
    [chunked("all is well"), { pattern: "^all.*l$" }, PASSED],
    [chunked("all is well"), { pattern: "^is" }, '75 the body does not match "^is": got "all is well"'],
    [`HTTP/1.1 200 OK\r\n\r\n${long}`, { contains: "xxx" }, PASSED],
    [
      `HTTP/1.1 200 OK\r\n\r\n${long}`,
      { contains: "y" },
      '75 the body does not contain "y" in its first 1 MiB, no more of it is read',
    ],
    [
      `HTTP/1.1 200 OK\r\n\r\n${long}`,
      { pattern: "y" },
      '75 the body does not match "y" in its first 1 MiB, no more of it is read',
    ],
    [`HTTP/1.1 200 OK\r\n\r\n${long}`, { json: {} }, "75 the body is longer than 1 MiB, too long to be read as JSON"],
    [
      answer("200 x", "\x1f\x8b", "content-encoding: gzip\r\n"),
      { contains: "x" },
      '75 the body is encoded, which was not asked for: "gzip"',
    ],
    [answer("200 x", "\x1f\x8b", "content-encoding: gzip\r\n"), {}, PASSED],
    [
      "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n01234",
      { contains: "x" },
      "75 the answer is cut short: its body breaks off after 5 of 10 bytes",
    ],
    ["HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n01234", {}, PASSED],
    [
      "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\n01",
      { contains: "x" },
      "75 the answer is cut short: its body breaks off after 2 bytes",
    ],
  ]);
});

both("http looks at the headers of the answer", async (t, preflight) => {
  const text = answer("200 x", "", "Content-Type: text/html; charset=utf-8\r\nX-Up: no\r\nx-up: yes\r\n");
  await table(t, preflight, [
    [text, { header: { "content-type": "^text/html" } }, PASSED],
    [text, { header: { "Content-Type": "^text/html", "X-UP": "^yes$" } }, PASSED],
    [
      text,
      { header: { "content-type": "json" } },
      '75 header "content-type" is "text/html; charset=utf-8", want "json"',
    ],
    [text, { header: { "x-up": "maybe" } }, '75 header "x-up" is "no, yes", want "maybe"'],
    [text, { header: { "x-ready": "" } }, '75 there is no header "x-ready"'],
  ]);
});

both("http compares JSON of every type", async (t, preflight) => {
  const body =
    '{"s":"ok","n":1.50,"b":true,"z":null,"l":[1,"2",{"k":[]}],"o":{"y":1,"x":{"a b":"c"}},"num":"5","big":1e3,"e":""}';
  const at = (path: string, more: Item): Case => [answer("200 x", body), { json: { path, ...more } }, PASSED];
  const not = (path: string, more: Item, want: string): Case => [
    answer("200 x", body),
    { json: { path, ...more } },
    `75 json ${want}`,
  ];
  await table(t, preflight, [
    at("s", { equals: "ok" }),
    at("$.n", { equals: 1.5 }),
    at("big", { equals: 1000 }),
    at(".b", { equals: true }),
    at("z", { equals: null }),
    at("l[1]", { equals: "2" }),
    at("l", { equals: [1, "2", { k: [] }] }),
    at("o", { equals: { x: { "a b": "c" }, y: 1 } }),
    at('o.x["a b"]', { equals: "c" }),
    at("e", { equals: "" }),
    at("z", {}),
    at("z", { exists: true }),
    at("nothing", { exists: false }),
    not("s", { equals: "green" }, 's is "ok", want "green"'),
    not("num", { equals: 5 }, 'num is "5", want 5'),
    not("n", { equals: "1.5" }, 'n is 1.5, want "1.5"'),
    not("b", { equals: "true" }, 'b is true, want "true"'),
    not("z", { equals: "null" }, 'z is null, want "null"'),
    not("l", { equals: [1, 2] }, 'l is [1,"2",{"k":[]}], want the list that is configured'),
    not("o", { equals: { y: 1 } }, 'o is {"x":{"a b":"c"},"y":1}, want the mapping that is configured'),
    not("e", { equals: "x" }, 'e is "", want "x"'),
    not("l[3]", { equals: 1 }, "l[3] is not there, want 1"),
    not("s.t", {}, "s.t is not there"),
    not("z", { exists: false }, "z is null, want nothing there"),
    [answer("200 x", "[1,2]"), { json: { equals: [1, 2] } }, PASSED],
    [
      answer("200 x", body),
      {
        json: [
          { path: "s", equals: "ok" },
          { path: "n", equals: 2 },
        ],
      },
      "75 json n is 1.5, want 2",
    ],
    [
      answer("200 x", "<html>"),
      { json: { path: "s" } },
      '75 the body is not JSON: unexpected character at 1: got "<html>"',
    ],
    [answer("200 x", ""), { json: { path: "s" } }, "75 the body is not JSON: it ends too early, it is empty"],
    [
      answer("200 x", "[".repeat(100_000)),
      { json: {} },
      `75 the body is not JSON: nested deeper than 64 levels: got "${"[".repeat(80)}…"`,
    ],
  ]);
});

both("http follows as many redirects as it may", async (t, preflight) => {
  const to = (location: string, status = 302): string => answer(`${status} x`, "", `location: ${location}\r\n`);
  const chain: Behaviour = (socket, request) => {
    const n = Number(/^\w+ \/(\d+)/.exec(request)?.[1] ?? "9");
    socket.end(n === 0 ? OK : n === 7 ? answer("503 x") : to(`/${n === 8 ? 7 : n - 1}`));
  };
  const host = await serve(t, chain);
  const at = (path: string, follow: number): Promise<string> =>
    look(t, preflight, { http: `${host.url}/${path}`, follow });
  t.equal(await at("1", 0), '75 status 302 to "/0", want 2xx | follow: 1');
  t.equal(await at("1", 1), PASSED);
  t.equal(await at("3", 3), PASSED);
  t.equal(await at("3", 2), '75 status 302 to "/0" after 2 redirects, want 2xx | follow: 3');
  t.equal(await at("8", 2), `75 status 503, want 2xx (redirected to "${host.url}/7")`);
  await table(t, preflight, [
    [to("/x"), { follow: 5 }, '75 status 302 to "/x", where it was before: a circle'],
    [(s, _r, n) => s.end(to(`/${n}`)), { follow: 10 }, '75 status 302 to "/10" after 10 redirects, want 2xx'],
    [answer("301 x"), { follow: 1 }, "75 status 301 without a location, want 2xx"],
    [answer("301 x"), {}, "75 status 301 without a location, want 2xx"],
    [answer("300 x", "", "location: /y\r\n"), { follow: 1 }, "75 status 300, want 2xx"],
    [
      to("file:///etc/passwd"),
      { follow: 1 },
      '75 status 302 to "file:///etc/passwd", only http:// and https:// are followed',
    ],
    [to("gopher://h/"), { follow: 1 }, '75 status 302 to "gopher://h/", only http:// and https:// are followed'],
    [
      to("javascript:alert(1)"),
      { follow: 1 },
      '75 status 302 to "javascript:alert(1)", only http:// and https:// are followed',
    ],
    [to("http://h:0/"), { follow: 1 }, '75 status 302 to "http://h:0/", which is no valid URL'],
    [to("/a b"), { follow: 1 }, '75 status 302 to "/a b", which is no valid URL'],
    [to("https://u:pass@h/"), {}, '75 status 302 to "https://***@h/", want 2xx | follow: 1'],
  ]);
  const gone = await serve(t, says(OK));
  const refused = await serve(t, says(to(`http://127.0.0.1:${gone.port}/`)));
  gone.close();
  const why = `75 connection refused (redirected to "http://127.0.0.1:${gone.port}/")`;
  t.equal(await look(t, preflight, { http: refused.url, follow: 1 }), why);
});

both("http leaves credentials behind where a redirect leads to another host", async (t, preflight) => {
  const other = await serve(t, says(OK));
  const host = await serve(t, (socket, request) => {
    const [method] = request.split(" ");
    const status = method === "PUT" ? 307 : method === "DELETE" ? 301 : 302;
    socket.end(answer(`${status} x`, "", `location: ${request.includes(" /stay") ? "/" : `${other.url}/far`}\r\n`));
  });
  const headers = { "X-Token": "t", cookie: "a=b", "x-trace": "1", "content-type": "text/plain", host: "mine" };
  const item = { http: `http://us:pw@127.0.0.1:${host.port}/`, follow: 1, headers, body: "text" };
  for (const method of ["POST", "PUT", "DELETE"]) t.equal(await look(t, preflight, { ...item, method }), PASSED);
  const rest = `host: 127.0.0.1:${other.port}\r\nuser-agent: preflight/${VERSION}\r\naccept: */*\r\n`;
  t.equal(other.requests[0], `GET /far HTTP/1.1\r\n${rest}connection: close\r\nx-trace: 1\r\n\r\n`);
  const kept = `content-length: 4\r\nconnection: close\r\nx-trace: 1\r\ncontent-type: text/plain\r\n\r\ntext`;
  t.equal(other.requests[1], `PUT /far HTTP/1.1\r\n${rest}${kept}`);
  t.equal(other.requests[2], `DELETE /far HTTP/1.1\r\n${rest}${kept}`);
  t.match(
    await look(t, preflight, { ...item, http: `http://us:pw@127.0.0.1:${host.port}/stay` }),
    '75 status 302 to "',
  );
  t.match(
    host.requests.at(-1),
    /^GET \/ HTTP[^]*host: mine\r\n[^]*authorization: Basic dXM6cHc=\r\n/,
    "on the same host they stay",
  );
});

both("http waits for a server that does not answer yet", async (t, preflight) => {
  const gone = await serve(t, says(OK));
  gone.close();
  t.equal(await look(t, preflight, { http: gone.url }), "75 connection refused");
  await table(t, preflight, [
    [(s) => s.end(), {}, "75 connection closed without an answer"],
    [(s) => s.resetAndDestroy(), {}, "75 connection reset without an answer"],
    ["HTTP/1.1 200 OK\r\nx: ", {}, "75 the answer is cut short: its headers break off after 20 bytes"],
    [() => undefined, { timeout: "300ms" }, "75 no answer within 300ms"],
    [(s) => s.write("HTTP/1.1 200 OK\r\n"), { timeout: "300ms" }, "75 no whole answer within 300ms: 17 bytes came"],
    [
      (s) => s.write("HTTP/1.1 200 OK\r\n\r\n12345"),
      { timeout: "300ms", contains: "x" },
      "75 no whole answer within 300ms: 24 bytes came",
    ],
    [(s) => s.write(OK.slice(0, -1)), { timeout: "300ms" }, PASSED],
    [
      (s) => s.write("HTTP/1.1 400 x\r\ncontent-length: 9\r\n\r\nhalf"),
      { timeout: "300ms" },
      "75 status 400, want 2xx",
    ],
  ]);
  for (const [behaviour, want] of [
    [(s) => s.end(), /^75 connection closed without an answer$/],
    [(s) => s.resetAndDestroy(), /^75 connection (?:reset|closed)(?: without an answer)?$/],
  ] as readonly (readonly [(s: Socket) => void, RegExp])[]) {
    const early = createServer(behaviour);
    await new Promise<void>((resolve) => early.listen(0, "127.0.0.1", resolve));
    t.teardown(() => early.close());
    const { port } = early.address() as AddressInfo;
    t.match(await look(t, preflight, { http: `http://127.0.0.1:${port}` }), want, "before it was asked");
  }
});

both("http knows its reason when the time of its check is up", async (t, preflight) => {
  const host = await serve(t, () => undefined);
  const r = await run(t, preflight, { http: host.url, timeout: "5s" }, ["--wait", "300ms"]);
  t.equal(r.code, 75);
  t.match(r.stdout, /: not ready after 3..ms: no answer within 300ms\n/);
});

both("http ends a look in time, whatever the server does", async (t, preflight) => {
  const drip: Behaviour = (s) => {
    const timer = setInterval(() => s.write("H"), 100);
    s.on("close", () => clearInterval(timer));
  };
  const slow: Behaviour = (s) => {
    let i = 0;
    const timer = setInterval(() => s.write(OK.charAt(i++)), 100);
    s.on("close", () => clearInterval(timer));
  };
  const flood =
    (text: string): Behaviour =>
    (s) => {
      const go = (): void => {
        while (!s.destroyed && s.write(text));
      };
      s.on("drain", go);
      go();
    };
  for (const [behaviour, want] of [
    [drip, /^78 does not speak HTTP: it says "H{5,10}"$/],
    [slow, /^75 no whole answer within 1s: \d+ bytes came$/],
    [flood("HTTP/1.1 200 OK\r\n"), /^78 the answer is not valid HTTP: a header is malformed: "HTTP\/1.1 200 OK"$/],
    [
      flood("HTTP/1.1 100 Continue\r\n\r\n"),
      /^78 the answer is not valid HTTP: it has more than 10 interim answers \(1xx\)$/,
    ],
    [flood("x".repeat(65_536)), /^78 does not speak HTTP: it says "x{40}…"$/],
    [flood(`HTTP/1.1 200 OK\r\n\r\n${"x".repeat(65_536)}`), /^passed$/],
  ] as readonly (readonly [Behaviour, RegExp])[]) {
    const host = await serve(t, behaviour);
    const from = performance.now();
    t.match(await look(t, preflight, { http: host.url, timeout: "1s" }), want);
    t.ok(performance.now() - from < 3000);
    host.close();
  }
  const endless = await serve(t, flood(`HTTP/1.1 200 OK\r\n\r\n${"x".repeat(65_536)}`));
  const want = '75 the body does not contain "y" in its first 1 MiB, no more of it is read';
  t.equal(await look(t, preflight, { http: endless.url, contains: "y" }), want);
  const headers = await serve(t, (s) => {
    s.write("HTTP/1.1 200 OK\r\n");
    flood(`x: ${"y".repeat(1000)}\r\n`)(s, "", 0);
  });
  t.equal(
    await look(t, preflight, { http: headers.url }),
    "78 the answer is not valid HTTP: its headers are longer than 32 KB",
  );
});

both("http refuses what is not HTTP, or against its rules", async (t, preflight) => {
  const bad = (why: string): string => `78 the answer is not valid HTTP: ${why}`;
  const head = "HTTP/1.1 200 OK\r\n";
  await table(t, preflight, [
    ["SSH-2.0-OpenSSH_9.2\r\n", {}, '78 does not speak HTTP: it says "SSH-2.0-OpenSSH_9.2"'],
    [(s) => s.write("220 smtp ready\r\n"), {}, '78 does not speak HTTP: it says "220 smtp ready"'],
    [(s) => s.write("\0\0\x06\x04\0\0\0\0\0\0\x05\0\0\x40\0"), {}, "78 speaks HTTP/2 only, HTTP/1.1 was asked"],
    ["PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", {}, '78 does not speak HTTP: it says "PRI * HTTP/2.0"'],
    ["\x15\x03\x03\0\x02\x02\x46", {}, "78 speaks TLS, http was asked"],
    [(s) => s.write("\x15\x03\x01\0\x02\x02\x0a"), {}, "78 speaks TLS, http was asked"],
    [
      answer("400 x", "<title>400 The plain HTTP request was sent to HTTPS port</title>"),
      {},
      "78 speaks TLS, http was asked",
    ],
    [
      "HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n",
      {},
      "78 speaks TLS, http was asked",
    ],
    [answer("400 x", "bad name"), {}, "75 status 400, want 2xx"],
    [answer("400 x", "HTTP request to an HTTPS server"), { status: 400 }, PASSED],
    [`${head}content-length: 1\r\ncontent-length: 2\r\n\r\nxx`, {}, bad("it has two content-lengths that differ")],
    [`${head}content-length: -1\r\n\r\n`, {}, bad('its content-length is malformed: "-1"')],
    [
      `${head}content-length: 1\r\ntransfer-encoding: chunked\r\n\r\n`,
      {},
      bad("it has both a content-length and a transfer-encoding"),
    ],
    [`${head}transfer-encoding: gzip\r\n\r\n`, {}, bad('its transfer-encoding is not known: "gzip"')],
    [
      `${head}transfer-encoding: chunked\r\n\r\nzz\r\n`,
      { contains: "x" },
      bad('the size of a chunk is malformed: "zz"'),
    ],
    [`${head}x: a\0b\r\n\r\n`, {}, bad('a header is malformed: "x: a\\x00b"')],
    [`${head}x: ${"y".repeat(100_000)}\r\n\r\n`, {}, bad("its headers are longer than 32 KB")],
    [`${head}x: y\n\n`, {}, bad("a line ends without a carriage return")],
  ]);
});

both("http believes a peer that refuses when it did so twice", async (t, preflight) => {
  const host = await serve(t, (s, _r, n) => s.end(n < 3 ? "220 starting\r\n" : OK));
  const r = await run(t, preflight, { http: host.url }, ["--wait", "10s"]);
  t.equal(r.code, 0, "an init server that is replaced");
  const other = await serve(t, says("220 smtp\r\n"));
  const q = await run(t, preflight, { http: other.url }, ["--wait", "10s"]);
  t.equal(q.code, 78);
  t.ok(q.took > 1000 && q.took < 5000, `${q.took}`);
});

both("http passes soon after a 503 became a 200", async (t, preflight) => {
  let ready = false;
  const host = await serve(t, (s) => s.end(ready ? OK : answer("503 x")));
  const file = join(t.testdir(), "p.json");
  writeFileSync(file, JSON.stringify({ checks: [{ name: "web", http: host.url }] }));
  const running = preflight.start(["--config", file, "--", "echo", "started"]);
  await running.says("preflight: web: waiting: status 503, want 2xx\n");
  ready = true;
  const r = await running.ended;
  t.equal(r.code, 0);
  t.equal(r.stdout, "started\n");
});

both("http does not wait for a server that keeps the connection open", async (t, preflight) => {
  const host = await serve(t, (s) => s.write(OK.replace("\r\n", "\r\nconnection: keep-alive\r\n")));
  const r = await run(t, preflight, { http: host.url, contains: "ok" });
  t.equal(r.code, 0);
  t.ok(r.took < 5000, `${r.took}`);
});

both("http asks over a Unix socket", async (t, preflight) => {
  const dir = nearby(t);
  const path = join(dir, "s.sock");
  const name = `@preflight-${process.pid}-${preflight.artifact.name}`;
  const host = await serve(t, (s, request) => s.end(/^GET \/_ping HTTP/.test(request) ? OK : answer("404 x")), path);
  const abstract = await serve(t, (s) => s.end(answer("503 x")), `\0${name.slice(1)}`);
  const at = async (more: Item): Promise<string> => {
    const file = join(dir, "p.json");
    writeFileSync(file, JSON.stringify({ checks: [{ http: "http://docker/_ping", timeout: "300ms", ...more }] }));
    const r = await preflight.run(["--no-wait", "--config", file, "check"]);
    return `${r.code} ${r.stdout.trimEnd().split("\n").at(-1) ?? ""}`.split(dir).join("DIR").split(name).join("NAME");
  };
  t.match(await at({ unix: path, contains: "ok" }), /^0 preflight: 1 check passed/);
  t.match(host.requests[0], /^GET \/_ping HTTP\/1.1\r\nhost: docker\r\n/);
  t.equal(await at({ unix: name }), "75 preflight: http http://docker/_ping over NAME: status 503, want 2xx");
  t.match(abstract.requests[0], "host: docker\r\n");
  t.equal(
    await at({ unix: `${path}.no` }),
    "75 preflight: http http://docker/_ping over DIR/s.sock.no: no such socket",
  );
  t.equal(await at({ unix: `${name}.no` }), "75 preflight: http http://docker/_ping over NAME.no: connection refused");
  const silent = await serve(t, () => undefined, `${path}2`);
  t.equal(
    await at({ unix: `${path}2` }),
    "75 preflight: http http://docker/_ping over DIR/s.sock2: no answer within 300ms",
  );
  silent.close();
  const closing = await serve(t, (s) => s.end(), `${path}3`);
  t.equal(
    await at({ unix: `${path}3` }),
    "75 preflight: http http://docker/_ping over DIR/s.sock3: connection closed without an answer",
  );
  closing.close();
});

/** The mistakes of each item, all of them in one configuration. */
async function mistakes(
  t: Test,
  preflight: Preflight,
  items: readonly Item[],
  env: Record<string, string> = {},
): Promise<string[]> {
  const file = join(t.testdir(), "preflight.yaml");
  writeFileSync(file, `checks:\n${items.map((item) => `  - ${JSON.stringify(item)}\n`).join("")}`);
  const r = await preflight.run(["--config", file, "check"], { env });
  t.equal(r.code, 78);
  const out = items.map(() => "");
  for (const line of r.stderr.trimEnd().split("\n")) {
    const [, at, text] = /^.*preflight\.yaml:(\d+):\d+: (.*)$/.exec(line) ?? [];
    const i = Number(at ?? "2") - 2;
    out[i] = `${out[i] === "" ? "" : `${out[i] ?? ""}\n`}${text ?? line}`;
  }
  return out;
}

both("http refuses a configuration that cannot be meant", async (t, preflight) => {
  const u = "http://h/";
  const cases: readonly (readonly [Item, string])[] = [
    [{ http: "ftp://h/" }, 'http must be an http:// or https:// URL: got "ftp://h/"'],
    [{ http: "h:80" }, 'http must be a URL such as "http://host:8080/path": got "h:80"'],
    [{ http: "http:///x" }, 'http must name a host: got "http:///x"'],
    [{ http: "http://user:pw@256.1.1.1/" }, 'http must name a host: got "http://***@256.1.1.1/"'],
    [{ http: "http://a%3Ab:c@h/" }, 'http must have no ":" in its user: Basic cannot send one (RFC 7617)'],
    [{ http: u, method: "get" }, 'method must be a method in capitals such as GET or POST: got "get"'],
    [
      { http: u, method: "GET / HTTP/1.1\r\nx:" },
      'method must be a method in capitals such as GET or POST: got "GET / HTTP/1.1\\r\\nx:"',
    ],
    [{ http: u, method: "CONNECT" }, "method cannot be CONNECT, which only proxies answer"],
    [{ http: u, headers: { "a b": "c" } }, 'headers "a b" is no name of a header (RFC 9110, 5.6.2)'],
    [{ http: u, headers: { a: "b\r\nc: d" } }, 'headers "a" holds a line end, which would begin another header'],
    [{ http: u, headers: { a: "b\u0007" } }, 'headers "a" holds a control character'],
    [
      { http: u, headers: { "Content-Length": "3" } },
      'headers "Content-Length" cannot be set: it is the length of the body',
    ],
    [
      { http: u, headers: { connection: "close" } },
      'headers "connection" cannot be set: one connection is made for each look, and closed',
    ],
    [{ http: u, headers: { a: "b", A: "c" } }, 'headers "A" is there twice'],
    [
      { http: "http://u:p@h/", headers: { Authorization: "x" } },
      'headers "Authorization" goes not with user and password in the URL',
    ],
    [{ http: u, body: "x".repeat(65_537) }, "body is longer than 64 KiB"],
    [{ http: u, follow: 11 }, "follow must be at most 10: got 11"],
    [{ http: u, unix: "run/x" }, 'unix must be an absolute path, or "@name": got "run/x"'],
    [{ http: u, unix: `/${"x".repeat(107)}` }, "unix is longer than 107 bytes, what an address can hold (unix(7))"],
    [
      { http: u, status: [200, "20x"] },
      'status must hold numbers such as 204, ranges such as 200-299 or classes such as 2xx: got "200 20x"',
    ],
    [
      { http: u, status: "299-200" },
      'status must hold numbers such as 204, ranges such as 200-299 or classes such as 2xx: got "299-200"',
    ],
    [{ http: u, header: { a: "(" } }, 'header "a" must have a regular expression for its value'],
    [{ http: u, header: { "a b": "c" } }, 'header "a b" is no name of a header'],
    [{ http: u, json: { path: "a..b" } }, 'json path must be like status, checks[0].state or a["b c"]: got "a..b"'],
    [{ http: u, json: { path: "a", equals: 1, exists: false } }, 'json "equals" goes not with "exists: false"'],
    [{ http: u, method: "HEAD", contains: "x" }, "contains needs a body, and an answer to HEAD has none"],
    [
      { http: u, method: "get", follow: 99 },
      'method must be a method in capitals such as GET or POST: got "get"\nfollow must be at most 10: got 99',
    ],
  ];
  const got = await mistakes(
    t,
    preflight,
    cases.map(([item]) => item),
  );
  for (const [i, [item, want]] of cases.entries()) t.equal(got[i], want, JSON.stringify(item).slice(0, 80));
  const more = await mistakes(t, preflight, [{ http: "http://h/a b" }, { http: "http://u:${P}@h/" }], {
    P: "canary/pass",
  });
  t.match(more[0], /^http must percent-encode blanks.*: got "http:\/\/h\/a b"$/);
  const slash = 'http must have host or host:port behind "//": "/", "?" and "#" in a password are percent-encoded';
  t.equal(more[1], `${slash}: got "http://***@h/"`);
});
