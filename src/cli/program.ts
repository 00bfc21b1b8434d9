import { Command, Option } from "commander";
import manifest from "../../package.json" with { type: "json" };
import { EXIT, type ExitCode } from "../jobs/exit-codes.ts";
import { registerAlerts } from "./commands/alerts.ts";
import { registerAnalyze } from "./commands/analyze.ts";
import { registerBackfill } from "./commands/backfill.ts";
import { registerBackup } from "./commands/backup.ts";
import { registerDb } from "./commands/db.ts";
import { registerDeadLetters } from "./commands/dead-letters.ts";
import { registerImport } from "./commands/import.ts";
import { registerJobs } from "./commands/jobs.ts";
import { registerLogs } from "./commands/logs.ts";
import { registerMirror } from "./commands/mirror.ts";
import { registerPortfolio } from "./commands/portfolio.ts";
import { registerRadar } from "./commands/radar.ts";
import { registerRun } from "./commands/run.ts";
import { registerRuns } from "./commands/runs.ts";
import { registerScores } from "./commands/scores.ts";
import { registerSettings } from "./commands/settings.ts";
import { registerToken } from "./commands/token.ts";
import { registerTrackRecord } from "./commands/track-record.ts";
import { registerTui } from "./commands/tui.ts";
import { connect } from "./connect.ts";
import type { Connection } from "./connection.ts";
import type { GlobalOptions, Handler } from "./context.ts";
import { reportFailure } from "./failure.ts";
import type { Output } from "./output.ts";

export interface ProgramOptions {
  output: Output;
  environment: Readonly<Record<string, string | undefined>>;
  signal: AbortSignal;
  /** How long an owner of the data directory that has no address yet is waited for. Default: 3 s. */
  ownerWaitMs?: number;
}

const REGISTER = [
  registerRun,
  registerJobs,
  registerRuns,
  registerLogs,
  registerAlerts,
  registerScores,
  registerTrackRecord,
  registerAnalyze,
  registerBackfill,
  registerImport,
  registerPortfolio,
  registerRadar,
  registerMirror,
  registerDeadLetters,
  registerBackup,
  registerDb,
  registerSettings,
  registerToken,
  registerTui,
];

/** The whole command line; `bun run generate` prints its help into `docs/cli.md`. */
export function createProgram(handle: Handler): Command {
  const program = new Command("vigia")
    .description(
      "Vigía from the command line. A running process is reached over HTTP; otherwise the data directory is opened.",
    )
    .version(manifest.version, "--version", "print the version")
    .option("--json", "print JSON on standard output")
    .addOption(new Option("--tenant <slug>", "tenant to act for").default("default"))
    .option("--env-file <file>", "read settings from this file instead of .env")
    .option("--url <url>", "address of a running Vigía, if it is not the one of the data directory")
    .option("--token <token>", "token for --url (or VIGIA_ADMIN_TOKEN)")
    .option("--yes", "do not ask")
    .option("--no-color", "no colours")
    .showHelpAfterError("Run it with --help for its options.")
    .exitOverride();
  for (const register of REGISTER) register(program, handle);
  for (const command of allCommands(program))
    command.exitOverride().showHelpAfterError("Run it with --help for its options.");
  return program;
}

/** Parses and runs one command line; resolves with the exit code, never rejects. */
export async function runCommandLine(args: readonly string[], options: ProgramOptions): Promise<ExitCode> {
  let exitCode: ExitCode = EXIT.ok;
  const handle: Handler = async (action) => {
    const globals = program.opts<GlobalOptions>();
    const opened: Connection[] = [];
    try {
      await action({
        output: { ...options.output, color: options.output.color && globals.color !== false },
        globals,
        environment: options.environment,
        signal: options.signal,
        connect: async () => {
          const connection = await connect(globals, options);
          opened.push(connection);
          return connection;
        },
        exit: (code) => {
          exitCode = code;
        },
      });
    } finally {
      for (const connection of opened) await connection.close();
    }
  };
  const program = createProgram(handle);
  const write = { writeOut: options.output.data, writeErr: (text: string) => options.output.note(text.trimEnd()) };
  for (const command of [program, ...allCommands(program)]) command.configureOutput(write);
  try {
    await program.parseAsync([...args], { from: "user" });
    return exitCode;
  } catch (thrown) {
    if (options.signal.aborted) return EXIT.interrupted;
    return reportFailure(thrown, options.output);
  }
}

function allCommands(command: Command): Command[] {
  return command.commands.flatMap((child) => [child, ...allCommands(child)]);
}
