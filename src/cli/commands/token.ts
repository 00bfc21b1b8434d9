import { resolve } from "node:path";
import { type Command, InvalidArgumentError } from "commander";
import { readSettings } from "../../environment.ts";
import { mintUserToken } from "../../house/user-token.ts";
import { VigiaError } from "../../kit/errors.ts";
import { loadOperatorToken, MAX_SELF_TOKEN_DAYS } from "../../server/identity/index.ts";
import type { CommandContext, Handler } from "../context.ts";
import { type Output, plainText } from "../output.ts";

const DEFAULT_DAYS = 1;

interface TokenOptions {
  user?: string;
  days?: number;
}

/** `vigia token [--user ID [--days N]]`: the operator's token of the data directory, or one for an end user. */
export function registerToken(program: Command, handle: Handler): void {
  program
    .command("token")
    .description("print the operator token of this data directory, or one for a user (keep it secret)")
    .option("--user <id>", "a token for this user's own portfolio instead")
    .option(
      "--days <n>",
      `days until the user's token expires, 1 to ${MAX_SELF_TOKEN_DAYS} (default: ${DEFAULT_DAYS}); keep it short: it cannot ` +
        "be renewed, and only switching the user off takes it back",
      parseDays,
    )
    .action(({ user, days }: TokenOptions) =>
      handle(async (context) => {
        if (user !== undefined) return printUserToken(context, user, days ?? DEFAULT_DAYS);
        if (days !== undefined)
          throw new VigiaError("bad_usage", "--days says nothing without --user.", {
            hint: "The operator token does not expire.",
          });
        printOperatorToken(context);
      }),
    );
}

function printOperatorToken({ output, globals, environment }: CommandContext): void {
  const { settings } = readSettings(environment, globals.envFile);
  const { token, generated } = loadOperatorToken(resolve(settings.vigiaDataDir), settings);
  const from = generated ? "data directory" : "VIGIA_ADMIN_TOKEN";
  const note = generated
    ? "Valid from this machine only. Set VIGIA_ADMIN_TOKEN for one that counts from anywhere."
    : "From VIGIA_ADMIN_TOKEN.";
  print(output, { token, from }, globals.json ? undefined : note);
}

async function printUserToken(context: CommandContext, userId: string, lifetimeDays: number): Promise<void> {
  const { output, globals, environment } = context;
  const { settings } = readSettings(environment, globals.envFile);
  const dataDir = resolve(settings.vigiaDataDir);
  const { token, expiresAt } = await mintUserToken({ settings, dataDir, userId, lifetimeDays });
  const expires = expiresAt.toISOString();
  const note = `For the portfolio of ${plainText(userId)} until ${expires}.`;
  print(output, { token, user_id: userId, expires_at: expires }, globals.json ? undefined : note);
}

/** JSON without a note; else the token alone, so that a script can take it as it is. */
function print(output: Output, data: { token: string; [more: string]: string }, note: string | undefined): void {
  if (note !== undefined) output.note(note);
  output.data(note === undefined ? JSON.stringify(data, null, 2) : data.token);
}

function parseDays(text: string): number {
  const days = Number(text);
  if (Number.isInteger(days) && days >= 1 && days <= MAX_SELF_TOKEN_DAYS) return days;
  throw new InvalidArgumentError(`It is not a whole number from 1 to ${MAX_SELF_TOKEN_DAYS}.`);
}
