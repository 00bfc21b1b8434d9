import type { TableShape } from "./catalogue.ts";
import { literal, quoted } from "./finding.ts";

/** Names that stand in every text of a probe's row. They live in a transaction that is undone. */
export const PROBE_TENANTS = { own: "vigia-probe-own", foreign: "vigia-probe-foreign" } as const;
export const PROBE_USERS = {
  own: "00000000-0000-4000-8000-00000000000a",
  foreign: "00000000-0000-4000-8000-00000000000b",
} as const;

export type Side = keyof typeof PROBE_TENANTS;

/** `insert` of one row that belongs to `side`; `mark` keeps two rows of a side apart. */
export function renderInsert(table: string, shape: TableShape, side: Side, mark = ""): string {
  const columns = Object.entries(shape.columns).filter(([name, definition]) => isNeeded(name, definition));
  const values = columns.map(([name, definition]) => renderValue(name, definition, shape, side, mark));
  return `insert into ${table} (${columns.map(([name]) => quoted(name)).join(", ")}) values (${values.join(", ")})`;
}

/** Condition that picks the rows of `side`; undefined when the table has no text to tell them by. */
export function renderCondition(shape: TableShape, side: Side): string | undefined {
  if (shape.columns.tenant_id !== undefined) return `tenant_id = ${literal(PROBE_TENANTS[side])}`;
  if (shape.columns.user_id !== undefined) return `user_id = ${literal(PROBE_USERS[side])}`;
  const free = Object.entries(shape.columns).find(
    ([name, definition]) => isNeeded(name, definition) && definition.startsWith("text") && !allowedOf(name, shape),
  );
  return free && `${quoted(free[0])} = ${literal(PROBE_TENANTS[side])}`;
}

const isNeeded = (name: string, definition: string) =>
  name === "tenant_id" ||
  name === "user_id" ||
  (/ not null/.test(definition) && !/ default | generated /.test(definition));

function renderValue(name: string, definition: string, shape: TableShape, side: Side, mark: string): string {
  if (name === "tenant_id") return literal(PROBE_TENANTS[side] + (shape.constraints.tenants_slug ? mark : ""));
  if (name === "user_id") return literal(PROBE_USERS[side]);
  const allowed = allowedOf(name, shape);
  if (allowed) return allowed;
  if (definition.startsWith("text")) return literal(`${PROBE_TENANTS[side]}${mark}`);
  if (definition.startsWith("uuid")) return "gen_random_uuid()";
  if (definition.startsWith("json")) return "'{}'";
  if (definition.startsWith("boolean")) return "true";
  if (definition.startsWith("date")) return "current_date";
  return definition.startsWith("timestamp") ? "now()" : "1";
}

/** First value that a check constraint on this column lists. */
function allowedOf(name: string, shape: TableShape): string | undefined {
  for (const definition of Object.values(shape.constraints)) {
    const [, column, first] = /^CHECK \(\(\(?"?(\w+)"? = ANY \(ARRAY\[('(?:[^']|'')*'|\d+)/.exec(definition) ?? [];
    if (column === name) return first;
  }
  return undefined;
}
