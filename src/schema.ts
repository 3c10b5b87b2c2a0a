/** The JSON Schema (2020-12) of the configuration, made from the kinds. */
import type { Kind } from "./check.ts";
import { COMMON, GROUP, GROUPS, TOP } from "./config/load.ts";
import type { Field } from "./fields.ts";
import { LONGEST } from "./pattern.ts";

/** Any scalar: a text field takes it as it is written. */
const SCALAR = '{"type":["string","number","boolean"]}';
const REFERENCE = '{"type":"string","pattern":"\\\\$\\\\{"}';
const SIZE = "^[0-9]{1,12}(([KMGT]i?)?B)?";
const CHECKS = '{"type":"array","items":{"$ref":"#/$defs/check"}}';
const MEMBERS = '{"type":"array","minItems":1,"items":{"$ref":"#/$defs/check"}}';

/** The schema as JSON text, keys in the order of the fields. */
export function schema(kinds: readonly Kind[]): string {
  const heads = kinds.map((k) => object(k.summary, [...k.fields(), ...COMMON.list]));
  const groups = GROUPS.map((g) =>
    merged(object(g === "any" ? "one of these is enough" : "all of these", GROUP.list), g, MEMBERS),
  );
  const names = [...kinds.map((k) => k.name), ...GROUPS];
  const variants = [...heads, ...groups].map((s, i) => `{"if":${named(names.at(i) ?? "", kinds)},"then":${s}}`);
  const known = `{"anyOf":[${names.map((n) => `{"required":["${n}"]}`).join(",")}]}`;
  const check = `{"type":"object","allOf":[${known},${variants.join(",")}]}`;
  const top = TOP.map((f) => `"${f.name}":${described(f)}`);
  const properties = `{${top.join(",")},"checks":${CHECKS},"health":${CHECKS}}`;
  return `{"$schema":"https://json-schema.org/draft/2020-12/schema","title":"preflight","type":"object","additionalProperties":false,"properties":${properties},"$defs":{"check":${check}}}`;
}

/** When an item is of this kind: its name is there, and is not a field of another kind that is. */
function named(name: string, kinds: readonly Kind[]): string {
  const others = kinds.filter((k) => k.name !== name && k.fields().some((f) => f.name === name));
  const any = others.map((k) => `{"required":["${k.name}"]}`).join(",");
  return `{"required":["${name}"]${any === "" ? "" : `,"not":{"anyOf":[${any}]}`}}`;
}

function object(summary: string, fields: readonly Field[]): string {
  const properties = fields.map((f) => `"${f.name}":${described(f)}`).join(",");
  const needed = fields.filter((f) => f.required).map((f) => `"${f.name}"`);
  return `{"type":"object","description":${JSON.stringify(summary)},"properties":{${properties}},"required":[${needed.join(",")}],"additionalProperties":false}`;
}

/** The group's own key among the fields of its object. */
function merged(json: string, key: string, value: string): string {
  return json
    .split('"properties":{')
    .join(`"properties":{"${key}":${value},`)
    .split('"required":[')
    .join(`"required":["${key}"`);
}

/** One field, with its description and default. */
function described(f: Field): string {
  const or = f.or === "" ? "" : `,"default":${f.sort === "flag" || f.sort === "count" ? f.or : JSON.stringify(f.or)}`;
  return `{"description":${JSON.stringify(f.about)}${or},${shape(f)}}`;
}

/** What a field takes; a text with a reference is judged when it has been replaced. */
function shape(f: Field): string {
  if (f.choices.length > 0) {
    const bare = f.choices.filter((c) => /^(?:true|false|[0-9.]+)$/.test(c)); // YAML has other names for these
    const words = [...f.choices.map((c) => JSON.stringify(c)), ...bare].join(",");
    return `"anyOf":[{"enum":[${words}]},${REFERENCE}]`;
  }
  switch (f.sort) {
    case "text":
      return '"type":["string","number","boolean"]';
    case "list":
      return `"anyOf":[${SCALAR},{"type":"array","items":${SCALAR}}]`;
    case "flag":
      return `"anyOf":[{"enum":[true,false,"true","false"]},${REFERENCE}]`;
    case "count":
      return `"anyOf":[{"type":"integer","minimum":0},{"type":"string","pattern":"^[0-9]{1,15}$"},${REFERENCE}]`;
    case "number":
      return `"anyOf":[{"type":"number"},{"type":"string","pattern":"^-?[0-9]{1,15}(\\\\.[0-9]{1,15})?$"},${REFERENCE}]`;
    case "duration":
      return `"anyOf":[{"const":0},{"type":"string","pattern":"^(0|([0-9]+(\\\\.[0-9]+)?(ms|s|m|h))+)$"},${REFERENCE}]`;
    case "size":
      return `"anyOf":[{"type":"integer","minimum":0},{"type":"string","pattern":"${SIZE}$"},${REFERENCE}]`;
    case "amount":
      return `"anyOf":[{"type":"integer","minimum":0},{"type":"string","pattern":"${SIZE}$|^(100|[0-9]{1,2})%$"},${REFERENCE}]`;
    case "mode":
      return `"anyOf":[{"type":"integer","minimum":0,"maximum":7777},{"type":"string","pattern":"^(0o?)?[0-7]{3,4}$"},${REFERENCE}]`;
    case "pattern":
      return `"type":["string","number","boolean"],"maxLength":${LONGEST}`;
    case "pairs":
      return `"type":"object","additionalProperties":${SCALAR}`;
    case "json":
      return '"$comment":"any value"';
    case "records": {
      const one = object(f.about, f.fields);
      return `"anyOf":[${one},{"type":"array","items":${one}}]`;
    }
  }
}
