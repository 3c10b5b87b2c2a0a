/** A Vault server is ready: initialised, unsealed, active or a standby, and takes the token. */
import { pass, refuse, wait, type Complaint, type Kind, type Probe, type Verdict } from "../src/check.ts";
import { field, type Field, type Options } from "../src/fields.ts";
import { asking, get, mistaken, webFields, type Reply, type Site, type Step } from "../src/net/web.ts";

/** What the status of /v1/sys/health says (Vault's API documents, system/health): "status | it | the cure". */
const STATES = `
429 | is a standby | standby: true takes one
472 | is a secondary for disaster recovery |
473 | is a performance standby | standby: true takes one
474 | is a standby, and no node is active |
501 | is not initialised | vault operator init
503 | is sealed | vault operator unseal
530 | is removed from its cluster |
`;

export const vault: Kind = {
  name: "vault",
  summary: "a Vault server is initialised and unsealed, and takes this token",
  schemes: ["vault"],
  timeout: 5000,
  fixed: false,
  fields: (): readonly Field[] =>
    webFields(site(), "a server", [field("flag", "standby", "whether a standby will do", "true")]),
  verify: (o): readonly Complaint[] => mistaken(o, site()),
  bind: (o): Probe => asking(o, site(), requests(o)),
};

function site(): Site {
  const token = "x-vault-token: ";
  return {
    name: "vault",
    schemes: "vault",
    protocol: "Vault",
    port: 8200,
    tlsPort: 8200,
    path: "",
    token,
    login: "url",
  };
}

function requests(o: Options): readonly Step[] {
  const speaks = o.text("level") === "speaks";
  const query = o.flag("standby") ? "?standbyok=true&perfstandbyok=true" : "";
  const out: Step[] = [get(`/v1/sys/health${query}`, (r) => health(r, speaks))];
  if (!speaks && o.text("token") !== "")
    out.push(get("/v1/auth/token/lookup-self", (r) => (r.json("data.id") === "" ? r.judge("") : pass())));
  return out;
}

function health(r: Reply, speaks: boolean): Verdict {
  if (r.json("initialized") === "") return r.judge("");
  if (speaks || r.status === 200) return pass();
  const row = STATES.split("\n").find((line) => line.startsWith(`${r.status} `)) ?? "";
  const [, is, cure] = row.split("|").map((column) => column.trim());
  if (is === undefined || is === "") return r.judge("");
  return r.status === 530 ? refuse(is) : wait(is, "answering", cure ?? "");
}
