/** A Consul agent is ready: its cluster has a leader, and it knows the service and the key. */
import { pass, wait, type Complaint, type Kind, type Probe, type Verdict } from "../src/check.ts";
import { field, type Field, type Options } from "../src/fields.ts";
import { asking, encoded, get, mistaken, webFields, type Reply, type Site, type Step } from "../src/net/web.ts";
import { quoted } from "../src/text.ts";

/** By status and words, of Consul's API documents and agent/http.go; 500 is "No known Consul servers", "No cluster leader". */
const RULES = `
pass | 401 ACL support disabled | | agent/acl_endpoint.go: a token is not looked at
refuse | 403 ACL not found | there is no such token | agent/http.go
refuse | 403 Permission denied | the token's policies do not allow it | acl/errors.go
`;

export const consul: Kind = {
  name: "consul",
  summary: "a Consul agent knows the leader of its cluster, and takes this token",
  schemes: ["consul"],
  timeout: 5000,
  fixed: false,
  fields: (): readonly Field[] =>
    webFields(site(), "an agent", [
      field("text", "service", "a service that must have an instance whose checks pass"),
      field("text", "key", "a key of its store that must be there"),
    ]),
  verify: (o): readonly Complaint[] => mistaken(o, site()),
  bind: (o): Probe => asking(o, site(), requests(o)),
};

function site(): Site {
  const token = "x-consul-token: ";
  return {
    name: "consul",
    schemes: "consul",
    protocol: "Consul",
    port: 8500,
    tlsPort: 8501,
    path: "",
    token,
    login: "url",
  };
}

function requests(o: Options): readonly Step[] {
  const speaks = o.text("level") === "speaks";
  const out: Step[] = [get("/v1/status/leader", (r) => leader(r, speaks))];
  if (speaks) return out;
  if (o.text("token") !== "")
    // /v1/status needs none, and looks at none
    out.push(get("/v1/acl/token/self", (r) => (r.json("AccessorID") === "" ? r.judge(RULES) : pass())));
  const there = (name: string, path: string, why: string): void => {
    const missing = `${name} ${quoted(o.value(name)?.raw ?? "")} ${why}`;
    const judge = (r: Reply): Verdict => {
      if (r.status === 404 || r.json("$") === "[]") return wait(missing, "answering");
      return r.json("[0]") === "" ? r.judge(RULES) : pass();
    };
    if (o.given(name)) out.push(get(path, judge));
  };
  there("service", `/v1/health/service/${encoded(o.text("service"))}?passing=1`, "has no instance that passes");
  there("key", `/v1/kv/${encoded(o.text("key"))}`, "does not exist");
  return out;
}

/** "10.0.0.1:8300"; without a leader it is "" with status 200 (hashicorp/consul#1025), or 500. */
function leader(r: Reply, speaks: boolean): Verdict {
  const is = r.json("$");
  if (r.status === 200 && /^.+:[0-9]+$/.test(is)) return pass();
  if (speaks && (r.text.trim() === '""' || /^(?:No |ACL |Permission |rpc error)/.test(r.text))) return pass();
  return r.text.trim() === '""' ? wait("its cluster has no leader", "answering") : r.judge(RULES);
}
