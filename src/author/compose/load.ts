/** Compose files to one model: several files, `extends`, `include`, variables and `.env`, in Compose's own order. */
import { existsSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { quoted } from "../../text.ts";
import type { Finding } from "../finding.ts";
import { readText } from "../input.ts";
import { readDocuments } from "./document.ts";
import { chosen, LIMIT, shown, variables, type Reading } from "./files.ts";
import { fillNode, type Lookup } from "./interpolate.ts";
import { merge } from "./merge.ts";
import {
  dict,
  entries,
  finding,
  get,
  having,
  isNull,
  items,
  refuse,
  same,
  sort,
  text,
  type Dict,
  type Entry,
  type Node,
} from "./node.ts";

/** What was read: the model with everything merged, and what was noticed on the way. */
export interface Model {
  readonly root: Dict;
  /** The first file, as it was called, and the project's directory. */
  readonly file: string;
  readonly directory: string;
  readonly lookup: Lookup;
  readonly findings: readonly Finding[];
}

/** Throws a Refusal where nothing can be made of the files. */
export function load(reading: Reading): Model {
  const found: Finding[] = [];
  const files = chosen(reading);
  const main = files[0] ?? "";
  const directory = dirname(resolve(reading.cwd, main));
  const lookup = variables(join(directory, ".env"), (n) => reading.environment[n], reading.cwd, found);
  const loader = new Loader(reading.cwd, found);
  const root = loader.model(
    files.map((f) => resolve(reading.cwd, f)),
    directory,
    lookup,
    [],
  );
  if (!root.entries.has("services") || entries(get(root, "services")).length === 0)
    throw refuse(root.at, "compose-file", "no services in it", "a Compose file starts with services:");
  return { root, file: main, directory, lookup, findings: found };
}

class Loader {
  readonly #cwd: string;
  readonly #found: Finding[];

  constructor(cwd: string, found: Finding[]) {
    this.#cwd = cwd;
    this.#found = found;
  }

  /** Files laid over each other; `above` are those that include them. */
  model(paths: readonly string[], base: string, lookup: Lookup, above: readonly string[]): Dict {
    let root: Node | undefined;
    for (const path of paths) {
      for (const document of this.#read(path, base, lookup)) {
        const extended = this.#extendAll(document, path, lookup);
        const whole = this.#include(extended, base, lookup, [...above, path]);
        root = root === undefined ? merge(dict(whole.at, []), whole) : merge(root, whole);
      }
    }
    return root?.kind === "dict" ? root : dict({ source: { name: "", base }, line: 1, column: 1 }, []);
  }

  /** A file's documents, variables replaced. */
  #read(path: string, base: string, lookup: Lookup): readonly Dict[] {
    const name = shown(path, this.#cwd);
    const documents = readDocuments(readText(path, name, LIMIT), { name, base });
    const read: Dict[] = [];
    for (const d of documents) {
      if (isNull(d)) continue;
      if (d.kind !== "dict") throw refuse(d.at, "compose-file", `a Compose file must be a mapping: got ${sort(d)}`);
      this.#refuseOld(d);
      const filled = fillNode(d, lookup, (f) => this.#found.push(f));
      if (filled.kind === "dict") read.push(filled);
    }
    if (read.length === 0)
      throw refuse({ source: { name, base }, line: 1, column: 1 }, "compose-file", "the file is empty");
    return read;
  }

  /** Compose version 1 had services at the top of the file; today's Compose takes none of it. */
  #refuseOld(d: Dict): void {
    const version = d.entries.get("version");
    const old = !d.entries.has("services") && !d.entries.has("include");
    const service = entries(d).find(
      ([, e]) => get(e.value, "image") !== undefined || get(e.value, "build") !== undefined,
    );
    if ((old && service !== undefined) || text(version?.value) === "1") {
      const said = "this is a Compose file of version 1, which Compose has not read since 2023";
      throw refuse(
        service?.[1].at ?? d.at,
        "old-format",
        said,
        "put all services under services:, and links into depends_on",
      );
    }
    if (version === undefined) return;
    const said = "version is obsolete: Compose ignores it, and warns at every command";
    this.#found.push(finding(version.at, "warning", "obsolete-version", said, "leave the line out"));
  }

  #extendAll(document: Dict, path: string, lookup: Lookup): Dict {
    const services = get(document, "services");
    if (services?.kind !== "dict") return document;
    const extended = entries(services).map(([name, e]): [string, Entry] => [
      name,
      { at: e.at, value: this.#extend(services, name, path, lookup, []) },
    ]);
    const value: Dict = { ...services, entries: new Map(extended) };
    return having(document, "services", value);
  }

  /** A service over the one that it extends, and so on; `chain` is "file: service" of those that led here. */
  #extend(services: Dict, name: string, path: string, lookup: Lookup, chain: readonly string[]): Node {
    const service = services.entries.get(name)?.value ?? dict(services.at, []);
    const extend = service.kind === "dict" ? service.entries.get("extends") : undefined;
    if (extend === undefined || service.kind !== "dict") return service;
    const here = `${shown(path, this.#cwd)}: ${name}`;
    if (chain.includes(here))
      throw refuse(extend.at, "extends", `extends runs in a circle: ${[...chain, here].join(" > ")}`);
    const of = text(extend.value) ?? text(get(extend.value, "service")) ?? "";
    const file = text(get(extend.value, "file"));
    const from = file === undefined ? path : resolve(dirname(path), file);
    const others = file === undefined ? services : this.#servicesOf(from, lookup, extend.value);
    if (!others.entries.has(of)) {
      const where = file === undefined ? "" : ` in ${shown(from, this.#cwd)}`;
      throw refuse(extend.value.at, "extends", `extends a service that is not there${where}: ${quoted(of)}`);
    }
    const base = this.#extend(others, of, from, lookup, [...chain, here]);
    const own = new Map(service.entries);
    own.delete("extends");
    return merge(base, { ...service, entries: own }, ["services", name]) ?? service;
  }

  #servicesOf(path: string, lookup: Lookup, from: Node): Dict {
    this.#mustBe(path, from, "extends");
    let root: Node | undefined;
    for (const d of this.#read(path, dirname(path), lookup)) root = root === undefined ? d : merge(root, d);
    const services = get(root, "services");
    if (services?.kind !== "dict") throw refuse(from.at, "extends", `no services in ${shown(path, this.#cwd)}`);
    return services;
  }

  #include(document: Dict, base: string, lookup: Lookup, above: readonly string[]): Dict {
    let whole = document;
    for (const item of items(get(document, "include"))) {
      const named = item.kind === "scalar" ? [item] : items(get(item, "path"));
      const paths = named.map((p) => resolve(base, text(p) ?? ""));
      named.forEach((p, i) => this.#mustBe(paths[i] ?? "", p, "include"));
      const [main] = paths;
      if (main === undefined) throw refuse(item.at, "include", "an include names no path");
      if (above.includes(main)) {
        const circle = [...above, main].map((p) => shown(p, this.#cwd)).join(" > ");
        throw refuse(item.at, "include", `include runs in a circle: ${circle}`);
      }
      const own = text(get(item, "project_directory"));
      const directory = own === undefined ? dirname(main) : resolve(base, own);
      let inner = lookup;
      const files = items(get(item, "env_file")).map((f) => resolve(base, text(f) ?? ""));
      for (const f of files.length > 0 ? files : [join(directory, ".env")])
        inner = variables(f, inner, this.#cwd, this.#found);
      whole = this.#import(whole, this.model(paths, directory, inner, above));
    }
    const rest = new Map(whole.entries);
    rest.delete("include");
    return { ...whole, entries: rest };
  }

  /** What a file includes must not be what it has itself. */
  #import(into: Dict, from: Dict): Dict {
    let whole = into;
    for (const section of ["services", "networks", "volumes", "secrets", "configs"]) {
      const theirs = get(from, section);
      if (theirs?.kind !== "dict") continue;
      const ours = get(whole, section);
      const all = new Map(entries(ours));
      for (const [name, e] of theirs.entries) {
        const before = all.get(name);
        if (before !== undefined && !same(before.value, e.value))
          throw refuse(
            before.at,
            "include",
            `${section}: ${quoted(name)} is also in ${e.at.source.name}, which is included`,
          );
        all.set(name, e);
      }
      whole = having(whole, section, { ...theirs, entries: all });
    }
    return whole;
  }

  #mustBe(path: string, from: Node, what: string): void {
    const name = shown(path, this.#cwd);
    if (!existsSync(path)) throw refuse(from.at, what, `${what} names a file that is not there: ${quoted(name)}`);
    if (statSync(path).isDirectory()) throw refuse(from.at, what, `${what} names a directory: ${quoted(name)}`);
  }
}
