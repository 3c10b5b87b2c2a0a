/** What the lab knows of Kubernetes' API: objects as the tests read them, and requests over HTTPS. */
import { Agent, request } from "node:https";

/** An object to be made; its spec is whatever the manifest says. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly labels?: Record<string, string> };
  [part: string]: unknown;
}

export interface Ended {
  readonly exitCode: number;
  readonly reason: string;
  readonly message?: string;
  readonly finishedAt: string;
  readonly startedAt: string;
}
interface State {
  readonly waiting?: { readonly reason: string; readonly message?: string };
  readonly running?: { readonly startedAt: string };
  readonly terminated?: Ended;
}
export interface Container {
  readonly name: string;
  readonly ready: boolean;
  readonly started: boolean;
  readonly restartCount: number;
  readonly state: State;
  readonly lastState: State;
}
export interface Condition {
  readonly type: string;
  readonly status: "True" | "False";
  readonly reason?: string;
  readonly message?: string;
}
export interface Pod {
  readonly metadata: { readonly name: string; readonly creationTimestamp: string };
  readonly status: {
    readonly phase: "Pending" | "Running" | "Succeeded" | "Failed";
    readonly containerStatuses?: readonly Container[];
    readonly initContainerStatuses?: readonly Container[];
  };
}
export interface Job {
  readonly status: { readonly failed?: number; readonly conditions?: readonly Condition[] };
}
export interface Deployment {
  readonly status: { readonly readyReplicas?: number; readonly conditions?: readonly Condition[] };
}

export interface Answer {
  readonly status: number;
  readonly text: string;
}

/** As config/client.yaml has it. */
const SERVER = "https://127.0.0.1:6443";
const TOKEN = "lab";
const agent = new Agent({ keepAlive: true, rejectUnauthorized: false }); // its certificate is its own, and so is the network

/** One request; its body is YAML (or JSON, which is YAML) where the type does not say something else. */
export function call(method: string, path: string, body = "", type = "application/yaml"): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const about = { "Content-Type": type, "Content-Length": Buffer.byteLength(body) };
    const headers = { Authorization: `Bearer ${TOKEN}`, ...(body === "" ? {} : about) };
    const sent = request(`${SERVER}${path}`, { method, headers, agent }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (piece: string) => (text += piece));
      response.on("end", () => resolve({ status: response.statusCode ?? 0, text }));
      response.on("error", reject);
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

/** A request that has to succeed; what it answers. */
export async function ask<T>(method: string, path: string, body?: object, type?: string): Promise<T> {
  const { status, text } = await call(method, path, body === undefined ? "" : JSON.stringify(body), type);
  if (status >= 300) throw new Error(`${method} ${path}: ${status}: ${text}`);
  return JSON.parse(text) as T;
}

/** Where objects of a kind live: "/apis/batch/v1/namespaces/x/jobs". */
export function collection(apiVersion: string, kind: string, namespace: string): string {
  const group = apiVersion.includes("/") ? "apis" : "api";
  const inside = kind === "Namespace" ? "" : `namespaces/${namespace}/`;
  return `/${group}/${apiVersion}/${inside}${kind.toLowerCase()}s`;
}
