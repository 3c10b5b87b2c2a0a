/** A gRPC server is ready: by the health protocol, it or one of its services is SERVING. */
import { pass, refuse, wait, type Complaint, type Kind, type Probe, type Verdict } from "../src/check.ts";
import { field, required, type Field, type Options } from "../src/fields.ts";
import { probing, type Manner } from "../src/net/client.ts";
import { misheaded } from "../src/net/http.ts";
import { exchange2, type Exchanged } from "../src/net/http2.ts";
import { ruled } from "../src/net/rules.ts";
import { called, loginFields, misplaced, service, type Service } from "../src/net/service.ts";
import { mistrusted, tlsFields, Trust } from "../src/net/trust.ts";
import type { Talk } from "../src/net/talk.ts";
import { secrets } from "../src/redact.ts";
import { quoted } from "../src/text.ts";
import { VERSION } from "../src/version.ts";

/** By grpc-status (grpc/doc/statuscodes.md). "live" is the scenario in test/transcripts. */
const RULES = `
wait | NOT_FOUND | it knows no such service, or not yet | live service-unknown
refuse | PERMISSION_DENIED | the token is not enough for it | statuscodes.md
refuse | UNIMPLEMENTED | it has no health service: ask it by level: speaks | live unimplemented
refuse | UNAUTHENTICATED | it wants another "token" | statuscodes.md
`;
const STATUSES =
  "OK CANCELLED UNKNOWN INVALID_ARGUMENT DEADLINE_EXCEEDED NOT_FOUND ALREADY_EXISTS PERMISSION_DENIED RESOURCE_EXHAUSTED FAILED_PRECONDITION ABORTED OUT_OF_RANGE UNIMPLEMENTED INTERNAL UNAVAILABLE DATA_LOSS UNAUTHENTICATED";
/** HealthCheckResponse.ServingStatus (grpc/health/v1/health.proto). */
const SERVING = "UNKNOWN SERVING NOT_SERVING SERVICE_UNKNOWN";

/** Bytes of a service's name, so that its length is one. */
const LONGEST = 120;

export const grpc: Kind = {
  name: "grpc",
  summary: "a gRPC server, or a service of it, is SERVING by the health protocol",
  schemes: ["grpc", "grpcs"],
  timeout: 5000,
  fixed: false,
  fields: (): readonly Field[] => [
    required(
      field(
        "text",
        "grpc",
        "grpc:// or grpcs:// (TLS) URL, or host:port, behind a slash the service; of several, one must be ready",
      ),
    ),
    ...loginFields().filter((f) => f.name === "level"),
    field("text", "service", "the service that is asked for, where the URL does not say it; none: the whole server"),
    field("text", "token", "sent as authorization: Bearer; it is never shown"),
    field("flag", "tls", "speak TLS, as with grpcs://", "false"),
    ...tlsFields(),
  ],
  verify: (o): readonly Complaint[] => {
    const out = [...misplaced(o, "grpc", where(o), "service"), ...mistrusted(o, o.text("key"))];
    const token = misheaded("token", o.text("token"));
    if (token !== "") out.push({ field: "token", text: token });
    if (Buffer.byteLength(named(o)) > LONGEST) out.push({ field: "service", text: `is longer than ${LONGEST} bytes` });
    return out;
  },
  bind: (o): Probe => {
    const s = where(o);
    const name = named(o);
    const first = o.given("tls") ? o.flag("tls") : s.scheme === "grpcs";
    const trust = new Trust(o, o.text("key"));
    const manner: Manner = { protocol: "gRPC", trust, tls: first ? "first" : "none", protocols: ["h2"] };
    secrets.add(o.text("token"));
    return probing(s, manner, (t) => {
      ask(t, o, name, first ? "https" : "http");
    });
  },
};

function where(o: Options): Service {
  return service(o.text("grpc"), ["grpc", "grpcs"], 50051);
}

/** "" for the whole server. */
function named(o: Options): string {
  const { path } = where(o);
  return path === "" ? o.text("service") : path;
}

/** Health/Check with a HealthCheckRequest, whose field 1 is the service. */
function ask(t: Talk, o: Options, name: string, scheme: string): void {
  const { host, port } = t.door;
  const authority = called({ ...service("", ["grpc"], 0), hosts: [{ host, port }] });
  const headers = [
    ":method",
    "POST",
    ":scheme",
    scheme,
    ":path",
    "/grpc.health.v1.Health/Check",
    ":authority",
    authority,
  ];
  headers.push("user-agent", `preflight/${VERSION}`, "content-type", "application/grpc", "te", "trailers");
  if (o.given("token")) headers.push("authorization", `Bearer ${o.text("token")}`);
  const text = Buffer.from(name);
  const message = text.length === 0 ? text : Buffer.concat([Buffer.from([0x0a, text.length]), text]);
  const body = Buffer.concat([Buffer.from([0, 0, 0, 0, message.length]), message]);
  exchange2(t, headers, body, (e) => {
    t.end(judge(e, o, name));
  });
}

function judge({ headers, body }: Exchanged, o: Options, name: string): Verdict {
  const http = headers.get(":status") ?? "";
  const number = headers.get("grpc-status") ?? "";
  if (number === "") {
    const why = `answers HTTP status ${quoted(http)}, and no grpc-status`;
    return /^(?:200|40[13])$/.test(http) ? refuse(why) : wait(why, "answering");
  }
  const code = /^[0-9]{1,2}$/.test(number) ? (STATUSES.split(" ").at(Number(number)) ?? "") : "";
  const speaks = o.text("level") === "speaks" && !/^(?:UNAVAILABLE|DEADLINE_EXCEEDED|RESOURCE_EXHAUSTED)$/.test(code);
  if (speaks) return pass();
  if (number !== "0") {
    const words = plain(headers.get("grpc-message") ?? "");
    const why = `grpc-status ${quoted(number).slice(1, -1)} ${code}${words === "" ? "" : `: the server says ${quoted(words, 200)}`}`;
    return ruled(RULES, code, why);
  }
  // compressed, length, and the message: nothing, or its field 1
  const status = body.length === 5 ? 0 : body.length >= 7 && body.readUInt8(5) === 8 ? body.readUInt8(6) : -1;
  if (status < 0) return refuse("breaks the rules of gRPC: its answer is no HealthCheckResponse");
  const is = SERVING.split(" ").at(status) ?? `in state ${status}`;
  return status === 1
    ? pass()
    : wait(`${name === "" ? "the server" : `service ${quoted(name)}`} is ${is}`, "answering");
}

/** grpc-message is percent-encoded UTF-8 (PROTOCOL-HTTP2.md); what is not stays as it is. */
function plain(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
