/** What preflight makes of one generated input, as a text: computed on Node and in the binary, and compared. */
import { kinds } from "../../checks/index.ts";
import { interpolate } from "../../src/config/interpolate.ts";
import { Mistakes } from "../../src/config/mistakes.ts";
import { shorthand } from "../../src/config/shorthand.ts";
import { parse, YamlError, type Node } from "../../src/config/yaml.ts";
import { parseEnvFile, EnvFileError } from "../../src/config/envfile.ts";
import { milliseconds } from "../../src/fields.ts";
import { JsonError, lookup, steps } from "../../src/net/json.ts";
import { answer as answerOf, NAMES } from "../../src/net/message.ts";
import { pem } from "../../src/net/pem.ts";
import { called, masked, service } from "../../src/net/service.ts";
import { resolved, url } from "../../src/net/url.ts";
import { compile, PatternError } from "../../src/pattern.ts";
import { secrets } from "../../src/redact.ts";
import { nearest, span, visible } from "../../src/text.ts";
import { outcome } from "./http.ts";

const VARIABLES: ReadonlyMap<string, string> = new Map([
  ["A", "1"],
  ["EMPTY", ""],
  ["LONG_NAME", "${A}"],
]);

/** References are read where this is the page. */
const BASE = "http://host:8080/a/b/c?d=e";

/** The answer of the part that is called `subject`; what was thrown is an answer too. */
export function answered(subject: string, input: string): string {
  try {
    return answer(subject, input);
  } catch (e) {
    return `thrown: ${e instanceof Error ? e.message : "no error"}`;
  }
}

function answer(subject: string, input: string): string {
  switch (subject) {
    case "yaml":
      try {
        return tree(parse(input));
      } catch (e) {
        if (e instanceof YamlError) return `${e.at.line}:${e.at.column}: ${e.message}`;
        throw e;
      }
    case "interpolate": {
      const expanded = interpolate(input, (name) => VARIABLES.get(name));
      return expanded.mistake === "" ? expanded.text : `mistake: ${expanded.mistake}`;
    }
    case "shorthand": {
      const mistakes = new Mistakes();
      const node = shorthand(input, kinds, mistakes);
      return node === undefined ? mistakes.list.map((m) => m.text).join("\n") : tree(node);
    }
    case "duration":
      return `${milliseconds(input) ?? "none"} ${span(milliseconds(input) ?? 0)}`;
    case "envfile":
      try {
        return [...parseEnvFile(input).entries()].map((e) => `${e[0]}=${JSON.stringify(e[1])}`).join("\n");
      } catch (e) {
        if (e instanceof EnvFileError) return `${e.line}: ${e.message}`;
        throw e;
      }
    case "pattern": {
      const at = input.indexOf("\n");
      try {
        return `${compile(input.slice(0, at)).matches(input.slice(at + 1)) === true}`;
      } catch (e) {
        if (e instanceof PatternError) return `${e.position}: ${e.message}`;
        throw e;
      }
    }
    case "http": {
      // whole, and cut at a place that the input decides; the bytes come as latin1
      const bytes = Buffer.from(input, "latin1");
      const size = 1 + (bytes.length % 13);
      return `${outcome(bytes, Math.max(1, bytes.length))} ${outcome(bytes, size, bytes.length % 5 === 0)}`;
    }
    case "url": {
      const at = input.indexOf("\n");
      return `${JSON.stringify(url(input.slice(0, at)))} ${JSON.stringify(resolved(url(BASE), input.slice(at + 1)))}`;
    }
    case "service": {
      const s = service(input, ["redis", "postgresql", "mysql"], 1);
      const hosts = s.hosts.map((h) => `${h.host} ${h.port}`).join(",");
      const options = [...s.options.entries()].map((e) => `${e[0]}=${e[1]}`).join("&");
      const parts = [s.scheme, s.driver, s.user, s.password, hosts, s.socket, s.path, options, s.why];
      return JSON.stringify([...parts, s.slash ? "/" : "", called(s), masked(input)]);
    }
    case "dns": {
      // the first character says what was asked for, the others are the answer's bytes as latin1
      const type = NAMES.at(input.charCodeAt(0) % NAMES.length) ?? "";
      const got = answerOf(Buffer.from(input.slice(1), "latin1"), { id: 0x4142, name: "a.test", type });
      return got === null ? "none" : `${got.code} ${got.cut ? "cut" : ""} ${JSON.stringify([...got.records])}`;
    }
    case "pem": {
      const p = pem(Buffer.from(input));
      return `${p.blocks.map((b) => `${b.label} ${b.at} ${b.encrypted ? "encrypted" : b.der.toString("hex")}`).join(" ")} ${p.why}`;
    }
    case "json": {
      const at = input.indexOf("\n");
      const path = steps(input.slice(0, at));
      if (path === undefined) return "no path";
      try {
        return lookup(input.slice(at + 1), path) ?? "nothing there";
      } catch (e) {
        if (e instanceof JsonError) return e.message;
        throw e;
      }
    }
    case "text":
      return `${visible(input)} ${nearest(input, ["timeout", "expect", "closed"])} ${secrets.strike(input)}`;
    default:
      throw new Error(`no subject ${subject}`);
  }
}

function tree(node: Node): string {
  const at = `${node.at.line}:${node.at.column}`;
  switch (node.kind) {
    case "scalar":
      return `${at} ${node.plain ? "plain" : "quoted"} ${JSON.stringify(node.text)}`;
    case "list":
      return `${at} [${node.items.map((n) => tree(n)).join(", ")}]`;
    case "map":
      return `${at} {${node.entries.map((e) => `${e.at.line}:${e.at.column} ${JSON.stringify(e.key)}: ${tree(e.value)}`).join(", ")}}`;
  }
}
