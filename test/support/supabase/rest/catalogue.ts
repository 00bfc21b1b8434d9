import type { Sql, TransactionSql } from "postgres";
import { RestError } from "./errors.ts";

export interface Column {
  name: string;
  /** Qualified and without modifier, as in `pg_catalog.numeric`. */
  type: string;
  /** Of an array of it; null where there is none. */
  arrayType: string | null;
  /** Expression for a key that a row does not name under `missing=default`. */
  defaultExpression: string | null;
  inPrimaryKey: boolean;
}

export interface Relation {
  schema: string;
  name: string;
  columns: Map<string, Column>;
}

export interface CalledFunction {
  schema: string;
  name: string;
  volatility: "i" | "s" | "v";
  returnsSet: boolean;
  returnsVoid: boolean;
  /** Rows with named columns rather than bare values. */
  returnsRows: boolean;
  parameters: { name: string; type: string; required: boolean }[];
  columns: Map<string, Column>;
}

type Transaction = Sql | TransactionSql;

// Read anew for each request: hosted projects reload PostgREST's cache on every DDL, and a test should not wait for it.
const COLUMNS = `
  select a.attname as name, format('%I.%I', tn.nspname, t.typname) as type,
    (select format('%I.%I', en.nspname, e.typname) from pg_type e join pg_namespace en on en.oid = e.typnamespace
      where e.oid = t.typarray) as array_type,
    case when a.attgenerated <> '' then null
      when a.attidentity = 'd' then
        format('nextval(%L)', pg_get_serial_sequence(format('%I.%I', n.nspname, c.relname), a.attname))
      else pg_get_expr(d.adbin, d.adrelid) end as default_expression,
    coalesce(a.attnum = any (k.conkey), false) as in_primary_key
  from pg_class c
  join pg_namespace n on n.oid = c.relnamespace
  join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
  join pg_type t on t.oid = a.atttypid
  join pg_namespace tn on tn.oid = t.typnamespace
  left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
  left join pg_constraint k on k.conrelid = c.oid and k.contype = 'p'`;

interface ColumnRow {
  name: string;
  type: string;
  array_type: string | null;
  default_expression: string | null;
  in_primary_key: boolean;
}

const toColumns = (rows: ColumnRow[]): Map<string, Column> =>
  new Map(
    rows.map((row) => [
      row.name,
      {
        name: row.name,
        type: row.type,
        arrayType: row.array_type,
        defaultExpression: row.default_expression,
        inPrimaryKey: row.in_primary_key,
      },
    ]),
  );

/** A table or view whatever the caller may do with it: privileges are Postgres' own to check. */
export async function loadRelation(sql: Transaction, schema: string, name: string): Promise<Relation> {
  const rows = await sql.unsafe<ColumnRow[]>(
    `${COLUMNS} where n.nspname = $1::text and c.relname = $2::text and c.relkind in ('r', 'v', 'm', 'f', 'p')
     order by a.attnum`,
    [schema, name],
  );
  if (rows.length === 0) {
    throw new RestError(404, "PGRST205", `Could not find the table '${schema}.${name}' in the schema cache`);
  }
  return { schema, name, columns: toColumns(rows) };
}

interface FunctionRow {
  volatility: "i" | "s" | "v";
  returns_set: boolean;
  returns_void: boolean;
  relation_id: number;
  is_record: boolean;
  argument_names: string[] | null;
  modes: string[] | null;
  types: string[];
  array_types: (string | null)[];
  defaults: number;
}

/** The one function of this name that takes exactly these arguments. */
export async function loadFunction(
  sql: Transaction,
  schema: string,
  name: string,
  given: string[],
): Promise<CalledFunction> {
  const rows = await sql.unsafe<FunctionRow[]>(
    `select p.provolatile as volatility, p.proretset as returns_set, r.typname = 'void' as returns_void,
       r.typrelid::int as relation_id, r.typname = 'record' as is_record, p.proargnames as argument_names,
       p.proargmodes::text[] as modes, p.pronargdefaults::int as defaults,
       array(select format('%I.%I', tn.nspname, t.typname)
         from unnest(coalesce(p.proallargtypes, p.proargtypes::oid[])) with ordinality u (id, at)
         join pg_type t on t.oid = u.id join pg_namespace tn on tn.oid = t.typnamespace order by u.at) as types,
       array(select format('%I.%I', an.nspname, e.typname)
         from unnest(coalesce(p.proallargtypes, p.proargtypes::oid[])) with ordinality u (id, at)
         join pg_type t on t.oid = u.id left join pg_type e on e.oid = t.typarray
         left join pg_namespace an on an.oid = e.typnamespace order by u.at) as array_types
     from pg_proc p join pg_namespace n on n.oid = p.pronamespace join pg_type r on r.oid = p.prorettype
     where n.nspname = $1::text and p.proname = $2::text and p.prokind = 'f'`,
    [schema, name],
  );
  const fitting = rows.map((row) => toFunction(row, schema, name)).filter((candidate) => accepts(candidate, given));
  if (fitting.length === 0) throw functionNotFound(schema, name, given);
  if (fitting.length > 1) {
    throw new RestError(300, "PGRST203", `Could not choose the best candidate function between: ${schema}.${name}`);
  }
  const [found] = fitting as [CalledFunction & { relationId: number }];
  if (found.relationId === 0) return found;
  const columns = await sql.unsafe<ColumnRow[]>(`${COLUMNS} where c.oid = $1::text::oid order by a.attnum`, [
    String(found.relationId),
  ]);
  return { ...found, columns: toColumns(columns) };
}

function toFunction(row: FunctionRow, schema: string, name: string): CalledFunction & { relationId: number } {
  const all = row.types.map((type, index) => ({
    name: row.argument_names?.[index] ?? "",
    type,
    arrayType: row.array_types[index] ?? null,
    mode: row.modes?.[index] ?? "i",
  }));
  const inputs = all.filter(({ mode }) => "ibv".includes(mode));
  const outputs = all.filter(({ mode }) => "obt".includes(mode));
  return {
    schema,
    name,
    volatility: row.volatility,
    returnsSet: row.returns_set,
    returnsVoid: row.returns_void,
    returnsRows: row.relation_id !== 0 || row.is_record,
    parameters: inputs.map((input, index) => ({
      name: input.name,
      type: input.type,
      required: index < inputs.length - row.defaults,
    })),
    columns: new Map(
      outputs.map((output) => [output.name, { ...output, defaultExpression: null, inPrimaryKey: false }]),
    ),
    relationId: row.relation_id,
  };
}

const accepts = ({ parameters }: CalledFunction, given: string[]): boolean =>
  parameters.every(({ name, required }) => !required || given.includes(name)) &&
  given.every((name) => parameters.some((parameter) => parameter.name === name));

function functionNotFound(schema: string, name: string, given: string[]): RestError {
  const called = given.length > 0 ? `${schema}.${name}(${given.join(", ")})` : `${schema}.${name} without parameters`;
  return new RestError(404, "PGRST202", `Could not find the function ${called} in the schema cache`, {
    details: `Searched for the function ${called}, but no matches were found in the schema cache.`,
  });
}
