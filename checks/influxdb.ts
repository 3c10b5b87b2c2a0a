/** An InfluxDB server is ready: 1, 2 or 3, by its health, its login and its database or bucket. */
import { pass, wait, type Complaint, type Kind, type Probe, type Verdict } from "../src/check.ts";
import { field, type Field, type Options } from "../src/fields.ts";
import { asking, get, mistaken, user, webFields, where, type Reply, type Site, type Step } from "../src/net/web.ts";
import { quoted } from "../src/text.ts";

export const influxdb: Kind = {
  name: "influxdb",
  summary: "an InfluxDB server is healthy, and takes this login",
  schemes: ["influxdb"],
  timeout: 5000,
  fixed: false,
  fields: (): readonly Field[] =>
    webFields(site(), "a server", [
      field("text", "database", "a database of version 1 that must be there, where the URL does not say it"),
      field("text", "bucket", "a bucket of version 2 that must be there; it needs a token"),
    ]),
  verify: (o): readonly Complaint[] => {
    const out = [...mistaken(o, site())];
    if (o.given("bucket") && !o.given("token")) out.push({ field: "bucket", text: 'needs a "token"' });
    return out;
  },
  bind: (o): Probe => asking(o, site(), requests(o)),
};

function site(): Site {
  const token = "authorization: Token ";
  return {
    name: "influxdb",
    schemes: "influxdb",
    protocol: "InfluxDB",
    port: 8086,
    tlsPort: 8086,
    path: "database",
    token,
    login: "basic",
  };
}

/** Without a login only what needs none is asked. */
function requests(o: Options): readonly Step[] {
  const ping = get("/ping", alive);
  if (o.text("level") === "speaks") return [ping];
  const out: Step[] = [ping, get("/health", healthy)];
  const s = where(o, site());
  const database = s.path === "" ? o.text("database") : s.path;
  const bucket = o.given("bucket") ? `&name=${encodeURIComponent(o.text("bucket"))}` : "";
  if (o.given("token") && database === "")
    out.push(get(`/api/v2/buckets?limit=1${bucket}`, (r) => (r.json("buckets") === "" ? r.judge("") : pass())));
  else if (database !== "")
    out.push(get(`/query?db=${encodeURIComponent(database)}&q=SHOW%20RETENTION%20POLICIES`, queried));
  else if (user(o, s) !== "") out.push(get("/query?q=SHOW%20DATABASES", queried));
  return out;
}

/** Every version names itself in a header. */
function alive(r: Reply): Verdict {
  return /^20[04]$/.test(`${r.status}`) && r.header("x-influxdb-version") !== "" ? pass() : r.judge("");
}

/** There is none before 1.8. */
function healthy(r: Reply): Verdict {
  if (r.status === 404 || r.json("status") === "pass" || (r.status === 200 && r.text.trim() === "OK")) return pass();
  return r.judge("");
}

/** A query that fails is answered with 200, and a reason. */
function queried(r: Reply): Verdict {
  const error = r.json("results[0].error");
  if (error !== "") return wait(`the server says ${quoted(error, 200)}`, "answering");
  return r.json("results") === "" ? r.judge("") : pass();
}
