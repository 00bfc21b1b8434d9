import type { Schema } from "./json-schema.ts";
import type { Parameter, Route } from "./openapi.ts";

/** Values that exist, by the name of a path parameter; the path tells apart what is called the same. */
export type KnownValues = (name: string, path: string) => readonly string[] | undefined;

/**
 * Requests that meet every documented shape of a read: each known value in the path, and each optional parameter of the
 * query with each of its listed values or its example. Throws for a path parameter of which no value is known.
 */
export function addressesOf({ path, operation }: Route, known: KnownValues): string[] {
  const parameters = operation.parameters ?? [];
  let paths = [path];
  for (const parameter of parameters.filter((one) => one.in === "path")) {
    const values = known(parameter.name, path) ?? listed(parameter.schema);
    if (values.length === 0) throw new Error(`Say in the test what {${parameter.name}} of ${path} may be.`);
    paths = paths.flatMap((one) =>
      values.map((value) => one.replace(`{${parameter.name}}`, encodeURIComponent(value))),
    );
  }
  return paths.flatMap((one) =>
    queriesOf(parameters.filter((parameter) => parameter.in === "query")).map((q) => one + q),
  );
}

function queriesOf(parameters: readonly Parameter[]): string[] {
  const needed = parameters.filter(({ required }) => required).map((one) => [one.name, listed(one.schema)[0] ?? "1"]);
  const optional = parameters.filter(({ required, name }) => !required && name !== "cursor");
  const choices = optional.flatMap(({ name, schema }) => listed(schema).map((value) => [name, value]));
  return [[], ...choices.map((choice) => [choice])].map((extra) => {
    const query = new URLSearchParams([...needed, ...extra] as [string, string][]).toString();
    return query && `?${query}`;
  });
}

/** What a schema names itself. */
function listed({ enum: values, example, anyOf = [] }: Schema): string[] {
  if (values) return values.map(String);
  if (example !== undefined) return [String(example)];
  return anyOf.flatMap((choice) => listed(choice));
}
