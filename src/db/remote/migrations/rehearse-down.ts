import { toError, VigiaError } from "../../../kit/errors.ts";
import type { Query, RemoteConnection } from "../connection.ts";
import { inTransaction, MIGRATION_LIMITS } from "../transaction.ts";
import { inSchema, type MigrationFile } from "./files.ts";
import { labelOf } from "./plan.ts";

/** Thrown to undo the rehearsal; carries what it found. */
class Rehearsed extends Error {
  constructor(readonly lost: string[]) {
    super("the rehearsal is over");
  }
}

/**
 * Undoes the plan in one transaction that is always rolled back, and returns what would be lost: tables that hold rows
 * and would be gone, and their columns. A way back that does not work is found here too, before anything has changed.
 */
export async function rehearseDown(
  connection: RemoteConnection,
  plan: readonly MigrationFile[],
  schema: string,
): Promise<string[]> {
  // Without it an owner who is bound by row level security would count no rows where there are some; now that fails.
  const settings = { limits: MIGRATION_LIMITS, local: { row_security: "off" } };
  const rehearsal = inTransaction(connection, settings, async (query, run) => {
    const before = await loadFilledTables(query, schema);
    for (const file of plan) {
      // Concurrent statements have no place in a transaction, and do the same without the word.
      const text = inSchema(file.down?.text ?? "", schema).replace(/\bconcurrently\b/gi, "");
      await run(text).catch((cause) => {
        throw new VigiaError(
          "migration_failed",
          `supabase/down/${labelOf(file)}.sql fails: ${toError(cause).message}.`,
          {
            hint: "It was only tried: nothing has changed.",
            cause,
          },
        );
      });
    }
    await query("select set_config('role', 'none', true)");
    throw new Rehearsed(await findLost(query, before));
  });
  return await rehearsal.then(
    () => [],
    (thrown) => {
      if (thrown instanceof Rehearsed) return thrown.lost;
      throw thrown;
    },
  );
}

interface FilledTable {
  [column: string]: unknown;
  oid: number;
  name: string;
  /** Numbers and names of its columns. */
  columns: Record<string, string>;
}

/** Schema `app` holds bookkeeping about the schema itself, which goes with what it is about. */
async function loadFilledTables(query: Query, schema: string): Promise<FilledTable[]> {
  const tables = await query<FilledTable>(
    `select c.oid::int8::float8 as oid, format('%I.%I', n.nspname, c.relname) as name,
            (select jsonb_object_agg(a.attnum, a.attname) from pg_attribute a
              where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as columns
       from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where c.relkind in ('r', 'p') and n.nspname = any ($1::text[])`,
    [["public", schema]],
  );
  const filled: FilledTable[] = [];
  for (const table of tables) {
    // The name comes quoted from the server itself.
    const [row] = await query<{ filled: boolean }>(`select exists (select from ${table.name}) as filled`);
    if (row?.filled) filled.push(table);
  }
  return filled;
}

async function findLost(query: Query, tables: readonly FilledTable[]): Promise<string[]> {
  const left = await query<{ oid: number; columns: number[] }>(
    `select c.oid::int8::float8 as oid, coalesce(array_agg(a.attnum::int) filter (where not a.attisdropped), '{}') as columns
       from pg_class c left join pg_attribute a on a.attrelid = c.oid and a.attnum > 0
      where c.oid = any ($1::oid[]) group by c.oid`,
    [tables.map(({ oid }) => String(oid))],
  );
  return tables.flatMap(({ oid, name, columns }) => {
    const survivor = left.find((table) => table.oid === oid);
    if (!survivor) return [name];
    const gone = Object.entries(columns ?? {}).filter(([number]) => !survivor.columns.includes(Number(number)));
    return gone.map(([, column]) => `${name}.${column}`);
  });
}
