import { type Command, InvalidArgumentError, Option } from "commander";
import { listBackups } from "../../db/backup/backup-files.ts";
import { type BackupHome, storePath } from "../../db/backup/backup-home.ts";
import { createBackup } from "../../db/backup/create-backup.ts";
import { DEFAULT_KEEP, pruneBackups } from "../../db/backup/prune-backups.ts";
import type { RestoreStep } from "../../db/backup/restore-backup.ts";
import { type VerifiedBackup, verifyBackup } from "../../db/backup/verify-backup.ts";
import { readSettings } from "../../environment.ts";
import { backupHomeOf } from "../../house/backup-home.ts";
import { restoreOwnStore } from "../../house/backup-restore.ts";
import { EXIT } from "../../jobs/exit-codes.ts";
import { createSystemClock } from "../../kit/clock.ts";
import { days, hours } from "../../kit/duration.ts";
import { VigiaError } from "../../kit/errors.ts";
import type { Settings } from "../../settings.ts";
import type { CommandContext, Handler } from "../context.ts";
import { plainText } from "../output.ts";
import { backupView, renderBackups, restoredView } from "./backup-views.ts";

const FILE = "name or path of a backup, or latest";

/** `vigia backup create|list|verify|restore|prune`: works on the files of this machine, beside a running process. */
export function registerBackup(program: Command, handle: Handler): void {
  const backup = program.command("backup").description("copy the local store, check the copies, put one back");
  backup
    .command("create")
    .description("copy the local store into backups/ (the file of run logs is left out)")
    .addOption(new Option("--target <target>", "what to copy").choices(["local", "remote", "all"]).default("local"))
    .action(({ target }: { target: string }) => handle((context) => create(context, target)));
  backup
    .command("list")
    .description("list the backups, newest first")
    .action(() => handle(list));
  backup
    .command("verify")
    .description("restore a backup into a temporary file and compare it with its manifest")
    .argument("<file>", FILE)
    .action((file: string) => handle((context) => verify(context, file)));
  backup
    .command("restore")
    .description("put a backup in place of the local store; needs --yes, and that no process runs")
    .argument("<file>", FILE)
    .action((file: string) => handle((context) => restore(context, file)));
  backup
    .command("prune")
    .description("remove old backups; the newest, and the newest verified one, always stay")
    .addOption(
      new Option("--keep <age>", "keep everything younger, in days or hours (7d, 36h)")
        .argParser(parseAge)
        .default(DEFAULT_KEEP.keepMs, "7d"),
    )
    .option(
      "--keep-weekly <n>",
      "of older ones keep the newest of each of n weeks",
      parseWeeks,
      DEFAULT_KEEP.keepWeekly,
    )
    .action((rule: { keep: number; keepWeekly: number }) => handle((context) => prune(context, rule)));
}

async function create(context: CommandContext, target: string): Promise<void> {
  if (target !== "local")
    throw new VigiaError("backup_remote_not_built", "Backups of the Supabase side are not built yet.", {
      hint: "Use pg_dump with MIGRATION_DB_URL, or Database > Backups in Supabase's dashboard; --target local works.",
    });
  const { home } = here(context);
  const made = await createBackup(home, context.signal);
  const view = backupView(made, home.clock.now());
  print(context, view, `${made.file}: ${made.bytes} bytes in ${made.manifest?.duration_ms ?? "?"} ms`);
}

async function list(context: CommandContext): Promise<void> {
  const { home } = here(context);
  storePath(home);
  const views = (await listBackups(home)).map((backup) => backupView(backup, home.clock.now()));
  if (views.length === 0 && !context.globals.json) return context.output.note("There is no backup yet.");
  print(context, views, renderBackups(views));
}

async function verify(context: CommandContext, file: string): Promise<void> {
  const { home } = here(context);
  const verified = await verifyBackup(home, file, context.signal);
  const verdict = verified.problem ? `cannot be relied on: ${verified.problem}` : "can be restored.";
  noteUnnoted(context, verified);
  print(context, backupView(verified, home.clock.now()), plainText(`${verified.name} ${verdict}`));
  if (verified.problem) context.exit(EXIT.failure);
}

function noteUnnoted({ output }: CommandContext, { unnoted }: VerifiedBackup): void {
  if (unnoted) output.note(plainText(`The result of the verification was not noted: ${unnoted}`));
}

const STEPS: Readonly<Record<RestoreStep, string>> = {
  verify: "Verifying the backup.",
  safety_backup: "Copying what is there.",
  set_aside: "Giving it another name.",
  replace: "Replacing it.",
  open: "Opening it.",
};

async function restore(context: CommandContext, file: string): Promise<void> {
  const { settings } = here(context);
  if (!context.globals.yes)
    throw new VigiaError("bad_usage", "This replaces the local store by a backup.", {
      hint: "Stop Vigía and add --yes. What is there now is copied first, and also kept under another name.",
    });
  const restored = await restoreOwnStore(settings, file, (step) => context.output.note(STEPS[step]));
  const view = restoredView(restored);
  if (restored.replaced && !restored.safetyBackup)
    context.output.note("The database was too damaged for a copy: it is kept as it was, under its new name only.");
  noteUnnoted(context, restored.backup);
  if (view.next)
    context.output.note(
      `Rows made after this backup are still in Supabase: vigia mirror reconcile lists them, then ${view.next} removes them.`,
    );
  const kept = view.replaced ? ` The one before is ${view.replaced}.` : "";
  print(context, view, `${view.database} is now ${view.restored}.${kept}`);
}

async function prune(context: CommandContext, { keep, keepWeekly }: { keep: number; keepWeekly: number }) {
  const { home } = here(context);
  const removed = (await pruneBackups(home, { keepMs: keep, keepWeekly })).map(({ name }) => name);
  print(context, { removed }, removed.length > 0 ? `Removed:\n${removed.join("\n")}` : "Nothing to remove.");
}

/** The data directory of this machine, whoever uses it. Errors: `bad_usage` with `--url`. */
function here({ environment, globals }: CommandContext): { home: BackupHome; settings: Settings } {
  if (globals.url !== undefined)
    throw new VigiaError(
      "bad_usage",
      "Backups are files of the machine that Vigía runs on: --url does not reach them.",
      {
        hint: "Run this command there, or start the job: vigia run backup_create --url …",
      },
    );
  const { settings } = readSettings(environment, globals.envFile);
  return { settings, home: backupHomeOf(settings, createSystemClock()) };
}

function print({ output, globals }: CommandContext, data: unknown, text: string): void {
  output.data(globals.json ? JSON.stringify(data, null, 2) : text);
}

function parseAge(text: string): number {
  const [, count, unit] = /^(\d{1,5})([dh])$/.exec(text) ?? [];
  if (count === undefined) throw new InvalidArgumentError("It is not an age like 7d or 36h.");
  return unit === "d" ? days(Number(count)) : hours(Number(count));
}

function parseWeeks(text: string): number {
  if (/^\d{1,4}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("It is not a whole number from 0.");
}
