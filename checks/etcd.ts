/** An etcd member is ready: its cluster has a quorum, which takes the login and has the key. */
import { pass, wait, type Complaint, type Kind, type Probe, type Verdict } from "../src/check.ts";
import { field, type Field, type Options } from "../src/fields.ts";
import { asking, get, mistaken, password, post, user, webFields, where, type Site, type Step } from "../src/net/web.ts";
import { quoted } from "../src/text.ts";

/** What it answers under /v3 (etcd 3.4 or newer), by its words. "live" is the scenario in test/transcripts, seen on 3.4.23. */
const RULES = `
refuse | etcdserver: authentication failed | | live auth-wrong
refuse | etcdserver: authentication is not enabled | it has no users: leave "user" out | status 412 on 3.4.23, 400 on 3.7.3
refuse | etcdserver: user name is empty | give "user" and "password" | live auth-missing
refuse | etcdserver: permission denied | this user may not read the key | seen on 3.4.23 and 3.7.3
refuse | etcdserver: invalid auth token | | rpctypes/error.go
`;

export const etcd: Kind = {
  name: "etcd",
  summary: "an etcd member has a quorum, and takes this login",
  schemes: ["etcd"],
  timeout: 5000,
  fixed: false,
  fields: (): readonly Field[] => webFields(site(), "a member", [field("text", "key", "a key that must be there")]),
  verify: (o): readonly Complaint[] => mistaken(o, site()),
  bind: (o): Probe => asking(o, site(), requests(o)),
};

function site(): Site {
  return {
    name: "etcd",
    schemes: "etcd",
    protocol: "etcd",
    port: 2379,
    tlsPort: 2379,
    path: "",
    token: "",
    login: "own",
  };
}

/** /health reads through the cluster, and needs no login; /version answers without a quorum too. */
function requests(o: Options): readonly Step[] {
  if (o.text("level") === "speaks")
    return [get("/version", (r) => (r.json("etcdserver") === "" ? r.judge(RULES, r.words()) : pass()))];
  const out: Step[] = [
    get("/health", (r): Verdict => {
      const health = r.json("health");
      if (health === "true") return pass();
      if (health === "") return r.judge(RULES, r.words());
      const reason = r.json("reason");
      return wait(
        `has no quorum: health is ${quoted(health)}${reason === "" ? "" : ` (${quoted(reason)})`}`,
        "answering",
      );
    }),
  ];
  const s = where(o, site());
  const name = user(o, s);
  if (name !== "") {
    const login = JSON.stringify({ name, password: password(o, s) });
    out.push(
      post("/v3/auth/authenticate", login, (r): Verdict => {
        const token = r.json("token");
        if (token === "") return r.judge(RULES, r.words());
        r.carry("authorization", token);
        return pass();
      }),
    );
  }
  if (o.given("key")) {
    const key = Buffer.from(o.text("key")).toString("base64");
    out.push(
      post("/v3/kv/range", JSON.stringify({ key, count_only: true }), (r): Verdict => {
        if (r.json("header.revision") === "") return r.judge(RULES, r.words());
        if (r.json("count") !== "") return pass();
        return wait(`key ${quoted(o.value("key")?.raw ?? "")} does not exist`, "answering");
      }),
    );
  }
  return out;
}
