import type { Clock } from "../../../kit/clock.ts";
import { hours } from "../../../kit/duration.ts";
import { VigiaError } from "../../../kit/errors.ts";
import type { RemoteDatabase } from "../connect.ts";
import type { RemoteConnection } from "../connection.ts";
import { inSchema, type MigrationFile, readMigrations } from "./files.ts";
import { type LedgerRow, loadLedger, prepareLedger, saveApplied } from "./ledger.ts";
import { type Downward, describeMigrations, type MigrationStatus, planDown, planUp } from "./plan.ts";
import { rehearseDown } from "./rehearse-down.ts";
import { applyFile, type ScriptContext, undoFile } from "./run-script.ts";
import { splitStatements } from "./split-statements.ts";

export interface MigrationContext {
  database: RemoteDatabase;
  /** Holds `migrations/` and `down/`. */
  folder: string;
  /** Schema of the mirrored tables; made when it is absent. */
  schema: string;
  appVersion: string;
  clock: Clock;
  /** When the newest backup of the local store was made. */
  newestBackupAt: () => Promise<Date | undefined>;
  /** Hears of each file that is done. */
  onStep?: (step: MigrationStep) => void;
}

export interface MigrationStep {
  version: string;
  name: string;
  /** The SQL as it runs in this project. */
  sql: string;
  /** Absent in a plan that was not carried out. */
  durationMs?: number;
}

interface CommonOptions {
  /** Only the plan: nothing is written. */
  dryRun?: boolean;
  /** Not to ask for a backup of the last day before a change of another machine. */
  noBackup?: boolean;
}

const BACKUP_AGE_MS = hours(24);

/** Every version, of files and ledger. Only reads, so any kind of address will do. */
export async function loadStatus({
  database,
  folder,
}: Pick<MigrationContext, "database" | "folder">): Promise<MigrationStatus[]> {
  const files = await readMigrations(folder);
  const ledger = await database.transaction({ readOnly: true }, (query) => loadLedger(query, files));
  return describeMigrations(files, ledger);
}

/**
 * Applies what is pending up to `to`, oldest first, each file with its ledger row in one transaction. Returns the steps.
 * Throws `MIG001`–`MIG003`, `MIG005`, `migration_running`, `migration_failed`; what was done before a failure stays.
 */
export async function migrateUp(
  context: MigrationContext,
  { to, ...options }: CommonOptions & { to?: string | undefined } = {},
): Promise<MigrationStep[]> {
  return await migrate(context, options, {
    plan: (files, ledger) => planUp(files, ledger, to),
    sqlOf: ({ up }) => up.text,
    prepare: async (connection, { files, ledger }) => {
      await prepareLedger(connection);
      await adopt(connection, context, files, ledger);
      if (context.schema !== "public") await connection.run(`create schema if not exists "${context.schema}"`);
    },
    step: applyFile,
  });
}

/**
 * Undoes the newest `steps`, or everything above `to`, newest first. The whole plan is rehearsed before: a way back that
 * fails, or that would take tables or columns with rows along (`data_loss`), is refused while nothing has changed.
 * Throws also `MIG001`–`MIG005`, `migration_running`, `migration_failed`.
 */
export async function migrateDown(
  context: MigrationContext,
  { allowDataLoss = false, ...options }: CommonOptions & Downward & { allowDataLoss?: boolean },
): Promise<MigrationStep[]> {
  return await migrate(context, options, {
    plan: (files, ledger) => planDown(files, ledger, options),
    sqlOf: ({ down }) => down?.text ?? "",
    prepare: async (connection, { plan, files, ledger }) => {
      await prepareLedger(connection);
      await adopt(connection, context, files, ledger);
      const lost = await rehearseDown(connection, plan, context.schema);
      if (lost.length > 0 && !allowDataLoss) throw dataLoss(lost);
    },
    step: undoFile,
  });
}

interface Found {
  files: readonly MigrationFile[];
  ledger: readonly LedgerRow[];
  plan: readonly MigrationFile[];
}

interface Direction {
  plan(files: readonly MigrationFile[], ledger: readonly LedgerRow[]): MigrationFile[];
  sqlOf(file: MigrationFile): string;
  /** Before the first step; not in a dry run, and not when there is nothing to do. */
  prepare(connection: RemoteConnection, found: Found): Promise<void>;
  step(script: ScriptContext, file: MigrationFile): Promise<number>;
}

async function migrate(
  context: MigrationContext,
  options: CommonOptions,
  direction: Direction,
): Promise<MigrationStep[]> {
  const { database, folder, schema, appVersion, clock } = context;
  const files = await readMigrations(folder);
  const stepOf = (file: MigrationFile): MigrationStep => {
    return { version: file.version, name: file.name, sql: inSchema(direction.sqlOf(file), schema) };
  };
  return await database.session(async (connection) => {
    if (!options.dryRun) await takeLock(connection);
    const ledger = await loadLedger(connection.query, files);
    const plan = direction.plan(files, ledger);
    if (options.dryRun) return plan.map(stepOf);
    if (plan.length === 0) return [];
    if (!database.profile.local && !options.noBackup) await requireBackup(context);
    await direction.prepare(connection, { files, ledger, plan });
    const steps: MigrationStep[] = [];
    for (const file of plan) {
      const script = { connection, schema, appVersion, monotonicMs: () => clock.monotonicMs() };
      const step = { ...stepOf(file), durationMs: await direction.step(script, file) };
      context.onStep?.(step);
      steps.push(step);
    }
    return steps;
  });
}

/** Of this session, so a runner that dies leaves none. */
async function takeLock({ query }: RemoteConnection): Promise<void> {
  const [row] = await query<{ taken: boolean }>(
    "select pg_try_advisory_lock(hashtextextended('vigia.migrations', 0)) as taken",
  );
  if (row?.taken) return;
  throw new VigiaError("migration_running", "Another process migrates this database.", {
    hint: "Wait until it has ended, then look at vigia db status.",
    retryable: true,
  });
}

/** Writes down what the Supabase CLI has applied: from now on its checksum holds. */
async function adopt(
  connection: RemoteConnection,
  { appVersion }: MigrationContext,
  files: readonly MigrationFile[],
  ledger: readonly LedgerRow[],
): Promise<void> {
  for (const file of files) {
    if (!ledger.some(({ version, checksum }) => version === file.version && checksum === null)) continue;
    const statements = splitStatements(file.up.text).map(({ text }) => text);
    await saveApplied(connection.query, { file, appVersion, statements, durationMs: 0 });
  }
}

async function requireBackup({ newestBackupAt, clock }: MigrationContext): Promise<void> {
  const newest = await newestBackupAt();
  if (newest && clock.now().getTime() - newest.getTime() < BACKUP_AGE_MS) return;
  const found = newest ? `the newest is of ${newest.toISOString()}` : "there is none";
  throw new VigiaError("MIG005", `MIG005: no backup of the last 24 h: ${found}.`, {
    hint: "Make one with vigia backup create, or go on without with --no-backup.",
  });
}

function dataLoss(lost: readonly string[]): VigiaError {
  const shown = lost.slice(0, 10).join(", ") + (lost.length > 10 ? ` and ${lost.length - 10} more` : "");
  return new VigiaError("data_loss", `This would delete what holds rows: ${shown}. Nothing was undone.`, {
    hint: "With --allow-data-loss they go. The mirror fills our tables again from the local store.",
  });
}
