import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Sql, TransactionSql } from "postgres";
import { loadCatalogue, loadPolicies } from "../../src/db/remote/check/catalogue.ts";
import type { Query } from "../../src/db/remote/connection.ts";

const SUPABASE = join(import.meta.dir, "../../supabase");

export const VERSIONS = readdirSync(join(SUPABASE, "migrations")).sort();

/** One file as it is, apart from `edit`; without a transaction where its first line says so. */
export async function apply(
  sql: Sql,
  direction: "migrations" | "down",
  file: string,
  edit = (text: string) => text,
): Promise<void> {
  const text = readFileSync(join(SUPABASE, direction, file), "utf8");
  const edited = /^-- schema: public$/m.test(text) ? text : edit(text);
  if (!edited.startsWith("-- no-transaction")) await sql.begin((transaction) => transaction.unsafe(edited));
  else for (const statement of edited.split(/;\s*$/m)) if (statement.trim()) await sql.unsafe(statement);
}

export const queryOf =
  (sql: Sql | TransactionSql): Query =>
  (text, values = []) =>
    sql.unsafe(text, values as never[]) as never;

/** Runs in a transaction that is undone, whatever happens. */
export async function undone<Result>(sql: Sql, work: (sql: TransactionSql) => Promise<Result>): Promise<Result> {
  const kept: { result?: Result } = {};
  const over = new Error("undone");
  await sql
    .begin(async (transaction) => {
      kept.result = await work(transaction);
      throw over;
    })
    .catch((thrown) => {
      if (thrown !== over) throw thrown;
    });
  return kept.result!;
}

/** Everything in a database that a migration may make, as text that can be compared. */
export const dumpCatalogue = (sql: Sql): Promise<Record<string, unknown>> =>
  undone(sql, async (transaction) => {
    const query = queryOf(transaction);
    return {
      public: await loadCatalogue(query, "public"),
      app: await loadCatalogue(query, "app"),
      storage: await loadPolicies(query, "storage", "objects"),
      functions: await query(
        `select pg_get_functiondef(p.oid) as text, p.proacl::text from pg_proc p
          where p.pronamespace in (select oid from pg_namespace where nspname in ('app', 'public'))
            and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e') order by 1`,
      ),
      relations: await query(
        `select c.relname, c.relkind::text,
             coalesce(c.relacl, acldefault(case c.relkind when 'S' then 's'::"char" else 'r' end, c.relowner))::text as acl,
             obj_description(c.oid, 'pg_class') as comment
           from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname in ('app', 'public')
            and not exists (select from pg_depend d where d.objid = c.oid and d.deptype = 'e') order by 1`,
      ),
      schemas: await query("select nspname, nspacl::text from pg_namespace where nspname !~ '^pg_' order by 1"),
      extensions: await query("select extname, extnamespace::regnamespace::text from pg_extension order by 1"),
      buckets: await query(
        "select id, public, file_size_limit::text, allowed_mime_types from storage.buckets order by 1",
      ),
    };
  });
