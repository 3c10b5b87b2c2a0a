/** The command runs as this user. */
import { fail, pass, unable, type Complaint, type Kind, type Probe, type Verdict } from "../src/check.ts";
import { field, type Field, required } from "../src/fields.ts";
import { called, fileOf, idOf, runsAs, type Owner } from "../src/host/accounts.ts";

export const user: Kind = {
  name: "user",
  summary: "the command runs as this user and group",
  schemes: [],
  timeout: 0,
  fixed: true,
  fields: (): readonly Field[] => [
    required(field("text", "user", "the user's name or number; what --user asks for counts")),
    field("text", "group", "its group's name or number"),
  ],
  verify: (o): readonly Complaint[] => {
    const out: Complaint[] = [];
    for (const name of ["user", "group"]) {
      if ((o.given(name) && o.text(name) === "") || o.text(name).includes(":"))
        out.push({ field: name, text: "must be one name or number" });
    }
    return out;
  },
  bind: (o): Probe => ({
    target: o.given("group") ? `${o.text("user")}:${o.text("group")}` : o.text("user"),
    look: (_deadline, tell) => {
      const verdict = judge("user", o.text("user"));
      tell(verdict.is === "pass" && o.given("group") ? judge("group", o.text("group")) : verdict);
    },
  }),
};

/** A name that nobody has is a mistake, and no proof that the command runs as another. */
function judge(sort: Owner, name: string): Verdict {
  const own = runsAs(sort);
  const want = idOf(sort, name);
  if (own < 0) return unable("cannot be looked at: this system has no numbers for users");
  if (want < 0) return unable(`no such ${sort} in ${fileOf(sort)}`);
  if (own === want) return pass();
  const whose = sort === "user" ? "the command runs as" : "the command's group is";
  const cure = "docker run --user, USER in the Dockerfile, runAsUser in Kubernetes, or preflight --user";
  return fail(`${whose} ${called(sort, own)}, want ${called(sort, want)}`, cure);
}
