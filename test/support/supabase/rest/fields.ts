import type { Column } from "./catalogue.ts";
import { parseError, RestError, unsupported } from "./errors.ts";
import { quoteIdentifier, quoteLiteral, splitList, unquote } from "./sql-text.ts";

/** What columns are looked up in: a table, or the rows of a function. */
export interface Source {
  /** As named in a message. */
  name: string;
  schema: string;
  /** Qualifier in SQL, already quoted. */
  prefix: string;
  columns: Map<string, Column>;
}

/** A column, or a place inside a JSON column. */
export interface Field {
  sql: string;
  /** Undefined where the catalogue has no such column: Postgres then says so itself. */
  column: Column | undefined;
  /** Last operator of the path into JSON. */
  arrow: "->" | "->>" | undefined;
  /** Name of the result. */
  label: string;
}

const NAME = String.raw`(?:"(?:[^"\\]|\\.)*"|(?:[^-"().,:\s]|-(?!>))+)`;
const FIELD = new RegExp(String.raw`^\s*(${NAME})((?:->>?${NAME})*)\s*$`, "s");
const ALIASED = new RegExp(String.raw`^\s*(${NAME}):(?!:)(.*)$`, "s");
const CAST = /^(.*)::([a-z_][a-z0-9_ ]*(?:\[\])?)$/is;

/** `name`, `"name"`, `name->a->0->>b`. */
export function parseField(text: string, { prefix, columns }: Source): Field | undefined {
  const match = FIELD.exec(text);
  if (!match) return undefined;
  const name = unquote(match[1]!);
  const steps = [...match[2]!.matchAll(new RegExp(`(->>?)(${NAME})`, "gs"))].map(([, arrow, key]) => ({
    arrow: arrow as "->" | "->>",
    key: unquote(key!),
  }));
  const base = `${prefix}.${quoteIdentifier(name)}`;
  const path = steps.map(({ arrow, key }) => `${arrow}${/^-?\d+$/.test(key) ? key : quoteLiteral(key)}`).join("");
  return {
    sql: steps.length > 0 ? `(to_jsonb(${base})${path})` : base,
    column: columns.get(name),
    arrow: steps.at(-1)?.arrow,
    label: steps.findLast(({ key }) => !/^-?\d+$/.test(key))?.key ?? name,
  };
}

/** The select list of SQL for `select=`; everything when it is absent. */
export function renderSelect(select: string | null, source: Source): string {
  const items = splitList(select ?? "*").map((item) => renderItem(item.trim(), source));
  return items.length > 0 ? items.join(", ") : `${source.prefix}.*`;
}

function renderItem(item: string, source: Source): string {
  if (item === "*") return `${source.prefix}.*`;
  if (/(^|\.)(count|sum|avg|min|max)\(\)/.test(item)) {
    throw new RestError(400, "PGRST123", "Use of aggregate functions is not allowed");
  }
  if (/\(.*\)$/s.test(item)) throw noEmbedding(item, source);
  const [, alias, aliased] = ALIASED.exec(item) ?? [];
  const [, castField, type] = CAST.exec(aliased ?? item) ?? [];
  const field = parseField(castField ?? aliased ?? item, source);
  if (!field) throw parseError("select parameter", item, "unexpected text in a list of columns");
  const value = type ? `cast(${field.sql} as ${type})` : field.sql;
  return `${value} as ${quoteIdentifier(alias ? unquote(alias) : field.label)}`;
}

function noEmbedding(item: string, { schema, name }: Source): RestError {
  const target = item
    .replace(/\(.*$/s, "")
    .replace(/^.*:/s, "")
    .replace(/!.*$/s, "")
    .replace(/^\.{3}/, "");
  return new RestError(
    400,
    "PGRST200",
    `Could not find a relationship between '${name}' and '${target}' in the schema cache`,
    {
      details: `Searched for a foreign key relationship between '${name}' and '${target}' in the schema '${schema}', but the double of these tests knows no embedding.`,
    },
  );
}

/** `a.desc.nullslast,b->>c` as the list after `order by`. */
export function renderOrder(order: string, source: Source): string {
  return splitList(order)
    .map((item) => {
      if (/\(/.test(item)) throw unsupported(`order by an embedded table (${item})`);
      const match = /^(.+?)(?:\.(asc|desc))?(?:\.(nullsfirst|nullslast))?$/s.exec(item);
      const field = match ? parseField(match[1]!, source) : undefined;
      if (!match || !field) throw parseError("order", order, `unexpected "${item}"`);
      return [field.sql, match[2], match[3]?.replace("nulls", "nulls ")].filter(Boolean).join(" ");
    })
    .join(", ");
}
