/** A ClickHouse server is ready: it answers this login's query over HTTP, and has the database and the table. */
import { pass, wait, type Complaint, type Kind, type Probe, type Verdict } from "../src/check.ts";
import { field, type Field, type Options } from "../src/fields.ts";
import { asking, get, mistaken, webFields, where, type Reply, type Site, type Step } from "../src/net/web.ts";
import { quoted } from "../src/text.ts";

/** By the number of its exception (src/Common/ErrorCodes.cpp). "live" is the scenario in test/transcripts, seen on 18.16.1. */
const RULES = `
refuse | Code 81. | it has no such database | live http-db-missing
refuse | Code 192. | it has no such user | live http-user-unknown
refuse | Code 193. | the password is wrong | live http-auth-wrong
refuse | Code 194. | give "password" | REQUIRED_PASSWORD
refuse | Code 195. | this user may not come from this address | live http-user-ip
refuse | Code 497. | this user may not read it | ACCESS_DENIED
refuse | Code 516. | user or password is wrong | AUTHENTICATION_FAILED, 20.1 and newer
`;

export const clickhouse: Kind = {
  name: "clickhouse",
  summary: "a ClickHouse server answers this login's query over HTTP",
  schemes: ["clickhouse", "clickhouse+http", "clickhouse+https"],
  timeout: 5000,
  fixed: false,
  fields: (): readonly Field[] =>
    webFields(site(), "its HTTP interface", [
      field("text", "database", "the database, where the URL does not say it"),
      field("text", "table", "a table that must be there: name, or database.name"),
    ]),
  verify: (o): readonly Complaint[] => mistaken(o, site()),
  bind: (o): Probe => asking(o, site(), requests(o)),
};

function site(): Site {
  return {
    name: "clickhouse",
    schemes: "clickhouse",
    protocol: "ClickHouse",
    port: 8123,
    tlsPort: 8443,
    path: "database",
    token: "",
    login: "basic",
  };
}

function requests(o: Options): readonly Step[] {
  if (o.text("level") === "speaks")
    return [get("/ping", (r) => (r.text === "Ok.\n" ? pass() : r.judge(RULES, code(r))))];
  const s = where(o, site());
  const name = o.given("database") ? o.text("database") : s.path === "" ? (s.options.get("database") ?? "") : s.path;
  const database = name === "" ? "" : `&database=${encodeURIComponent(name)}`;
  const query = (sql: string, missing: string): Step =>
    get(`/?query=${encodeURIComponent(sql)}${database}`, (r): Verdict => {
      if (r.status !== 200 || !/^[01]\n$/.test(r.text)) return r.judge(RULES, code(r));
      return r.text === "1\n" ? pass() : wait(missing, "answering");
    });
  if (!o.given("table")) return [query("SELECT 1", "")];
  const table = o
    .text("table")
    .split(".")
    .map((part) => `\`${part.replace(/[\\`]/g, "\\$&")}\``)
    .join(".");
  return [query(`EXISTS TABLE ${table}`, `table ${quoted(o.value("table")?.raw ?? "")} does not exist`)];
}

/** "Code: 193, e.displayText() = …", and since 21 "Code: 516. DB::Exception: …". */
function code(r: Reply): string {
  const m = /^(?:Code: |Poco::Exception\. Code: )([0-9]+)/.exec(r.text);
  return m === null ? `${r.status}` : `Code ${m[1] ?? ""}.`;
}
