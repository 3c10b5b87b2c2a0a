/** An Elasticsearch or OpenSearch cluster is ready: its shards are assigned, it takes this login, and has the index. */
import { pass, wait, type Complaint, type Kind, type Probe, type Verdict } from "../src/check.ts";
import { choice, field, type Field, type Options } from "../src/fields.ts";
import { asking, get, head, mistaken, webFields, where, type Reply, type Site, type Step } from "../src/net/web.ts";
import { plural, quoted } from "../src/text.ts";

/** By status and the sort of the first root cause. All else that is no 401, 403 or 407 may pass by: 429, 503 (state not recovered). */
const RULES = `
wait | 401 unavailable_shards_exception | its users are not loaded yet | elasticsearch#122863
wait | 503 OpenSearch Security not initialized | its users are not loaded yet | security plugin, BackendRegistry
refuse | 403 security_exception | this user needs the cluster privilege "monitor" | Elasticsearch's security privileges
`;

export const elasticsearch: Kind = {
  name: "elasticsearch",
  summary: "an Elasticsearch or OpenSearch cluster has its shards, by this login",
  schemes: ["elasticsearch", "opensearch"],
  timeout: 5000,
  fixed: false,
  fields: (): readonly Field[] =>
    webFields(site(), "a node", [
      choice(
        "status",
        "the least that the cluster must be; one node alone with replicas stays yellow",
        ["yellow", "green"],
        "yellow",
      ),
      field("text", "index", "an index or alias that must be there, where the URL does not say it"),
    ]),
  verify: (o): readonly Complaint[] => mistaken(o, site()),
  bind: (o): Probe => asking(o, site(), requests(o)),
};

function site(): Site {
  const schemes = "elasticsearch opensearch";
  const token = "authorization: ApiKey ";
  return {
    name: "elasticsearch",
    schemes,
    protocol: "Elasticsearch",
    port: 9200,
    tlsPort: 9200,
    path: "index",
    token,
    login: "basic",
  };
}

/** With this time out, and without a master, it says so at once and not after 30 s (ClusterHealthRequest.timeout). */
function requests(o: Options): readonly Step[] {
  if (o.text("level") === "speaks") return [get("/", speaks)];
  const out: Step[] = [get("/_cluster/health?timeout=1s", (r) => health(r, o.text("status")))];
  const { path } = where(o, site());
  const index = path === "" ? o.text("index") : path;
  if (index !== "") {
    out.push(
      head(`/${encodeURIComponent(index)}`, (r): Verdict => {
        if (r.status === 200) return pass();
        return r.status === 404
          ? wait(`index ${quoted(o.value("index")?.raw ?? path)} does not exist`, "answering")
          : said(r);
      }),
    );
  }
  return out;
}

/** A login may be missing: then too it has answered in its own words. */
function speaks(r: Reply): Verdict {
  const own = r.json("version.number") !== "" || r.json("error.type") !== "" || /^Unauthorized/.test(r.text);
  return own && /^(?:200|401|403)$/.test(`${r.status}`) ? pass() : said(r);
}

function health(r: Reply, wanted: string): Verdict {
  const is = r.json("status");
  if (!/^(?:red|yellow|green)$/.test(is)) return said(r);
  if (is === "green" || is === wanted) return pass();
  const count = Number(r.json("unassigned_shards"));
  return wait(`the cluster is ${is}, want ${wanted}: ${plural(count, "shard")} not assigned`, "answering");
}

function said(r: Reply): Verdict {
  const type = r.json("error.root_cause[0].type");
  return r.judge(RULES, `${r.status} ${type === "" ? r.words() : type}`);
}
