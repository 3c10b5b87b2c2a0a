/** Hosts and ports in variables, held against the services that are there and what their images listen on. */
import { meant } from "../../../text.ts";
import type { Finding } from "../../finding.ts";
import { endpointsOf, type Endpoint } from "../endpoint.ts";
import { finding, get } from "../node.ts";
import type { Member, Project } from "../project.ts";
import type { Port, Setting } from "../service.ts";

/** Variables that are told to browsers: localhost is right in them. */
const OUTSIDE = /PUBLIC|EXTERNAL|BROWSER|FRONTEND|CALLBACK|REDIRECT|(?:^|_)(?:BASE|SITE|APP|ROOT)_URL$/;

/** An endpoint in a variable of a service. */
export interface Use {
  readonly setting: Setting;
  readonly endpoint: Endpoint;
}

/** Each endpoint that a service's own variables name. */
export function endpoints({ service }: Member): readonly Use[] {
  const sibling = (name: string): string | undefined =>
    service.environment.find((s) => s.name === name)?.value ?? undefined;
  return service.environment.flatMap((setting) =>
    endpointsOf(setting.name, setting.value ?? "", sibling).map((endpoint) => ({ setting, endpoint })),
  );
}

/** unknown-host, other-network, localhost, wrong-port. */
export function hosts(project: Project): readonly Finding[] {
  return [...project.members.values()].flatMap((m) => [...named(project, m), ...published(m)]);
}

function named(project: Project, m: Member): readonly Finding[] {
  const { service } = m;
  if (service.networkMode !== "") return []; // the machine's network, or another service's
  return endpoints(m).flatMap(({ setting, endpoint }) => {
    const { host } = endpoint;
    const say = (rule: string, said: string, hint: string): readonly Finding[] => [
      finding(setting.at, "warning", rule, `${setting.name} names ${said}`, hint),
    ];
    if (host === "localhost") return local(project, m, setting, endpoint);
    if (host.includes(".") || service.hosts.includes(host) || service.names.includes(host)) return [];
    const all = [...project.members.values()].filter((o) => o.service.names.includes(host));
    const near = all.find((o) => o.service.networks.some((n) => service.networks.includes(n)));
    if (near !== undefined) return port(near, setting, endpoint);
    const [far] = all;
    if (far !== undefined) {
      const theirs = far.service.networks.join(", ");
      return say("other-network", `${host}, which is on other networks (${theirs})`, `put both on one network`);
    }
    if (service.networks.some((n) => project.external.includes(n))) return []; // others may be there
    const resting = project.resting.get(host);
    if (resting !== undefined) {
      const profile = resting.profiles.join(", ");
      return say(
        "unknown-host",
        `${host}, which is only there with profile ${profile}`,
        `--profile ${profile}, or another default`,
      );
    }
    const known = [...project.members.values()].flatMap((o) => o.service.names);
    const hint = "name a service, or add the host to extra_hosts or to a network as an alias";
    return say("unknown-host", `host ${host}, which is no service here${meant(host, known)}`, hint);
  });
}

/** In a container localhost is the container: what listens there elsewhere is another service. */
function local(project: Project, m: Member, setting: Setting, { port }: Endpoint): readonly Finding[] {
  if (port === undefined || listens(m, port, /^PORT$|LISTEN|BIND/)) return [];
  const inside = [...project.members.values()].find(
    (o) => o !== m && listens(o, port) && (o.habit?.ports ?? []).includes(port),
  );
  const outside = [...project.members.values()].find(
    (o) => o !== m && o.service.ports.some((p) => p.published === `${port}`),
  );
  const meant = inside ?? outside;
  if (meant === undefined || OUTSIDE.test(setting.name)) return [];
  const target = meant.service.ports.find((p) => p.published === `${port}`)?.target ?? port;
  const said = `${setting.name} names localhost:${port}, which is this container itself`;
  return [finding(setting.at, "warning", "localhost", said, `${meant.service.name}:${target} is probably meant`)];
}

function port(on: Member, setting: Setting, { port }: Endpoint): readonly Finding[] {
  if (port === undefined || listens(on, port)) return [];
  const { name } = on.service;
  const mapped = on.service.ports.find((p) => p.published === `${port}`);
  const own = on.habit?.ports.at(0);
  if (mapped !== undefined && mapped.target !== port) {
    const said = `${setting.name} names ${name}:${port}, which is its port on the host: between containers it is ${mapped.target}`;
    return [finding(setting.at, "warning", "wrong-port", said, `${name}:${mapped.target}`)];
  }
  if (!certain(on) || own === undefined) return [];
  const said = `${setting.name} names ${name}:${port}, and ${image(on)} listens on ${ports(on)}`;
  return [finding(setting.at, "warning", "wrong-port", said, `${name}:${own}`)];
}

/** A published port that leads to nothing. */
function published(m: Member): readonly Finding[] {
  if (!certain(m)) return [];
  return m.service.ports
    .filter((p: Port) => p.protocol === "tcp" && p.target > 0 && !listens(m, p.target))
    .map((p) => {
      const said = `port ${p.target} of ${m.service.name} is published, and ${image(m)} listens on ${ports(m)}`;
      return finding(
        p.at,
        "warning",
        "wrong-port",
        said,
        `${p.published === "" ? "" : `${p.published}:`}${m.habit?.ports.at(0) ?? ""}`,
      );
    });
}

/** Whether a service is known, or said in its own words, to listen on a port: a command, or a variable of such a name. */
function listens({ service, habit, made }: Member, port: number, names = /PORT$|LISTEN|BIND|ADDR/): boolean {
  if (habit?.ports.includes(port) === true || made?.exposes.includes(port) === true) return true;
  const said = [...(service.command?.words ?? []), ...(service.entrypoint?.words ?? []), ...service.expose];
  const variables = service.environment.filter((s) => names.test(s.name)).map((s) => s.value ?? "");
  return [...said, ...variables].some((t) => new RegExp(`(?<!\\d)${port}(?!\\d)`).test(t));
}

/** Whether an image's habit says where it listens: not where it is built upon or configured otherwise. */
function certain({ service, habit }: Member): boolean {
  const configured = get(service.node, "configs") !== undefined;
  return service.build === null && !configured && habit !== undefined && habit.ports.length > 0;
}

function image({ habit }: Member): string {
  return habit?.image ?? "";
}

function ports({ habit }: Member): string {
  return habit?.ports.join(", ") ?? "";
}
