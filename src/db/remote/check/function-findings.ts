import type { Query } from "../connection.ts";
import { type Finding, qualified } from "./finding.ts";

/** Functions and views that act as their owner, past row level security; and who we are. */
export async function findOwnerRights(query: Query, schema: string): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const { name, ours } of await query<{ name: string; ours: boolean }>(DEFINERS, [schema]))
    findings.push({
      id: "RLS006",
      level: ours ? "error" : "warning",
      object: name,
      message:
        "function with its owner's rights and no search_path of its own: a caller can slip in tables and functions",
      fix: `alter function ${name} set search_path = '';`,
    });
  for (const { name, viewSchema } of await query<{ name: string; viewSchema: string }>(VIEWS, [schema]))
    findings.push({
      id: "RLS012",
      level: "warning",
      object: qualified(viewSchema, name),
      message: "view reads with its owner's rights, past row level security",
      fix: `alter view ${qualified(viewSchema, name)} set (security_invoker = true);`,
    });
  const [login] = await query<{ name: string; above: boolean }>(LOGIN);
  if (login?.above)
    findings.push({
      id: "RLS010",
      level: "warning",
      object: login.name,
      message: "the login is above row level security; a role switch inside each transaction is all that binds it",
      fix: "create role app_login login noinherit nobypassrls in role app_runtime; -- then a password, and POSTGRES_URL",
    });
  return findings;
}

const DEFINERS = `
select p.oid::regprocedure::text as name, n.nspname = 'app' as ours
  from pg_proc p join pg_namespace n on n.oid = p.pronamespace
 where p.prosecdef and n.nspname in ('app', 'public', $1)
   and not coalesce(array_to_string(p.proconfig, ',') like '%search_path=%', false)
   and not exists (select from pg_depend d where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e')
 order by 1`;

const VIEWS = `
select c.relname as name, n.nspname as "viewSchema"
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
 where c.relkind = 'v' and n.nspname in ('public', $1)
   and not coalesce(array_to_string(c.reloptions, ',') ~ 'security_invoker=(true|on|1)', false)
   and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
 order by 1`;

const LOGIN =
  "select session_user as name, rolsuper or rolbypassrls as above from pg_roles where rolname = session_user";
