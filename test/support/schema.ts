/** What a JSON Schema validator that is not ours says of a configuration. */
import { Ajv2020 } from "ajv/dist/2020.js";
import { schemaJson } from "../../scripts/docs.ts";

const ajv = new Ajv2020({ allErrors: true, strict: true, strictTypes: false, strictRequired: false });
const validate = ajv.compile(JSON.parse(schemaJson()) as object);

/** What is wrong with a document, a line each; empty where the schema takes it. */
export function valid(document: unknown): readonly string[] {
  return validate(document) ? [] : (validate.errors ?? []).map((e) => `${e.instancePath} ${e.message ?? ""}`);
}
