/** A variable is set as wanted. */
import { fail, pass, type Complaint, type Kind, type Probe, type Verdict } from "../src/check.ts";
import { variable } from "../src/host/environment.ts";
import { field, required } from "../src/fields.ts";

export const env: Kind = {
  name: "env",
  summary: "a variable is set as wanted",
  schemes: ["env"],
  timeout: 0,
  fixed: true,
  fields: [required(field("list", "env", "the variable, or a list of them"))],
  verify: (): readonly Complaint[] => [],
  bind: (o): Probe => ({
    target: o.list("env").join(", "),
    look: (_deadline, tell) => {
      const v: Verdict = variable(o.text("env")) === undefined ? fail("not set") : pass();
      tell(v);
    },
  }),
};
