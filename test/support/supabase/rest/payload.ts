import type { Column } from "./catalogue.ts";
import { RestError } from "./errors.ts";
import { quoteIdentifier } from "./sql-text.ts";

const invalid = (message: string): RestError => new RestError(400, "PGRST102", message);

/** Keys of the rows in a body, which must be the same in each. The values are left to Postgres, which reads the raw text. */
export function readKeys(body: string): string[] {
  const parsed = parseJson(body);
  const rows: unknown[] = Array.isArray(parsed) ? parsed : [parsed];
  if (!rows.every(isObject)) throw invalid("Empty or invalid json");
  const keys = Object.keys(rows[0] ?? {});
  const first = signatureOf(keys);
  if (rows.some((row) => signatureOf(Object.keys(row)) !== first)) throw invalid("All object keys must match");
  return keys;
}

const signatureOf = (keys: string[]): string => JSON.stringify([...keys].sort());

/** Names of the arguments in the body of a call; none in an empty one. */
export function readArguments(body: string): string[] {
  const parsed = body === "" ? {} : parseJson(body);
  if (!isObject(parsed)) throw invalid("Empty or invalid json");
  return Object.keys(parsed);
}

const isObject = (value: unknown): value is object =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw invalid("Empty or invalid json");
  }
}

/** One object or an array of them, always as an array. */
const asArray = (json: string): string =>
  `(case when json_typeof(${json}) = 'array' then ${json} else json_build_array(${json}) end)`;

const typedColumns = (columns: { name: string; type: string }[]): string =>
  columns.map(({ name, type }) => `${quoteIdentifier(name)} ${type}`).join(", ");

/**
 * `from` list that yields `pgrst_body`, one row for each object of the body, with the types of the catalogue: one parameter
 * whatever the number of rows. Without columns it yields one row for each object all the same.
 */
export function renderPayload(body: string, columns: Column[]): string {
  const rows = `json_array_elements(${asArray(`${body}::json`)}) as pgrst_element (value)`;
  return columns.length === 0
    ? rows
    : `${rows}, lateral json_to_record(pgrst_element.value) as pgrst_body (${typedColumns(columns)})`;
}

/** The value of a column; a key that a row does not have is NULL, or the default under `missing=default`. */
export function renderValue(column: Column, { withDefault }: { withDefault: boolean }): string {
  const value = `pgrst_body.${quoteIdentifier(column.name)}`;
  if (!withDefault || column.defaultExpression === null) return value;
  const present = `pgrst_element.value::jsonb ? '${column.name.replaceAll("'", "''")}'`;
  return `case when ${present} then ${value} else ${column.defaultExpression} end`;
}

/** `from` list that yields `pgrst_body`, the arguments of a call. */
export const renderArguments = (body: string, parameters: { name: string; type: string }[]): string =>
  `json_to_record(${body}::json) as pgrst_body (${typedColumns(parameters)})`;
