/** Published ports in their short and long form. */
import { get, text, type Node } from "./node.ts";
import type { Port } from "./service.ts";

/** A port in its short or long form; a range is several. */
export function portsOf(node: Node): readonly Port[] {
  if (node.kind === "dict") {
    const target = Number(text(get(node, "target")) ?? "");
    return [
      {
        at: node.at,
        target,
        published: text(get(node, "published")) ?? "",
        protocol: text(get(node, "protocol")) ?? "tcp",
        hostIp: text(get(node, "host_ip")) ?? "",
      },
    ];
  }
  const parts = /^(?:(?:(\[[^\]]*\]|[^:]*):)?([^:]*):)?([^:/]+)(?:\/(\w+))?$/.exec(text(node) ?? "");
  if (parts === null) return [];
  const targets = range(parts.at(3) ?? "");
  const published = range(parts.at(2) ?? "");
  return targets.map((target, i) => ({
    at: node.at,
    target,
    published: published.length === targets.length ? `${published[i] ?? ""}` : (parts.at(2) ?? ""),
    protocol: parts.at(4) ?? "tcp",
    hostIp: (parts.at(1) ?? "").replace(/^\[|\]$/g, ""),
  }));
}

function range(text: string): readonly number[] {
  const [from = 0, to = from] = text.split("-").map(Number);
  if (text === "" || !Number.isInteger(from) || !Number.isInteger(to) || to - from > 65_535) return [];
  return Array.from({ length: Math.max(to - from + 1, 0) }, (_, i) => from + i);
}

/** Each once: files that are laid over each other repeat them. */
export function unique(ports: readonly Port[]): readonly Port[] {
  const key = (p: Port): string => `${p.hostIp}:${p.published}:${p.target}/${p.protocol}`;
  return ports.filter((p, i) => ports.findIndex((o) => key(o) === key(p)) === i);
}
