/** Variables, files of variables, ports and merging, form by form, held against Compose itself in one project. */
import { join } from "node:path";
import { test } from "tap";
import { lint } from "../../../src/author/compose/lint.ts";
import { readEnvFile } from "../../../src/author/compose/envfile.ts";
import { servicesOf } from "../../../src/author/compose/services.ts";
import { compose, config } from "./projects.ts";

const skip = compose === "" ? "Compose is not built here: scripts/setup docker" : false;

const FORMS = [
  "$SET", "${SET}", "a${SET}b${SET}", "$UNSET", "${UNSET}", "${UNSET:-default}", "${UNSET-default}", "${EMPTY:-default}",
  "${EMPTY-default}", "${SET:-default}", "${SET:+yes}", "${UNSET:+yes}", "${EMPTY:+yes}", "${EMPTY+yes}", "${SET:?why}",
  "${EMPTY?why}", "$$SET", "$${SET}", "$$$SET", "$$$$", "${UNSET:-${SET}}", "${UNSET:-${UNSET2:-deep}}", "${UNSET:-a}b}",
  "${UNSET:-}", "${UNSET:-a:b-c?d}", "x$SET-y", "${SET}$SET", "${UNSET:-$SET}", "$SET.x", "$SET/x", "${UNSET:-{}}",
  "${UNSET:-a b}", "${SPACED}", "$lower", "${UNSET:-$$}", "${UNSET-}${EMPTY-}", "${UNSET:-${SET:+${EMPTY:-x}}}",
]; // prettier-ignore

test("variables are replaced as Compose replaces them", { skip }, (t) => {
  const lines = FORMS.map((f, i) => `      V${i}: ${JSON.stringify(f)}`).join("\n");
  const directory = t.testdir({
    ".env": "SET=value\nEMPTY=\nlower=low\nSPACED='a b'\n",
    "compose.yaml": `services:\n  a:\n    image: x\n    environment:\n${lines}\n`,
  });
  const theirs = config({ name: "", directory, files: [], profiles: [] });
  const { project } = lint({ files: [], cwd: directory, environment: {} }, []);
  const ours = project?.members.get("a")?.service.environment ?? [];
  t.ok(typeof theirs !== "string", JSON.stringify(theirs));
  if (typeof theirs !== "string")
    for (const [i, form] of FORMS.entries())
      t.equal(ours[i]?.value, theirs.services["a"]?.environment?.[`V${i}`]?.replaceAll("$$", "$"), form);
  t.end();
});

const LINES = [
  "A=1", "B = spaced ", "export C=3", "D='single $A'", 'E="double $A ${A}"', 'F="line\\nbreak"', "G=a # comment", "H=a#b",
  "I='it # is'", 'J="a \\" b"', "K=", "L=${UNSET:-d}", "M: yaml", "# comment", "", "N=$A$B", "O='multi\nline'", "P=\"tab\\tx\"",
  'Q="a \\$A b"', "R=a=b=c", "S.T=dots", "U-V=dash", "W=trail\t", "X=\"\"", "Y=''", "   Z=indented", "AA=\\n", "AB='\\''", "AC=\"x\" # after",
]; // prettier-ignore

for (const [what, end] of [
  ["files of variables", "\n"],
  ["files of variables with Windows' line ends", "\r\n"],
] as const) {
  test(`${what} are read as Compose reads them`, { skip }, (t) => {
    const text = `${LINES.join("\n")}\n`.replaceAll("\n", end);
    const directory = t.testdir({
      "a.env": text,
      "compose.yaml": "services:\n  a:\n    image: x\n    env_file: a.env\n",
    });
    const theirs = config({ name: "", directory, files: [], profiles: [] });
    t.ok(typeof theirs !== "string", JSON.stringify(theirs));
    const file = readEnvFile(text, () => undefined);
    t.equal(file.refused, null);
    if (typeof theirs !== "string") {
      const all = Object.entries(theirs.services["a"]?.environment ?? {});
      t.same(
        Object.fromEntries(file.variables.map((v) => [v.name, v.value])),
        Object.fromEntries(all.map(([k, v]) => [k, v?.replaceAll("$$", "$")])),
      );
    }
    t.end();
  });
}

test("a large file of variables is read in a time that grows with it", (t) => {
  const text = "NAME=value\n".repeat(90_000);
  const { variables } = readEnvFile(text, () => undefined);
  t.same([variables.length, variables.at(-1)?.line], [90_000, 90_000]);
  t.end();
});

test("what Compose refuses in a file of variables is refused, at its line", { skip }, (t) => {
  for (const [bad, line] of [
    ["A=1\nB C=2\n", 2],
    ["A=1\n\n# x\nB!=2\n", 4],
    ["A='open\n", 1],
    ['A="open\nB=2\n', 1],
    ["=x\n", 1],
  ] as const) {
    const directory = t.testdir({
      "a.env": bad,
      "compose.yaml": "services:\n  a:\n    image: x\n    env_file: a.env\n",
    });
    const theirs = config({ name: "", directory, files: [], profiles: [] });
    const { refused } = readEnvFile(bad, () => undefined);
    t.equal(refused?.line, line, bad);
    if (bad !== "=x\n") t.type(theirs, "string", `${bad}: ${JSON.stringify(theirs)}`);
  }
  t.end();
});

const PORTS = [
  "80", "8080:80", "127.0.0.1:8080:80", "8080:80/udp", "9000-9002:9000-9002", "127.0.0.1::80", "0.0.0.0:81:81", "[::1]:82:82",
  "3000-3001",
]; // prettier-ignore

test("ports are read as Compose reads them", { skip }, (t) => {
  const list = PORTS.map((p) => `      - "${p}"`).join("\n");
  const directory = t.testdir({ "compose.yaml": `services:\n  a:\n    image: x\n    ports:\n${list}\n      - 443\n` });
  const theirs = config({ name: "", directory, files: [], profiles: [] });
  const { project } = lint({ files: [], cwd: directory, environment: {} }, []);
  const ours = project?.members.get("a")?.service.ports ?? [];
  t.ok(typeof theirs !== "string", JSON.stringify(theirs));
  if (typeof theirs !== "string")
    t.same(
      ours.map((p) => `${p.hostIp}|${p.published}|${p.target}|${p.protocol}`).toSorted(),
      (theirs.services["a"]?.ports ?? [])
        .map((p) => `${p.host_ip ?? ""}|${p.published ?? ""}|${p.target}|${p.protocol ?? "tcp"}`)
        .toSorted(),
    );
  t.end();
});

/** Two files of one service; what is asked is what is left of each key. */
const MERGES: readonly (readonly [string, string])[] = [
  ["environment: [A=1, B=2]", "environment: {B: 3, C: 4}"],
  ["depends_on: [b, c]", "depends_on: {b: {condition: service_healthy}}"],
  ["depends_on: {b: {condition: service_healthy}}", "depends_on: [b]"],
  ["command: [a, b]", "command: c d"],
  ["entrypoint: [a]", "entrypoint: []"],
  ["ports: ['80:80']", "ports: ['81:81', '80:80']"],
  ["ports: ['80:80']", "ports: !override ['81:81']"],
  ["environment: {A: 1}", "environment: !reset {}"],
  ["command: a", "command: !reset null"],
  ["healthcheck: {test: [CMD, a], interval: 5s}", "healthcheck: {test: b, timeout: 3s}"],
  ["networks: [n1]", "networks: {n2: {aliases: [x]}}"],
  ["restart: always", 'restart: "no"'],
  ["build: .", "build: {args: {A: 1}}"],
  ["image: x", "image: y"],
  ["expose: [80]", "expose: ['81']"],
];

test("one file is laid over another as Compose does", { skip }, (t) => {
  for (const [below, above] of MERGES) {
    const rest = "  b:\n    image: x\n    healthcheck: {test: x}\n  c:\n    image: x\nnetworks: {n1: {}, n2: {}}\n";
    const image = /build|image/.test(below) ? "" : "    image: x\n";
    const directory = t.testdir({
      "1.yaml": `services:\n  a:\n${image}    ${below}\n${rest}`,
      "2.yaml": `services:\n  a:\n    ${above}\n`,
    });
    const theirs = config({ name: "", directory, files: ["1.yaml", "2.yaml"], profiles: [] });
    const { project, findings } = lint({ files: ["1.yaml", "2.yaml"], cwd: directory, environment: {} }, []);
    t.ok(typeof theirs !== "string", `${above}: ${JSON.stringify(theirs)}`);
    const s = project === null ? undefined : servicesOf(project.model.root).get("a");
    if (typeof theirs === "string" || s === undefined) {
      t.ok(s, `${above}: ${JSON.stringify(findings)}`);
      continue;
    }
    const a = theirs.services["a"] ?? {};
    const h = s.healthcheck;
    t.same(
      {
        environment: Object.fromEntries(s.environment.map((e) => [e.name, e.value])),
        depends: s.dependsOn.map((d) => `${d.name} ${d.condition}`).toSorted(),
        command: s.command?.words ?? null,
        entrypoint: s.entrypoint?.words ?? null,
        ports: s.ports.map((p) => p.target).toSorted(),
        health: [h?.test?.line ?? "", h?.interval?.ms ?? 0, h?.timeout?.ms ?? 0],
        networks: s.networks.toSorted(),
        restart: s.restart?.text ?? "",
        image: s.image,
        build: s.build !== null,
        expose: [...s.expose],
      },
      {
        environment: a.environment ?? {},
        depends: Object.entries(a.depends_on ?? {})
          .map(([n, d]) => `${n} ${d.condition}`)
          .toSorted(),
        command: a.command ?? null,
        entrypoint: a.entrypoint ?? null,
        ports: (a.ports ?? []).map((p) => p.target).toSorted(),
        health: a.healthcheck === undefined ? ["", 0, 0] : ["b", 5000, 3000],
        networks: Object.keys(a.networks ?? {}).toSorted(),
        restart: a.restart ?? "",
        image: a.image ?? "",
        build: a.build !== undefined,
        expose: a.expose ?? [],
      },
      `${below} / ${above}`,
    );
  }
  t.match(join(compose), "docker-compose");
  t.end();
});
