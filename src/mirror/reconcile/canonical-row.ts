import type { RemoteRow } from "../rows.ts";
import { type ColumnKind, columnOf, type RowStream } from "../stream.ts";
import { parseInstant } from "./instant.ts";

/**
 * One text for a row however a side spells it: equal texts are equal rows. Takes what `loadRows` gives and what PostgREST
 * answers: `Z` and `+00:00`, 12.34 and 12.3400, another order of keys in JSON. Numbers of kind `real` compare as doubles,
 * `integer` exactly.
 */
export function canonicalRow(stream: RowStream, row: RemoteRow, columns: readonly string[]): string {
  return JSON.stringify(columns.map((name) => canonicalValue(columnOf(stream, name).kind, row[name])));
}

function canonicalValue(kind: ColumnKind, value: unknown): string | null {
  if (value === null || value === undefined) return null;
  return SPELLINGS[kind](value);
}

const SPELLINGS: Readonly<Record<ColumnKind, (value: unknown) => string | null>> = {
  text: asText,
  integer: canonicalInteger,
  real: canonicalReal,
  boolean: (value) =>
    typeof value === "boolean" || typeof value === "number" ? String(Boolean(value)) : asText(value),
  instant: (value) => canonicalInstant(asText(value)),
  date: (value) => asText(value).replace(/^(\d{4}-\d{2}-\d{2})[T ].*$/, "$1"),
  json: canonicalJson,
};

function asText(value: unknown): string {
  return typeof value === "string" ? value : canonicalJson(value);
}

/** What a double cannot hold exactly is equal to nothing of ours: SQLite's client refuses such numbers. */
function canonicalInteger(value: unknown): string {
  if (typeof value !== "number") return asText(value);
  return Number.isSafeInteger(value) || !Number.isInteger(value) ? String(value) : `inexact ${value}`;
}

/** NaN and the infinities leave as null, as JSON has none; the minus of zero is lost on the way. */
function canonicalReal(value: unknown): string | null {
  const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  if (typeof number !== "number" || (Number.isNaN(number) && typeof value === "string")) return asText(value);
  return Number.isFinite(number) ? String(number) : null;
}

function canonicalInstant(text: string): string {
  const micros = parseInstant(text);
  return micros === undefined ? text : String(micros);
}

/** JSON with sorted keys and without white space. */
function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  const entries = Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1));
  return `{${entries.map(([name, inner]) => `${JSON.stringify(name)}:${canonicalJson(inner)}`).join(",")}}`;
}
