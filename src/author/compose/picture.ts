/** The order of a start as a timeline and as a Mermaid graph. */
import { span } from "../../text.ts";
import type { Link, Timeline } from "../picture/timeline.ts";
import { orderOf, type Order, type Step, type Wait } from "./order.ts";
import type { Project } from "./project.ts";

const HOW: Readonly<Record<Wait["how"], string>> = {
  service_started: "started",
  service_healthy: "healthy",
  service_completed_successfully: "completed",
  gate: "gate",
};

export function timelineOf(project: Project): Timeline {
  const order = orderOf(project);
  const place = (name: string): number => order.steps.findIndex((s) => s.name === name);
  const links = order.steps.flatMap((s, to) =>
    s.waits.map((w): Link => {
      const meets = w.how === "gate" ? s.passes : s.starts;
      return { from: place(w.on), to, leaves: w.until, meets, critical: isCritical(order, w, s) };
    }),
  );
  return {
    title: `start-up order of ${project.model.file}`,
    about: `about ${span(order.total)} until all is there: an estimate, from conditions, intervals and images' habits`,
    rows: order.steps.map((s) => ({
      label: s.name,
      group: "",
      bars: bars(s),
      said: said(s),
      critical: s.critical,
      details: s.waits.map((w) => waited(w)),
    })),
    links,
    total: order.total,
    notes: [`critical path: ${order.critical.join(" > ")}`, ...resting(project)],
  };
}

/** `graph LR`, for Markdown; the critical path is drawn thick. */
export function mermaid(project: Project): string {
  const order = orderOf(project);
  const id = (name: string): string => `s${order.steps.findIndex((s) => s.name === name)}`;
  const nodes = order.steps.map((s) => `  ${id(s.name)}["${s.name}<br/>${said(s)}"]`);
  const edges = order.steps.flatMap((s) =>
    s.waits.map((w) => `  ${id(w.on)} ${isCritical(order, w, s) ? "==" : "--"}>|${HOW[w.how]}| ${id(s.name)}`),
  );
  const marked = order.critical.map((n) => id(n)).join(",");
  const lines = [
    "graph LR",
    ...nodes,
    ...edges,
    "  classDef critical stroke:#bc4c00,stroke-width:3px",
    `  class ${marked} critical`,
  ];
  return `${lines.join("\n")}\n`;
}

/** Whether a wait is the one on the critical path: what a service waited for last. */
function isCritical(order: Order, w: Wait, s: Step): boolean {
  const at = order.critical.indexOf(w.on);
  return at >= 0 && order.critical[at + 1] === s.name && s.waits.every((o) => o.until <= w.until);
}

function bars(s: Step): Timeline["rows"][number]["bars"] {
  const gate = { from: s.starts, to: s.passes, is: "wait", said: "its gate waits" } as const;
  const run = { from: s.passes, to: s.answers, is: "run", said: s.once ? "runs to its end" : "starts" } as const;
  const healthy = s.healthy ?? 0;
  const check = { from: s.answers, to: healthy, is: "check", said: "answers, and is not looked at yet" } as const;
  return [...(s.passes > s.starts ? [gate] : []), run, ...(healthy > s.answers ? [check] : [])];
}

function said(s: Step): string {
  if (s.healthy !== undefined) return `healthy at ${span(s.healthy)}`;
  return `${s.once ? "done" : "there"} at ${span(s.answers)}`;
}

function waited(w: Wait): string {
  return w.how === "gate" ? `its gate waits for ${w.on}` : `waits for ${w.on}: ${HOW[w.how]}`;
}

function resting(project: Project): readonly string[] {
  const names = [...project.resting.values()].map((s) => `${s.name} (${s.profiles.join(", ")})`);
  return names.length === 0 ? [] : [`not started, for its profile is not enabled: ${names.join(", ")}`];
}
