/** A namespace for one test, and an address at which the test plays what the pods in it depend on. */
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseAllDocuments, type Document } from "yaml";
import { root } from "../../../scripts/tools.ts";
import { reply, type Answer } from "../../support/names.ts";
import { ask, call, collection, type Container, type Ended, type Manifest, type Pod } from "./api.ts";

export const EXAMPLES = join(root, "examples/kubernetes");

/** The objects of an example, with some places changed: `{ "spec.containers.0.args": ["migrate"] }`. */
export function example(name: string, changes: Readonly<Record<string, unknown>> = {}): readonly Manifest[] {
  const documents = parseAllDocuments(readFileSync(join(EXAMPLES, `${name}.yaml`), "utf8")) as Document[];
  for (const [path, value] of Object.entries(changes)) documents[0]?.setIn(path.split("."), value);
  return documents.map((d) => d.toJS() as Manifest);
}

/** A pod of one container, in which a shell is at hand. */
export function pod(name: string, container: object, spec: object = {}): Manifest {
  const containers = [{ name: "app", image: "your-image:1.0", ...container }];
  return { apiVersion: "v1", kind: "Pod", metadata: { name }, spec: { containers, ...spec } };
}

/** What the cluster's name server knows: it is played here, at the address that cluster.ts gives to the kubelet. */
const names: Record<string, Answer> = {};
let rooms = 0;

export async function serveNames(): Promise<void> {
  const socket = createSocket("udp4");
  socket.on("message", (query, from) => {
    const answer = reply(query, names, false);
    if (answer !== null) socket.send(answer.bytes, from.port, from.address);
  });
  await new Promise<void>((done) => socket.bind(53, "10.99.0.1", done));
  socket.unref();
}

export class Room {
  readonly namespace = `room-${++rooms}`;
  readonly address = `10.99.0.${rooms + 1}`;
  readonly #servers: Server[] = [];
  readonly #sockets = new Set<Socket>();

  /** A room in which the name "db" leads to the test, and the configuration of the examples is there. */
  static async open(labels: Readonly<Record<string, string>> = {}): Promise<Room> {
    const room = new Room();
    room.name("db", room.address);
    await ask("POST", collection("v1", "Namespace", ""), { metadata: { name: room.namespace, labels } });
    await room.make(...example("config"));
    return room;
  }

  /** Ends what is left; namespaces go in the background. */
  async leave(): Promise<void> {
    this.close();
    await ask("DELETE", `${collection("v1", "Namespace", "")}/${this.namespace}`);
  }

  /** Lets a service's name lead somewhere. */
  name(service: string, address: string): void {
    names[`${service}.${this.namespace}.svc.cluster.local`] = { A: [address] };
  }

  /** Starts to accept connections, and returns the time. */
  async listen(port = 5432): Promise<number> {
    const server = createServer((socket) => {
      this.#sockets.add(socket.on("error", () => {}));
    });
    this.#servers.push(server);
    server.listen(port, this.address);
    await once(server, "listening");
    return Date.now();
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy();
    for (const server of this.#servers.splice(0)) server.close();
  }

  async make(...objects: readonly Manifest[]): Promise<void> {
    for (const o of objects) await ask("POST", collection(o.apiVersion, o.kind, this.namespace), o);
  }

  async remove({ apiVersion, kind, metadata }: Manifest): Promise<void> {
    const options = { gracePeriodSeconds: 0, propagationPolicy: "Background" };
    await ask("DELETE", `${collection(apiVersion, kind, this.namespace)}/${metadata.name}`, options);
  }

  read<T>(kind: string, name: string, apiVersion = "v1"): Promise<T> {
    return ask<T>("GET", `${collection(apiVersion, kind, this.namespace)}/${name}`);
  }

  async pods(): Promise<readonly Pod[]> {
    return (await ask<{ items: readonly Pod[] }>("GET", collection("v1", "Pod", this.namespace))).items;
  }

  /** What Kubernetes has noted about an object, or about all, a message a line. */
  async events(name = ""): Promise<string> {
    const about = name === "" ? "" : `?fieldSelector=involvedObject.name=${name}`;
    const path = `${collection("v1", "Event", this.namespace)}${about}`;
    const { items } = await ask<{ items: readonly { message: string }[] }>("GET", path);
    return items.map((e) => e.message).join("\n");
  }

  /** What a container has written, each line behind the time at which it did; "" where it has not started. */
  async log(name: string, container = "app"): Promise<string> {
    const path = `${collection("v1", "Pod", this.namespace)}/${name}/log?timestamps=true&container=${container}`;
    const { status, text } = await call("GET", path);
    return status === 200 ? text : "";
  }

  /** Waits until a container has written this, and returns the time at which it did. */
  said(name: string, text: string, container = "app"): Promise<number> {
    return this.until(`${container} of ${name} says "${text}"`, async () => {
      const line = (await this.log(name, container)).split("\n").find((l) => l.includes(text));
      return line === undefined ? undefined : Date.parse(line.split(" ")[0] ?? "");
    });
  }

  /** Waits until a container's state is as wanted. */
  container(name: string, what: string, wanted: (c: Container) => boolean, container = "app"): Promise<Container> {
    return this.until(`${container} of ${name} is ${what}`, async () => {
      const found = statuses(await this.read<Pod>("Pod", name)).find((c) => c.name === container);
      return found !== undefined && wanted(found) && found;
    });
  }

  /** Waits until a container is over, and says how it ended. */
  async ended(name: string, container = "app"): Promise<Partial<Ended>> {
    const { state } = await this.container(name, "over", (c) => c.state.terminated !== undefined, container);
    return state.terminated ?? {};
  }

  /** Waits until a look finds something; what it does not find in time is told with the state of all pods. */
  async until<T>(what: string, look: () => Promise<T | undefined | false>, seconds = 150): Promise<T> {
    const end = performance.now() + seconds * 1000;
    for (;;) {
      const found = await look();
      if (found !== undefined && found !== false) return found;
      if (performance.now() > end) {
        const pods = (await this.pods()).map((p) => `${p.metadata.name}: ${JSON.stringify(statuses(p))}`);
        throw new Error(`not within ${seconds} s: ${what}\n${pods.join("\n")}\n${await this.events()}`.slice(0, 5000));
      }
      await sleep(100);
    }
  }
}

/** All containers of a pod, init containers first. */
export function statuses(p: Pod): readonly Container[] {
  return [...(p.status.initContainerStatuses ?? []), ...(p.status.containerStatuses ?? [])];
}
