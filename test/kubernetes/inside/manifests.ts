/** Tests of what people copy: the API takes each manifest, and the README says what Kubernetes does. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { scenario } from "./scenario.ts";
import { seen } from "./table.ts";
import { fill } from "../../../scripts/docs.ts";
import { call, collection, type Answer, type Manifest } from "../support/api.ts";
import { EXAMPLES, type Room } from "../support/room.ts";

/** Has the API judge a manifest as it is written, unknown fields included, and make nothing. */
function judge(room: Room, text: string): Promise<Answer> {
  const { apiVersion, kind } = parse(text) as Manifest;
  return call("POST", `${collection(apiVersion, kind, room.namespace)}?dryRun=All&fieldValidation=Strict`, text);
}

scenario("each manifest is one that the API takes, and mistakes are found", async (t, room) => {
  const files = readdirSync(EXAMPLES).filter((f) => f.endsWith(".yaml"));
  for (const file of files) {
    for (const text of readFileSync(join(EXAMPLES, file), "utf8").split(/^---$/m)) {
      const other = text.replace(/^( {2}name: .*)$/m, "$1-too"); // config.yaml's are there already
      const { status, text: said } = await judge(room, other);
      t.equal(status === 201 ? "" : said, "", file);
    }
  }
  const job = readFileSync(join(EXAMPLES, "job.yaml"), "utf8");
  for (const [from, to, why] of [
    ["backoffLimit:", "backOffLimit:", /unknown field \\"spec\.backOffLimit\\"/],
    ["values: [75]", "values: [0]", /must not be 0/],
    [
      "restartPolicy: Never",
      "restartPolicy: OnFailure",
      /only .*Never.* is supported when podFailurePolicy is specified/,
    ],
  ] as const) {
    const { status, text } = await judge(room, job.replace(from, to));
    t.ok(status === 400 || status === 422, `${to}: ${status}`);
    t.match(text, why);
  }
});

scenario("the example's README says what Kubernetes does", async (t, room) => {
  const path = join(EXAMPLES, "README.md");
  const text = readFileSync(path, "utf8");
  const made = await fill(path, text, { seen: await seen(room) });
  const masked = (s: string): string => s.replace(/\d+ ms */g, "N ms").replace(/-{3,}/g, "---");
  t.equal(masked(text), masked(made), "npm run test:kubernetes -- --update");
});
