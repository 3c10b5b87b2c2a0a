/** The live table, on a real terminal: what is drawn, redrawn, cut, coloured, and gone at the end. */
import { once } from "node:events";
import { createServer } from "node:net";
import { join } from "node:path";
import t, { type Test } from "tap";
import { both, Preflight, type Ended, type Running } from "../support/artifacts.ts";
import { configuration, free } from "../support/local.ts";

t.setTimeout(120_000);

const terminal = join(import.meta.dirname, "../support/terminal.py");

/** Starts an artifact on a terminal with so many columns; its output is stdout. */
function on(columns: number, preflight: Preflight, args: readonly string[], env: Record<string, string> = {}): Running {
  const command = ["python3", terminal, `${columns}`, ...preflight.artifact.command] as const;
  const there = new Preflight({ name: preflight.artifact.name, command: [command[0], ...command.slice(1)] });
  return there.start(args, { env: { TERM: "xterm", ...env } });
}

/** The screen after this output, a line each; text that would not fit is a mistake. */
function screen(output: string, columns: number): readonly string[] {
  const lines: string[] = [""];
  let row = 0;
  for (const m of output.matchAll(/\x1b\[(\d*)([A-Za-z])|\r?\n|([^\x1b\r\n]+)/g)) {
    if (m[2] === "A") row -= Number(m[1]);
    else if (m[2] === "J") lines.length = row;
    else if (m[3] !== undefined) {
      const line = (lines[row] ?? "") + m[3];
      lines[row] = line;
      if (line.length >= columns && m[3].startsWith("…")) throw new Error(`wraps: ${line}`);
    } else if (m[0].endsWith("\n")) row++;
    if (row < 0) throw new Error("above the screen");
    lines[row] ??= "";
  }
  return lines.map((l) => l.trimEnd()).filter((l) => l !== "");
}

/** The frames of the table: what was drawn between two erasures. */
function frames(r: Ended): readonly string[] {
  return r.stdout.split(/\x1b\[\d+A\x1b\[J/);
}

async function late(t: Test): Promise<string> {
  const port = await free();
  return configuration(
    t,
    `wait: 600ms
checks:
  - tcp: 127.0.0.1:${port}
    name: the database
  - env: PATH
  - tcp: 127.0.0.1:${port}
    name: ${"a very long name ".repeat(12)}漢字
    optional: true
`,
  );
}

both("the table on a terminal shows what waits, is redrawn, and gives way to the report", async (t, preflight) => {
  const file = await late(t);
  const r = await on(80, preflight, ["--config", file, "--", "true"]).ended;
  t.equal(r.code, 75);
  const drawn = frames(r);
  t.ok(drawn.length > 4, `${drawn.length} frames`);
  t.match(drawn[1], /^\x1b\[33m… the database {2}\d+ms {2}connection refused\x1b\[0m\r\n\x1b\[33m… a very long name /);
  t.notMatch(drawn[1], "PATH", "what has passed takes no place");
  const end = screen(r.stdout, 80);
  t.match(end[0], /^preflight: 1 check not ready, 1 passed in 6\d\dms: exit 75$/);
  t.equal(end.filter((l) => l.startsWith("…")).length, 0, "the table is gone");
});

both("the table is cut to the width of the terminal, and is lines where there is no room", async (t, preflight) => {
  const file = await late(t);
  for (const columns of [20, 33, 80]) {
    const r = await on(columns, preflight, ["--config", file, "--", "true"]).ended;
    const rows = frames(r)
      .slice(1, -1)
      .join("")
      .replaceAll(/\x1b\[\d*m/g, "")
      .split("\r\n");
    t.ok(rows.length > 4, `${columns}: ${rows.length}`);
    const widest = Math.max(...rows.map((l) => l.length));
    t.ok(widest < columns, `${columns} columns: ${widest}`);
    t.notOk(screen(r.stdout, columns).some((l) => l.startsWith("…")));
  }
  for (const columns of [1, 19]) {
    const r = await on(columns, preflight, ["--config", file, "--", "true"]).ended;
    t.notMatch(r.stdout, "\x1b[");
    t.match(r.stdout, "preflight: the database: waiting: connection refused\r\n");
  }
});

both("the table has colours unless NO_COLOR is set, and CLICOLOR_FORCE goes before it", async (t, preflight) => {
  const file = await late(t);
  const coloured = async (env: Record<string, string>): Promise<boolean> => {
    const r = await on(80, preflight, ["--config", file, "--wait", "250ms", "--", "true"], env).ended;
    t.match(r.stdout, /\x1b\[2A\x1b\[J/, "a table");
    return r.stdout.includes("\x1b[33m");
  };
  t.ok(await coloured({}));
  t.notOk(await coloured({ NO_COLOR: "1" }));
  t.ok(await coloured({ NO_COLOR: "" }));
  t.ok(await coloured({ NO_COLOR: "1", CLICOLOR_FORCE: "1" }));
  t.notOk(await coloured({ NO_COLOR: "1", CLICOLOR_FORCE: "0" }));
});

both("there is no table on a dumb terminal, nor with quiet, verbose or another format", async (t, preflight) => {
  const file = await late(t);
  const args = ["--config", file, "--wait", "200ms"];
  const cases: readonly (readonly [readonly string[], Record<string, string>])[] = [
    [[], { TERM: "dumb" }],
    [["--quiet"], {}],
    [["--verbose"], {}],
    [["--format", "json"], {}],
    [["--format", "tap"], {}],
  ];
  for (const [more, env] of cases) {
    const r = await on(80, preflight, [...args, ...more, "--", "true"], env).ended;
    t.equal(r.code, 75);
    t.notMatch(r.stdout, "\x1b", more.join(" "));
    t.ok(r.stdout.length > 20);
  }
});

both("the table leaves nothing behind when all pass, and the command has the terminal", async (t, preflight) => {
  const port = await free();
  const file = configuration(t, `checks:\n  - tcp: 127.0.0.1:${port}\n`);
  const running = on(80, preflight, ["--config", file, "--", "sh", "-c", "test -t 0 && test -t 2 && echo here"]);
  let out = "";
  running.child.stdout?.on("data", (text: string) => (out += text));
  while (!out.includes("connection refused")) await once(running.child.stdout ?? running.child, "data");
  const server = createServer((s) => s.on("error", () => {})).listen(port, "127.0.0.1");
  t.teardown(() => server.close());
  const r = await running.ended;
  t.equal(r.code, 0);
  t.match(screen(r.stdout, 80).join("\n"), /^preflight: 1 check passed in [\d.]+m?s\nhere$/);
});
