import { join, resolve } from "node:path";
import manifest from "../../../package.json" with { type: "json" };
import { newestBackup } from "../../db/backup/backup-files.ts";
import {
  loadStatus,
  type MigrationContext,
  type MigrationStep,
  migrateDown,
  migrateUp,
} from "../../db/remote/migrations/migrate.ts";
import { labelOf, type MigrationStatus } from "../../db/remote/migrations/plan.ts";
import { EXIT } from "../../jobs/exit-codes.ts";
import { readLock } from "../../jobs/process-lock.ts";
import { errorCode } from "../../kit/errors.ts";
import { mirrorTarget } from "../../settings.ts";
import { callApi, postApi } from "../api.ts";
import type { CommandContext } from "../context.ts";
import { plainText, renderTable } from "../output.ts";
import { confirmTarget, type RemoteTarget, withRemote } from "./db-target.ts";

/** Plain SQL of the Supabase side, as it lies beside the source. */
const FOLDER = join(import.meta.dir, "../../../supabase");

export interface MigrateOptions {
  to?: string;
  steps?: number;
  dryRun?: boolean;
  /** False with `--no-backup`. */
  backup?: boolean;
  allowDataLoss?: boolean;
}

export type MigrateDirection = "up" | "down";

export const runMigration = (context: CommandContext, direction: MigrateDirection, options: MigrateOptions) =>
  withRemote(context, async (target) => {
    const { profile } = target.database;
    const action = direction === "up" ? "Migrate" : "Undo migrations";
    if (!options.dryRun) await confirmTarget(profile, { yes: context.globals.yes, action });
    const common = { dryRun: options.dryRun === true, noBackup: options.backup === false };
    const migration = migrationContext(context, target);
    const steps =
      direction === "up"
        ? await migrateUp(migration, { ...common, to: options.to })
        : await migrateDown(migration, {
            ...common,
            ...downwardOf(options),
            allowDataLoss: options.allowDataLoss === true,
          });
    printSteps(context, direction, steps, common.dryRun);
    if (direction === "up" && steps.length > 0 && !common.dryRun) await resumeMirror(context, target);
  });

/** Streams that waited for these tables go on at once, where a process runs; the next start would do it too. */
async function resumeMirror({ connect, output }: CommandContext, { settings }: RemoteTarget): Promise<void> {
  if (!mirrorTarget(settings) || !readLock(resolve(settings.vigiaDataDir))?.url) return;
  try {
    const connection = await connect();
    const { enabled, paused } = await callApi<{ enabled: boolean; paused: boolean }>(connection, "/api/mirror/status");
    if (!enabled) output.note("The running Vigía was started without the mirror: restart it to turn that on.");
    else if (paused) output.note("The mirror is paused: vigia mirror resume lets it send.");
    else await postApi(connection, "/api/mirror/resume", { body: {} });
  } catch (thrown) {
    output.note(`The mirror was not told (${errorCode(thrown)}): vigia mirror resume does it.`);
  }
}

const downwardOf = ({ to, steps = 1 }: MigrateOptions) => (to === undefined ? { steps } : { to });

function migrationContext(
  { output, globals }: CommandContext,
  { settings, database, clock }: RemoteTarget,
): MigrationContext {
  return {
    database,
    folder: FOLDER,
    schema: settings.supabaseSchema,
    appVersion: manifest.version,
    clock,
    newestBackupAt: async () => (await newestBackup({ dataDir: resolve(settings.vigiaDataDir), clock }))?.createdAt,
    onStep(step) {
      if (!globals.json) output.note(`${labelOf(step)}: done in ${step.durationMs} ms`);
    },
  };
}

function printSteps(
  { output, globals }: CommandContext,
  direction: MigrateDirection,
  steps: readonly MigrationStep[],
  dryRun: boolean,
): void {
  if (globals.json) {
    const shown = steps.map(({ version, name, sql, durationMs }) =>
      dryRun ? { version, name, sql } : { version, name, duration_ms: durationMs },
    );
    output.data(JSON.stringify({ direction, dry_run: dryRun, steps: shown }, null, 2));
    return;
  }
  if (dryRun) for (const step of steps) output.data(`-- ${direction} ${labelOf(step)}\n${step.sql.trimEnd()}\n`);
  const done = direction === "up" ? "applied" : "undone";
  if (steps.length === 0) output.note(`Nothing to do: no migration is to be ${done}.`);
  else if (dryRun) output.note(`${steps.length} would be ${done}. Nothing was changed.`);
  else output.data(`${steps.length} ${done}: ${steps.map(labelOf).join(", ")}`);
}

/** Prints every version; exit 4 while some are pending, 1 when ledger and files disagree. */
export const printStatus = (context: CommandContext) =>
  withRemote(context, async ({ database }) => {
    const { output, globals } = context;
    const migrations = await loadStatus({ database, folder: FOLDER });
    const pending = migrations.filter(({ state }) => state === "pending" || state === "interrupted").length;
    const { host, port, mode } = database.profile;
    const ok = !migrations.some(({ state }) => state === "changed" || state === "unknown");
    if (globals.json) output.data(JSON.stringify({ host, port, mode, ok, pending, migrations }, null, 2));
    else output.data(renderStatus(migrations));
    if (!globals.json) output.note(summaryOf(ok, pending));
    context.exit(ok ? (pending > 0 ? EXIT.pending : EXIT.ok) : EXIT.failure);
  });

const renderStatus = (migrations: readonly MigrationStatus[]): string =>
  renderTable(migrations, [
    { title: "MIGRATION", value: (row) => plainText(labelOf(row)) },
    { title: "STATE", value: (row) => row.state },
    { title: "APPLIED", value: (row) => row.applied_at },
    { title: "CHECKSUM", value: (row) => row.checksum },
  ]);

function summaryOf(ok: boolean, pending: number): string {
  if (!ok) return "Ledger and files disagree: vigia db migrate says where.";
  return pending === 0 ? "Up to date." : `${pending} pending: vigia db migrate applies them.`;
}
