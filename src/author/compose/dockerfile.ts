/** What a Dockerfile says of the image it makes: entry point, healthcheck, ports, the image below. */
import { existsSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { readText } from "../input.ts";
import { Refusal } from "../refusal.ts";
import type { Build } from "./service.ts";

export interface Dockerfile {
  /** The words after FROM of the last stage, a stage before it replaced by its own image. */
  readonly from: string;
  readonly entrypoint: string;
  readonly healthcheck: boolean;
  readonly exposes: readonly number[];
}

/** Where a service is built; its Dockerfile as read, null where it cannot be. */
export function dockerfileOf(build: Build): Dockerfile | null {
  const path = resolve(contextOf(build), build.dockerfile);
  if (!existsSync(path) || !statSync(path).isFile()) return null;
  try {
    return readDockerfile(readText(path, build.dockerfile, 1024 * 1024));
  } catch (e) {
    if (e instanceof Refusal) return null; // Docker will say so, and better
    throw e;
  }
}

export function contextOf(build: Build): string {
  return resolve(build.base, build.context);
}

/** The last stage of a Dockerfile, and of the stages that it is made from. */
export function readDockerfile(text: string): Dockerfile {
  const stages = new Map<string, Dockerfile>();
  let stage: Dockerfile = { from: "", entrypoint: "", healthcheck: false, exposes: [] };
  let name = "";
  for (const line of text
    .replace(/^\s*#.*\n?/gm, "")
    .replace(/\\\r?\n/g, " ")
    .split("\n")) {
    const [, word = "", rest = ""] = /^\s*([A-Za-z]+)\s+(.*?)\s*$/.exec(line) ?? [];
    switch (word.toUpperCase()) {
      case "FROM": {
        if (name !== "") stages.set(name, stage);
        const [, from = "", as = ""] = /^(?:--\S+\s+)*(\S+)(?:\s+[Aa][Ss]\s+(\S+))?/.exec(rest) ?? [];
        stage = stages.get(from.toLowerCase()) ?? { from, entrypoint: "", healthcheck: false, exposes: [] };
        name = as.toLowerCase();
        break;
      }
      case "ENTRYPOINT":
        stage = { ...stage, entrypoint: rest };
        break;
      case "HEALTHCHECK":
        stage = { ...stage, healthcheck: !/^NONE$/i.test(rest) };
        break;
      case "EXPOSE":
        stage = { ...stage, exposes: [...stage.exposes, ...[...rest.matchAll(/\d+/g)].map(Number)] };
    }
  }
  return stage;
}
