/** examples/secrets: what is wrong with a secret is said, and the secret itself is nowhere: not in a log, not in what the engine keeps. */
import { eventually, live, must, noCompose, seen, start, type Inspected } from "./support.ts";
import { TOOLS } from "./engine.ts";

const SECRET = "correct-horse-battery";

live(
  "the secrets example shows what its README says",
  async (t) => {
    const said = await seen(t, "secrets");
    t.same(
      [...said.matchAll(/exit code (\d+)/g)].map((m) => m[1]),
      ["0", "78", "78", "78", "78", "78", "78"],
    );
    t.match(said, `DB_PASSWORD has ${SECRET.length} characters`, "the line end is not part of it");
    t.notMatch(said, SECRET);
  },
  noCompose(),
);

/** A program that says the secret, in the clear and in base64. */
const CONFIGURATION = `
checks:
  - env: DB_PASSWORD
    name: password
    from_file: true
  - name: login
    command: 'printf "login %s refused\\n%s\\n" "$DB_PASSWORD" "$(printf %s "$DB_PASSWORD" | base64)"; exit 1'
    shell: true
    fail_exit: 1
    after: password
`;

/** The secret as it is, and what base64 makes of it after none, one and two bytes. */
const TRACES = [
  SECRET,
  ...[0, 1, 2].map((n) =>
    Buffer.from("x".repeat(n) + SECRET)
      .toString("base64")
      .slice(4, 24),
  ),
];
const traces = (text: string): readonly string[] => TRACES.filter((trace) => text.includes(trace));

/** What the engine keeps of the answers of health. */
const kept = (i: Pick<Inspected, "State">): string => (i.State.Health?.Log ?? []).map((l) => l.Output).join("\n");
const STRUCK = "login *** refused";

live(
  "a secret is in no log, no report of any format, no answer of health, and not in what the engine keeps",
  async (t) => {
    const folder = t.testdir({ db_password: `${SECRET}\n`, "preflight.yaml": CONFIGURATION });
    const mounts = ["-v", `${folder}:/run/secrets:ro`, "-v", `${folder}/preflight.yaml:/etc/preflight.yaml:ro`];
    const given = [...mounts, "-e", "DB_PASSWORD_FILE=/run/secrets/db_password"];
    const health = ["--health-cmd", "preflight health", "--health-interval", "1s"];
    for (const format of ["text", "json", "tap", "junit", "github"]) {
      const gate = ["-e", `PREFLIGHT_FORMAT=${format}`, "-e", "PREFLIGHT_ON_FAILURE=hold", ...health, TOOLS];
      const held = await start(t, ...given, ...gate, "preflight", "--verbose", "--", "true");
      await held.says("holding");
      const said = async (verb: string): Promise<string> => (await held.exec("preflight", verb)).stdout;
      const texts = { log: await held.logs(), check: await said("check"), explain: await said("explain") };
      for (const text of [texts.log, texts.check]) t.match(text, STRUCK, `${format}: there was a secret to strike out`);
      await eventually(
        `${format}: health says so too`,
        async () => (await said("health")).includes(STRUCK) || undefined,
      );
      const { State } = await held.until("the engine keeps it", (i) => kept(i).includes(STRUCK));
      for (const [from, text] of Object.entries({ ...texts, health: await said("health"), kept: kept({ State }) }))
        t.same(traces(text), [], `${format}, ${from}: the secret is not there`);
      t.same(traces(await must("inspect", held.id)), [], `${format}, inspect: the secret is not there`);
    }
    const open = ["sh", "-c", "cat /run/secrets/db_password; base64 /run/secrets/db_password"];
    t.same(traces(await must("run", "--rm", ...given, TOOLS, ...open)), TRACES.slice(0, 2), "and it would be found");
  },
);
