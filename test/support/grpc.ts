/** A real gRPC server of @grpc/grpc-js whose health service says what the test wants. */
import * as grpc from "@grpc/grpc-js";
import type { Test } from "tap";

/** What is said of a service: a ServingStatus, or a grpc-status to fail with. */
export type Said = { readonly serving: number } | { readonly code: keyof typeof grpc.status; readonly details: string };

const identity = (b: Buffer): Buffer => b;
/** What is not there is UNIMPLEMENTED. */
const HEALTH = {
  Check: {
    path: "/grpc.health.v1.Health/Check",
    requestStream: false,
    responseStream: false,
    requestSerialize: identity,
    requestDeserialize: identity,
    responseSerialize: identity,
    responseDeserialize: identity,
  },
};

export interface Asked {
  readonly service: string;
  readonly token: string;
}

export interface Running {
  readonly port: number;
  readonly stop: () => void;
}

/** Its port; `say` null: there is no health service. */
export async function health(
  t: Test,
  say: ((asked: Asked) => Said) | null,
  credentials = grpc.ServerCredentials.createInsecure(),
): Promise<Running> {
  const server = new grpc.Server();
  if (say !== null) {
    server.addService(HEALTH, {
      Check: (call: grpc.ServerUnaryCall<Buffer, Buffer>, done: grpc.sendUnaryData<Buffer>) => {
        const token = String(call.metadata.get("authorization")[0] ?? "");
        const said = say({ service: call.request.subarray(2).toString(), token });
        if ("serving" in said) done(null, said.serving === 0 ? Buffer.alloc(0) : Buffer.of(8, said.serving));
        else done({ code: grpc.status[said.code], details: said.details });
      },
    });
  }
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", credentials, (e, bound) => {
      if (e === null) resolve(bound);
      else reject(e);
    });
  });
  const stop = (): void => {
    server.forceShutdown();
  };
  t.teardown(stop);
  return { port, stop };
}
