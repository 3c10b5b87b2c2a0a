/** Servers that are asked over HTTP: what was recorded for a request is answered again, and what was not, as a healthy one does. */
import type { Socket } from "node:net";
import type { Test } from "tap";
import type { Preflight } from "./artifacts.ts";
import { looks, PASSED, type Item } from "./looks.ts";
import { BYTES, Mouth, pieces, stage, transcripts, WHOLE, type How, type Transcript } from "./replay.ts";
import { serving } from "./servers.ts";

/** An answer of HTTP/1.1, as bytes. */
export function answer(status: number, body: string | object = "", headers = ""): string {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return `HTTP/1.1 ${status} X\r\n${headers}content-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`;
}

/** Calls back with each request of a connection: "GET /path?query", its headers and its body. */
export function requests(socket: Socket, then: (line: string, head: string, body: string) => void): void {
  let text = "";
  socket.setEncoding("latin1").on("data", (more: string) => {
    text += more;
    const end = text.indexOf("\r\n\r\n");
    const length = Number(/content-length: (\d+)/.exec(text)?.[1] ?? 0);
    if (end < 0 || text.length < end + 4 + length) return;
    then(/^\S+ \S+/.exec(text)?.[0] ?? "", text.slice(0, end), text.slice(end + 4));
    text = "";
  });
}

/** What a healthy server answers to a request line, whole. */
export type Usual = (line: string) => string;
/** By scenario what is asked beside the target, and what it comes to. */
export type Want = Readonly<Record<string, readonly [Item, string | RegExp]>>;

interface Role {
  readonly transcript: Transcript;
  readonly how: How;
}

const bare = (line: string): string => line.replace(/\?.*/, "");

function play(socket: Socket, { transcript, how }: Role, usual: Usual): void {
  const mouth = new Mouth(socket, how);
  requests(socket, (line) => {
    const steps = transcript.exchange;
    const at = steps.findIndex((s) => {
      const sent = Buffer.from(s.send ?? "", "hex").toString();
      return bare(/^\S+ \S+/.exec(sent)?.[0] ?? "") === bare(line);
    });
    if (at >= 0 && steps[at + 1]?.recv === undefined) return; // it was silent
    mouth.say(at < 0 ? Buffer.from(usual(line)) : Buffer.from(steps[at + 1]?.recv ?? "", "hex"));
    if (how.most === WHOLE.most) mouth.end();
  });
}

/** What becomes of each role, in one run. */
async function played(
  t: Test,
  preflight: Preflight,
  kind: string,
  roles: readonly Role[],
  want: Want,
  usual: Usual,
): Promise<readonly string[]> {
  const at = await stage(t, (socket, i) => {
    const role = roles[i];
    if (role !== undefined) play(socket, role, usual);
  });
  const items = roles.map((r, i) => ({ [kind]: at(i), timeout: "8s", ...want[r.transcript.scenario]?.[0] }));
  return looks(t, preflight, items);
}

/** Each transcript comes to what is wanted, whole and in pieces, and to what it was recorded to mean, but for `others`. */
export async function holds(
  t: Test,
  preflight: Preflight,
  kind: string,
  want: Want,
  usual: Usual,
  others: readonly string[] = [],
): Promise<void> {
  const all = transcripts(kind).filter((x) => want[x.scenario] !== undefined);
  t.same(all.map((x) => x.scenario).toSorted(), Object.keys(want).toSorted(), "each is read");
  const ways = [WHOLE, BYTES, pieces(1), pieces(2), pieces(3)];
  const roles = ways.flatMap((how) => all.map((transcript) => ({ transcript, how })));
  const got = await played(t, preflight, kind, roles, want, usual);
  for (const [i, { transcript }] of roles.entries()) {
    const { scenario, means } = transcript;
    const wanted = want[scenario]?.[1] ?? "";
    const name = `${scenario}, way ${Math.floor(i / all.length)}`;
    if (typeof wanted === "string") t.equal(got[i], wanted, name);
    else t.match(got[i], wanted, name);
    const agrees = { ready: PASSED, "not-yet": "75", fail: "78" }[means];
    if (!others.includes(scenario)) t.match(got[i], new RegExp(`^${agrees}`), `${name}: ${means}`);
  }
}

/** An answer that breaks off anywhere comes to a wait, or to what it would have come to whole. */
export async function breaks(t: Test, preflight: Preflight, kind: string, want: Want, usual: Usual): Promise<void> {
  const all = transcripts(kind).filter(
    (x) => want[x.scenario] !== undefined && !/no answer/.test(String(want[x.scenario]?.[1])),
  );
  const whole = await played(
    t,
    preflight,
    kind,
    all.map((transcript) => ({ transcript, how: WHOLE })),
    want,
    usual,
  );
  const roles: Role[] = [];
  for (const transcript of all) {
    const bytes = transcript.exchange.reduce((n, s) => n + (s.recv ?? "").length / 2, 0);
    for (let most = 0; most < bytes; most += most < 20 || bytes - most < 40 ? 1 : 7)
      roles.push({ transcript, how: { piece: () => 1e9, most } });
  }
  const got = await played(t, preflight, kind, roles, want, usual);
  let cuts = 0;
  for (const [i, { transcript, how }] of roles.entries()) {
    if (/^75 (?:connection closed without an answer|the answer is cut short: )/.test(got[i] ?? "")) cuts++;
    else t.equal(got[i], whole[all.indexOf(transcript)], `${transcript.scenario}, ${how.most} bytes`);
  }
  t.ok(cuts > roles.length / 3, `${cuts} of ${roles.length}`);
}

/** The port of a server that answers each request as told; null leaves it without an answer. */
export async function answering(
  t: Test,
  say: (line: string, head: string, body: string) => string | null,
): Promise<number> {
  return serving(t, (socket) => {
    requests(socket, (line, head, body) => {
      const text = say(line, head, body);
      if (text !== null) socket.end(text);
    });
  });
}

/** What many checks come to, each by name. */
export async function verdicts(
  t: Test,
  preflight: Preflight,
  cases: readonly (readonly [Item, string | RegExp])[],
): Promise<void> {
  const got = await looks(
    t,
    preflight,
    cases.map(([item]) => ({ timeout: "8s", ...item })),
  );
  for (const [i, [item, want]] of cases.entries()) {
    if (typeof want === "string") t.equal(got[i], want, JSON.stringify(item));
    else t.match(got[i], want, JSON.stringify(item));
  }
}

/** Each of these configurations is refused in these words, and none of them shows "hunter2". */
export async function refusals(
  t: Test,
  preflight: Preflight,
  cases: readonly (readonly [Item, string])[],
): Promise<void> {
  const cwd = t.testdir({ "preflight.yaml": `checks:\n${cases.map(([i]) => `  - ${JSON.stringify(i)}\n`).join("")}` });
  const r = await preflight.run(["explain"], { cwd });
  t.equal(r.code, 78);
  const lines = r.stderr.trimEnd().split("\n");
  t.same(
    lines.map((line) => line.replace(/^preflight\.yaml:\d+:\d+: /, "")),
    cases.map(([, want]) => want),
  );
  t.notMatch(r.stderr, "hunter2");
}
