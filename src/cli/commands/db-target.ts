import { createInterface } from "node:readline/promises";
import { connectRemote, type RemoteDatabase } from "../../db/remote/connect.ts";
import { type ConnectionProfile, deriveMigrationUrl } from "../../db/remote/profile.ts";
import { readSettings } from "../../environment.ts";
import { type Clock, createSystemClock } from "../../kit/clock.ts";
import { VigiaError } from "../../kit/errors.ts";
import { type Settings, SettingsError } from "../../settings.ts";
import type { CommandContext } from "../context.ts";
import { plainText } from "../output.ts";

/** Supabase's Postgres as the settings name it. */
export interface RemoteTarget {
  settings: Settings;
  database: RemoteDatabase;
  clock: Clock;
}

/** Connects with MIGRATION_DB_URL or what stands in for it, and closes it again. Errors: exit 78 when nothing is set. */
export async function withRemote(
  context: CommandContext,
  work: (target: RemoteTarget) => Promise<void>,
): Promise<void> {
  const { output } = context;
  const { settings, warnings } = readSettings(context.environment, context.globals.envFile);
  for (const warning of warnings) output.note(warning);
  const address = deriveMigrationUrl(settings);
  if (!address)
    throw new SettingsError([
      {
        variable: "POSTGRES_URL",
        problem: "is unset",
        remedy: "Set it, or MIGRATION_DB_URL, to an address from the project's Connect page.",
      },
    ]);
  if (address.derived) output.note(address.derived);
  const clock = createSystemClock();
  const onNotice = (message: string) => output.note(plainText(message));
  const database = connectRemote({ url: address.url, settings, clock, onNotice });
  for (const warning of database.warnings) output.note(warning);
  try {
    await work({ settings, database, clock });
  } finally {
    await database.close();
  }
}

/** Asks a person to type something; undefined where nobody can be asked. */
type Ask = (question: string) => Promise<string | undefined>;

/**
 * Lets a change of another machine through with `--yes`, or when a person types the name of the project.
 * Errors: `bad_usage`.
 */
export async function confirmTarget(
  profile: Pick<ConnectionProfile, "local" | "ref" | "host">,
  { yes = false, action }: { yes?: boolean | undefined; action: string },
  ask: Ask = askOnTerminal,
): Promise<void> {
  if (profile.local || yes) return;
  const name = profile.ref ?? profile.host;
  const answer = await ask(`${action} on ${profile.host}. Type ${name} to go on: `);
  if (answer?.trim() === name) return;
  const problem = answer === undefined ? "was not confirmed" : "was not confirmed: another name was typed";
  throw new VigiaError("bad_usage", `${action} on ${profile.host} ${problem}; nothing was changed.`, {
    hint: `Add --yes, or type ${name} when asked.`,
  });
}

async function askOnTerminal(question: string): Promise<string | undefined> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return undefined;
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await terminal.question(question);
  } finally {
    terminal.close();
  }
}
