import type { Query } from "../connection.ts";
import type { Catalogue } from "./catalogue.ts";
import { type ExpectedSchema, levelOf } from "./expected.ts";
import { type Finding, qualified, quoted } from "./finding.ts";

/** Expected indexes that are missing or differ: what can be known from the catalogue alone. */
export function computeIndexFindings(expected: ExpectedSchema, actual: Catalogue, schema: string): Finding[] {
  const findings: Finding[] = [];
  for (const [name, wanted] of Object.entries(expected.tables)) {
    const found = actual[name];
    if (!found) continue;
    const level = levelOf(wanted, found);
    const bodies = new Set(Object.values(found.indexes).map(bodyOf));
    for (const [index, definition] of Object.entries(wanted.indexes)) {
      const present = found.indexes[index];
      if (present === definition || bodies.has(bodyOf(definition))) continue;
      const object = qualified(schema, index);
      const create = `${concurrently(definition).replace(/ ON \S+ /, ` ON ${qualified(schema, name)} `)};`;
      if (present === undefined)
        findings.push({ id: "IDX001", level, object, message: "index is missing", fix: create });
      else
        findings.push({
          id: "IDX003",
          level: "warning",
          object,
          message: `index is "${present}"`,
          fix: `drop index ${object}; ${create}`,
        });
    }
  }
  return findings;
}

const concurrently = (definition: string) =>
  definition.replace(/^CREATE( UNIQUE)? INDEX/, "CREATE$1 INDEX CONCURRENTLY");
/** What an index does, whatever its name. */
const bodyOf = (definition: string) => definition.replace(/ INDEX \S+ ON /, " INDEX ON ");

/** Indexes that a failed build left behind, keys and policies without an index, indexes that say the same or serve nobody. */
export async function findIndexFaults(query: Query, expected: ExpectedSchema, schema: string): Promise<Finding[]> {
  const ours = Object.keys(expected.tables);
  const findings: Finding[] = [];
  for (const { name } of await query<{ name: string }>(INVALID, [schema])) {
    const object = qualified(schema, name);
    const message = "index is invalid: its build was interrupted, so that queries do not use it";
    findings.push({ id: "IDX002", level: "error", object, message, fix: `reindex index concurrently ${object};` });
  }
  const uncovered = await query<{ name: string; columns: string[]; why: string }>(UNCOVERED, [schema, ours]);
  for (const { name, columns, why } of uncovered) {
    const table = qualified(schema, name);
    const list = columns.map(quoted).join(", ");
    findings.push({
      id: why === "policy" ? "IDX005" : "IDX004",
      level: "error",
      object: `${table} (${list})`,
      message: `no index begins with what ${why === "policy" ? "a policy compares" : `${why} refers by`}`,
      fix: `create index concurrently on ${table} (${list});`,
    });
  }
  for (const { name, other } of await query<{ name: string; other: string }>(DUPLICATES, [schema, ours])) {
    const object = qualified(schema, name);
    const message = `index does the same as ${other}`;
    findings.push({ id: "IDX006", level: "warning", object, message, fix: `drop index concurrently ${object};` });
  }
  const made = new Set(Object.values(expected.tables).flatMap((table) => Object.keys(table.indexes)));
  for (const { name } of await query<{ name: string }>(UNUSED, [schema, ours])) {
    if (made.has(name)) continue;
    const object = qualified(schema, name);
    const message = "no query has used this index since the statistics were reset, more than 7 days ago";
    findings.push({ id: "IDX007", level: "warning", object, message, fix: `drop index concurrently ${object};` });
  }
  return findings;
}

const INVALID = `
select c.relname as name from pg_index i join pg_class c on c.oid = i.indexrelid
 where c.relnamespace = (select oid from pg_namespace where nspname = $1) and not i.indisvalid order by 1`;

// The columns must be the first ones of an index without a condition, in any order.
const UNCOVERED = `
with wanted as (
  select k.conrelid as relid, k.conkey as keys, k.conname::text as why from pg_constraint k where k.contype = 'f'
  union
  select p.polrelid, array[d.refobjsubid::smallint], 'policy'
    from pg_policy p join pg_depend d on d.classid = 'pg_policy'::regclass and d.objid = p.oid
     and d.refclassid = 'pg_class'::regclass and d.refobjid = p.polrelid and d.refobjsubid > 0
)
select c.relname as name, w.why,
  (select array_agg(a.attname::text order by o.at) from unnest(w.keys) with ordinality as o (num, at)
     join pg_attribute a on a.attrelid = w.relid and a.attnum = o.num) as columns
from wanted w join pg_class c on c.oid = w.relid
where c.relnamespace = (select oid from pg_namespace where nspname = $1) and c.relname = any ($2::text[])
  and not exists (
    select from pg_index i where i.indrelid = w.relid and i.indisvalid and i.indpred is null
      and (string_to_array(i.indkey::text, ' ')::smallint[])[1 : cardinality(w.keys)] @> w.keys)
order by 1, 2`;

const DUPLICATES = `
select c.relname as name, o.relname as other
from pg_index i join pg_class c on c.oid = i.indexrelid join pg_class t on t.oid = i.indrelid
  join pg_index j on j.indrelid = i.indrelid and j.indexrelid <> i.indexrelid join pg_class o on o.oid = j.indexrelid
where c.relnamespace = (select oid from pg_namespace where nspname = $1) and t.relname = any ($2::text[])
  and i.indkey = j.indkey and i.indclass = j.indclass and i.indoption = j.indoption and i.indcollation = j.indcollation
  and coalesce(pg_get_expr(i.indpred, i.indrelid), '') = coalesce(pg_get_expr(j.indpred, j.indrelid), '')
  and coalesce(pg_get_expr(i.indexprs, i.indrelid), '') = coalesce(pg_get_expr(j.indexprs, j.indrelid), '')
  and not i.indisunique and (j.indisunique or c.relname > o.relname)
order by 1`;

const UNUSED = `
select s.indexrelname as name
from pg_stat_user_indexes s join pg_index i on i.indexrelid = s.indexrelid, pg_stat_database d
where d.datname = current_database() and s.schemaname = $1 and s.relname = any ($2::text[])
  and s.idx_scan = 0 and not i.indisunique and d.stats_reset < now() - interval '7 days'
order by 1`;
