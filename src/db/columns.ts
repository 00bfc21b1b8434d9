import { sql } from "drizzle-orm";
import { customType, text } from "drizzle-orm/sqlite-core";

/** Instant as ISO-8601 UTC text with milliseconds and `Z`: sorts as text and reads the same on both sides of the mirror. */
export const instant = (name: string) => text(name);

/** Calendar date `YYYY-MM-DD`. */
export const calendarDate = (name: string) => text(name);

/** JSON as text; add `check(…, jsonValid(column))` to the table. */
export const json = <T>(name: string) =>
  customType<{ data: T; driverData: string }>({
    dataType: () => "text",
    toDriver: (value) => JSON.stringify(value),
    fromDriver: (stored) => JSON.parse(stored) as T,
  })(name);

/** `json_valid(column)` for a nullable JSON column. */
export const jsonValid = (column: string) => sql.raw(`"${column}" is null or json_valid("${column}")`);

/** `column in (…)` for an enum column. */
export const oneOf = (column: string, values: readonly string[]) =>
  sql.raw(`"${column}" in (${values.map((value) => `'${value}'`).join(", ")})`);
