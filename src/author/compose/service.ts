/** A service of a Compose model in one form, whichever of Compose's short and long forms it was written in. */
import type { Node, Place } from "./node.ts";
import type { Condition } from "./schema.ts";

export interface Service {
  readonly name: string;
  readonly at: Place;
  readonly node: Node;
  /** Without its tag, "" where it is built only. */
  readonly image: string;
  readonly build: Build | null;
  readonly entrypoint: Command | null;
  readonly command: Command | null;
  readonly dependsOn: readonly Dependency[];
  readonly environment: readonly Setting[];
  readonly envFiles: readonly EnvFileUse[];
  readonly healthcheck: Healthcheck | null;
  readonly ports: readonly Port[];
  readonly expose: readonly string[];
  readonly restart: Word | null;
  readonly profiles: readonly string[];
  /** Names of its networks; none where it has a network_mode. */
  readonly networks: readonly string[];
  readonly networkMode: string;
  /** What others on its networks may call it, its name included. */
  readonly names: readonly string[];
  /** Hosts that it alone knows: extra_hosts, links. */
  readonly hosts: readonly string[];
}

export interface Word {
  readonly at: Place;
  readonly text: string;
}
export interface Build {
  readonly at: Place;
  /** An absolute or relative directory as written, and where it starts from. */
  readonly context: string;
  readonly dockerfile: string;
  readonly base: string;
}
/** A command: its words, or one text that a shell takes apart. */
export interface Command {
  readonly at: Place;
  readonly words: readonly string[];
  /** The text, "" where it was written as words. */
  readonly line: string;
}
export interface Dependency {
  readonly name: string;
  readonly at: Place;
  readonly condition: Condition;
  /** Whether somebody wrote the condition. */
  readonly explicit: boolean;
  readonly required: boolean;
}
/** A variable of `environment`; null where it is taken over from the caller. */
export interface Setting {
  readonly name: string;
  readonly value: string | null;
  /** Before variables were replaced. */
  readonly written: string;
  readonly at: Place;
}
export interface EnvFileUse {
  readonly path: string;
  readonly at: Place;
  readonly required: boolean;
  readonly raw: boolean;
}
/** Milliseconds; undefined is Docker's own: 30 s for interval, 0 for start_period. */
export interface Healthcheck {
  readonly at: Place;
  readonly disabled: boolean;
  /** Whether it has a test of its own; without one it alters the image's. */
  readonly test: Command | null;
  readonly interval: Span | null;
  readonly startPeriod: Span | null;
  readonly startInterval: Span | null;
  readonly timeout: Span | null;
}
export interface Span {
  readonly at: Place;
  readonly ms: number;
}
export interface Port {
  readonly at: Place;
  /** In the container. */
  readonly target: number;
  /** On the host, "" where Docker chooses. */
  readonly published: string;
  readonly protocol: string;
  readonly hostIp: string;
}
