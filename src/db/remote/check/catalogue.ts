import type { Query } from "../connection.ts";
import { quoted } from "./finding.ts";

/** A table in the words of Postgres, without the name of its schema. */
export interface TableShape {
  /** Class of row level security that the migrations wrote into the comment: T, Ta, To, U, S, X; null for foreign tables. */
  class: string | null;
  /** `text not null default 'local'::text` */
  columns: Record<string, string>;
  /** `PRIMARY KEY (id)` */
  constraints: Record<string, string>;
  /** Without those that belong to a constraint. */
  indexes: Record<string, string>;
  triggers: Record<string, string>;
  /** `SELECT TO authenticated USING (…)` */
  policies: Record<string, string>;
  /** Role to privileges. */
  grants: Record<string, string>;
}

export interface LoadedTable extends TableShape {
  rowSecurity: boolean;
  rowSecurityForced: boolean;
}

export type Catalogue = Record<string, LoadedTable>;

/** Expects a transaction: whole names (`app.current_tenant`) come only while nothing is on the search path. */
export async function loadCatalogue(query: Query, schema: string): Promise<Catalogue> {
  await query("select set_config('search_path', '', true)");
  const rows = await query<{ name: string; shape: LoadedTable }>(TABLES, [schema]);
  const unqualified = (definitions: Record<string, string> | null) =>
    Object.fromEntries(
      Object.entries(definitions ?? {}).map(([name, text]) => [name, text.replaceAll(`${quoted(schema)}.`, "")]),
    );
  return Object.fromEntries(
    rows.map(({ name, shape }) => [
      name,
      {
        ...shape,
        columns: unqualified(shape.columns),
        constraints: unqualified(shape.constraints),
        indexes: unqualified(shape.indexes),
        triggers: unqualified(shape.triggers),
        policies: unqualified(shape.policies),
        grants: shape.grants ?? {},
      },
    ]),
  );
}

/** Policies of a table by name; `$1` its schema, `$2` its name. */
export async function loadPolicies(query: Query, schema: string, table: string): Promise<Record<string, string>> {
  const [row] = await query<{ policies: Record<string, string> | null }>(
    `select (${POLICIES}) as policies from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where n.nspname = $1 and c.relname = $2`,
    [schema, table],
  );
  return row?.policies ?? {};
}

const POLICIES = `
  select json_object_agg(p.polname, concat(
    case p.polcmd when 'r' then 'SELECT' when 'a' then 'INSERT' when 'w' then 'UPDATE' when 'd' then 'DELETE' else 'ALL' end,
    ' TO ', (select string_agg(coalesce(r.rolname, 'public'), ', ' order by r.rolname)
               from unnest(p.polroles) as o (oid) left join pg_roles r on r.oid = o.oid),
    case when not p.polpermissive then ' RESTRICTIVE' end,
    ' USING ' || pg_get_expr(p.polqual, p.polrelid), ' WITH CHECK ' || pg_get_expr(p.polwithcheck, p.polrelid)
  ) order by p.polname) from pg_policy p where p.polrelid = c.oid`;

// Tables of extensions are left out; so is MAINTAIN, which servers before 17 do not know.
const TABLES = `
select c.relname as name, json_build_object(
  'class', substring(obj_description(c.oid, 'pg_class') from '^vigia (\\w+):'),
  'rowSecurity', c.relrowsecurity,
  'rowSecurityForced', c.relforcerowsecurity,
  'columns', (
    select json_object_agg(a.attname, concat(
      format_type(a.atttypid, a.atttypmod),
      case when a.attcollation <> t.typcollation then ' collate "' || l.collname || '"' end,
      case when a.attnotnull then ' not null' end,
      case when a.attidentity <> '' then ' generated always as identity' end,
      ' default ' || pg_get_expr(d.adbin, d.adrelid)
    ) order by a.attnum)
    from pg_attribute a join pg_type t on t.oid = a.atttypid
      left join pg_collation l on l.oid = a.attcollation
      left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
    where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped),
  'constraints', (
    select json_object_agg(k.conname, pg_get_constraintdef(k.oid) order by k.conname)
    from pg_constraint k where k.conrelid = c.oid and k.contype in ('p', 'u', 'f', 'c')),
  'indexes', (
    select json_object_agg(x.relname, pg_get_indexdef(i.indexrelid) order by x.relname)
    from pg_index i join pg_class x on x.oid = i.indexrelid
    where i.indrelid = c.oid and not exists (select from pg_constraint k where k.conindid = i.indexrelid and k.conrelid = c.oid)),
  'triggers', (
    select json_object_agg(g.tgname, pg_get_triggerdef(g.oid) order by g.tgname)
    from pg_trigger g where g.tgrelid = c.oid and not g.tgisinternal),
  'policies', (${POLICIES}),
  'grants', (
    select json_object_agg(role, privileges order by role) from (
      select coalesce(r.rolname, 'public') as role, string_agg(x.privilege_type, ', ' order by x.privilege_type) as privileges
      from aclexplode(c.relacl) x left join pg_roles r on r.oid = x.grantee
      where x.privilege_type in ('SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE')
        and coalesce(r.rolname, 'public') in ('anon', 'authenticated', 'service_role', 'app_runtime', 'public')
      group by 1) as granted)
) as shape
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where n.nspname = $1 and c.relkind in ('r', 'p')
  and not exists (select from pg_depend e where e.classid = 'pg_class'::regclass and e.objid = c.oid and e.deptype = 'e')
order by c.relname`;
