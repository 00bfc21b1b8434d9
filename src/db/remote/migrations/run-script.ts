import { toError, VigiaError } from "../../../kit/errors.ts";
import type { Query, RemoteConnection } from "../connection.ts";
import { isPassing } from "../failure.ts";
import { inTransaction, limitSession, MIGRATION_LIMITS } from "../transaction.ts";
import { inSchema, type MigrationFile, type MigrationScript } from "./files.ts";
import { deleteApplied, saveApplied, saveBegun } from "./ledger.ts";
import { labelOf } from "./plan.ts";
import { splitStatements } from "./split-statements.ts";

export interface ScriptContext {
  connection: RemoteConnection;
  schema: string;
  appVersion: string;
  monotonicMs: () => number;
}

/** Applies one file together with its row of the ledger; returns how long it took. Throws `migration_failed`. */
export async function applyFile(context: ScriptContext, file: MigrationFile): Promise<number> {
  const { appVersion, monotonicMs } = context;
  const startedAt = monotonicMs();
  const durationMs = () => Math.round(monotonicMs() - startedAt);
  const statements = splitStatements(inSchema(file.up.text, context.schema)).map(({ text }) => text);
  await runScript(context, {
    label: `supabase/migrations/${labelOf(file)}.sql`,
    script: file.up,
    begin: (query) => saveBegun(query, "up", { file, appVersion }),
    end: (query) => saveApplied(query, { file, appVersion, statements, durationMs: durationMs() }),
  });
  return durationMs();
}

/** Undoes one file and takes its row away; returns how long it took. Throws `migration_failed`. */
export async function undoFile(context: ScriptContext, file: MigrationFile): Promise<number> {
  const { appVersion, monotonicMs } = context;
  const startedAt = monotonicMs();
  await runScript(context, {
    label: `supabase/down/${labelOf(file)}.sql`,
    script: file.down ?? { text: "", inTransaction: true },
    begin: (query) => saveBegun(query, "down", { file, appVersion }),
    end: (query) => deleteApplied(query, file),
  });
  return Math.round(monotonicMs() - startedAt);
}

interface Way {
  label: string;
  script: MigrationScript;
  /** Writes that it is under way: only for what runs statement by statement. */
  begin(query: Query): Promise<void>;
  /** Writes that it is done. */
  end(query: Query): Promise<void>;
}

/** A file may change settings of the session: they end with it. */
const RESET = "reset role; reset all";

async function runScript({ connection, schema }: ScriptContext, way: Way): Promise<void> {
  await connection.run(RESET);
  await limitSession(connection, MIGRATION_LIMITS);
  const text = inSchema(way.script.text, schema);
  if (!way.script.inTransaction) return await runOneByOne(connection, text, way);
  await inTransaction(connection, { limits: MIGRATION_LIMITS }, async (query, run) => {
    await run(text).catch((cause) => Promise.reject(failed(way.label, lineOf(text, cause), cause)));
    // The ledger is written as whoever connected, whatever the file has set.
    await run(RESET);
    await way.end(query);
  });
}

async function runOneByOne(connection: RemoteConnection, text: string, { label, begin, end }: Way): Promise<void> {
  await dropInvalidIndexes(connection, text);
  await begin(connection.query);
  for (const statement of splitStatements(text))
    await connection.run(statement.text).catch((cause) => Promise.reject(failed(label, statement.line, cause)));
  await inTransaction(connection, { limits: MIGRATION_LIMITS }, end);
}

const CONCURRENT_INDEX =
  /create\s+(?:unique\s+)?index\s+concurrently\s+(?:if\s+not\s+exists\s+)?("(?:[^"]|"")+"|[\w$]+)/gi;

/** A concurrent build that was cut short leaves an index that is never used, and `if not exists` would keep it. */
async function dropInvalidIndexes(connection: RemoteConnection, text: string): Promise<void> {
  const built = [...text.matchAll(CONCURRENT_INDEX)].map(([, name]) => unquote(name ?? ""));
  const invalid = await connection.query<{ name: string }>(
    `select format('%I.%I', n.nspname, c.relname) as name
       from pg_index i join pg_class c on c.oid = i.indexrelid join pg_namespace n on n.oid = c.relnamespace
      where not i.indisvalid and c.relname = any ($1::text[])`,
    [built],
  );
  for (const { name } of invalid) await connection.run(`drop index concurrently if exists ${name}`);
}

const unquote = (name: string): string =>
  name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name.toLowerCase();

/** Where in the text the server found the fault; undefined when it does not say. */
function lineOf(text: string, thrown: unknown): number | undefined {
  const position = Number((thrown as { position?: unknown } | null)?.position);
  // The server counts characters, not UTF-16 units.
  if (Number.isInteger(position)) return [...text].slice(0, position).join("").split("\n").length;
  return undefined;
}

function failed(label: string, line: number | undefined, cause: unknown): VigiaError {
  const where = line === undefined ? label : `${label} line ${line}`;
  const { code } = cause as { code?: string };
  return new VigiaError("migration_failed", `${where}: ${toError(cause).message}${code ? ` (${code})` : ""}`, {
    hint: "The ledger says what is applied (vigia db status); the next run goes on there.",
    retryable: isPassing(cause),
    cause,
  });
}
