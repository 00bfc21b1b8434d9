import { Argument, type Command } from "commander";
import { VigiaError } from "../../kit/errors.ts";
import { parseCount } from "../arguments.ts";
import type { Handler } from "../context.ts";
import { type CheckChoice, printChecks } from "./db-check.ts";
import { type MigrateDirection, type MigrateOptions, printStatus, runMigration } from "./db-migrate.ts";
import { collectIdentifier, parseEmail, parseName, type SeedCommandOptions, seed } from "./db-seed.ts";

/** `vigia db …`: the Postgres of the Supabase project. The local store is not touched. */
export function registerDb(program: Command, handle: Handler): void {
  const db = program.command("db").description("tables of the Supabase project: make, check and fill them");
  withMigrateOptions(db.command("migrate").description("bring the project's tables up to date, or back"))
    .addArgument(new Argument("[direction]", "which way").choices(["up", "down", "status"]).default("up"))
    .action((direction: MigrateDirection | "status", options: MigrateOptions) =>
      handle((context) => {
        if (direction === "status") return printStatus(context);
        requireFitting(direction, options);
        return runMigration(context, direction, options);
      }),
    );
  withMigrateOptions(db.command("rollback").description("undo the newest migration (db migrate down)")).action(
    (options: MigrateOptions) =>
      handle((context) => {
        requireFitting("down", options);
        return runMigration(context, "down", options);
      }),
  );
  db.command("status")
    .description("list the migrations and what is applied; exit 4 while some are pending (db migrate status)")
    .action(() => handle(printStatus));
  db.command("check")
    .description("compare the project with the migrations and try its access rules; exit 1 on errors")
    .option("--schema", "tables, columns, types")
    .option("--indexes", "indexes and foreign keys")
    .option("--rls", "row level security, with probes that are undone")
    .option("--extensions", "extensions")
    .action((choice: CheckChoice) => handle((context) => printChecks(context, choice)));
  db.command("seed")
    .description(
      "copy a tenant of the local store (--tenant) to the project, with identifiers and its first admin, where absent",
    )
    .option("--name <name>", "name there of a tenant that is not there yet (default: its own)", parseName)
    .option("--admin-email <address>", "invite this admin through Supabase Auth", parseEmail)
    .option("--identifier <kind:value>", "what the tenant is known by; repeatable", collectIdentifier, [])
    .option("--print-password", "make the login with a password that is printed once, instead of inviting")
    .option("--update", "change the tenant's name if it differs")
    .action((options: SeedCommandOptions) => handle((context) => seed(context, options)));
}

function withMigrateOptions(command: Command): Command {
  return command
    .option("--to <version>", "last version to apply; downwards the last one that stays (0: none)")
    .option("--steps <count>", "downwards: how many to undo (default: 1)", parseCount)
    .option("--dry-run", "print the plan and its SQL, change nothing")
    .option("--no-backup", "do not ask for a backup of the last 24 h")
    .option("--allow-data-loss", "downwards: also where tables that hold rows go");
}

function requireFitting(direction: MigrateDirection, { to, steps, allowDataLoss }: MigrateOptions): void {
  const problem =
    to !== undefined && steps !== undefined
      ? "--to and --steps say the same thing twice."
      : direction === "up" && (steps !== undefined || allowDataLoss)
        ? "--steps and --allow-data-loss belong to the way down."
        : undefined;
  if (problem) throw new VigiaError("bad_usage", problem, { hint: "See vigia db migrate --help." });
}
