import { CommanderError } from "commander";
import { EXIT, type ExitCode } from "../jobs/exit-codes.ts";
import { toError, VigiaError } from "../kit/errors.ts";
import { SettingsError } from "../settings.ts";
import { type Output, plainText } from "./output.ts";

/** Problems that lie in what was typed: other words would have worked. */
const USAGE_CODES: ReadonlySet<string> = new Set([
  "bad_usage",
  "bad_params",
  "invalid_input",
  "unknown_job",
  "unknown_run",
  "unknown_user",
]);

/** Says on standard error what went wrong and what helps, and returns the exit code. */
export function reportFailure(thrown: unknown, output: Output): ExitCode {
  if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? EXIT.ok : EXIT.usage;
  const error = toError(thrown);
  output.note(plainText(error.message));
  if (!(error instanceof VigiaError)) return EXIT.failure;
  if (error.hint) output.note(`→ ${plainText(error.hint)}`);
  if (error instanceof SettingsError) return EXIT.configuration;
  return USAGE_CODES.has(error.code) ? EXIT.usage : EXIT.failure;
}
