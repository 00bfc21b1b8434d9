/** The part of JSON Schema that the API's description uses. */
export interface Schema {
  $ref?: string;
  type?: string | string[];
  format?: string;
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: boolean | Schema;
  items?: Schema;
  anyOf?: Schema[];
  allOf?: Schema[];
  oneOf?: Schema[];
  not?: Schema;
  enum?: unknown[];
  const?: unknown;
  minimum?: number;
  maximum?: number;
  example?: unknown;
}

const TYPES: Record<string, (value: unknown) => boolean> = {
  null: (value) => value === null,
  string: (value) => typeof value === "string",
  number: (value) => typeof value === "number",
  integer: Number.isInteger,
  boolean: (value) => typeof value === "boolean",
  array: Array.isArray,
  object: (value) => typeof value === "object" && value !== null && !Array.isArray(value),
};

/**
 * Everything about `value` that its schema does not say, each with its place: wrong types, missing and undocumented
 * properties, values outside of an enumeration. Stricter than JSON Schema, which lets undocumented properties pass.
 */
export function schemaFaults(value: unknown, schema: Schema, resolve: (ref: string) => Schema, at = "$"): string[] {
  const check = (part: unknown, of: Schema, place: string) => schemaFaults(part, of, resolve, place);
  if (schema.$ref) return check(value, resolve(schema.$ref), at);
  if (schema.allOf) return check(value, merge(schema.allOf, resolve), at);
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices) {
    const tries = choices.map((choice) => check(value, choice, at));
    return tries.some((faults) => faults.length === 0) ? [] : (tries.toSorted((a, b) => a.length - b.length)[0] ?? []);
  }
  if (schema.not && Object.keys(schema.not).length === 0) return [`${at} must not be there`];
  const types = schema.type === undefined ? [] : [schema.type].flat();
  if (types.length > 0 && !types.some((type) => TYPES[type]?.(value)))
    return [`${at} is ${JSON.stringify(value)?.slice(0, 40)}, not ${types.join(" or ")}`];
  if (schema.enum && !schema.enum.includes(value)) return [`${at} is ${JSON.stringify(value)}, not in the list`];
  if (schema.const !== undefined && schema.const !== value) return [`${at} is not ${JSON.stringify(schema.const)}`];
  if (typeof value === "number" && (value < (schema.minimum ?? -Infinity) || value > (schema.maximum ?? Infinity)))
    return [`${at} is ${value}: out of range`];
  if (Array.isArray(value)) {
    const items = schema.items ?? {};
    return value.flatMap((item, index) => check(item, items, `${at}[${index}]`));
  }
  return typeof value === "object" && value !== null
    ? objectFaults(value as Record<string, unknown>, schema, at, check)
    : [];
}

function objectFaults(
  value: Record<string, unknown>,
  { properties, required = [], additionalProperties }: Schema,
  at: string,
  check: (value: unknown, schema: Schema, at: string) => string[],
): string[] {
  const missing = required.filter((name) => !(name in value)).map((name) => `${at}.${name} is missing`);
  const faults = Object.entries(value).flatMap(([name, part]) => {
    const place = `${at}.${name}`;
    const known = properties?.[name];
    if (known) return check(part, known, place);
    if (typeof additionalProperties === "object") return check(part, additionalProperties, place);
    return properties && additionalProperties !== true ? [`${place} is not documented`] : [];
  });
  return [...missing, ...faults];
}

/** One object schema of several. */
function merge(parts: readonly Schema[], resolve: (ref: string) => Schema): Schema {
  const whole = parts.map((part) => (part.$ref ? resolve(part.$ref) : part));
  return {
    type: "object",
    properties: Object.assign({}, ...whole.map(({ properties }) => properties)) as Record<string, Schema>,
    required: whole.flatMap(({ required = [] }) => required),
  };
}
