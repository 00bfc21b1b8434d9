import type { Command } from "commander";
import { parseDate } from "../arguments.ts";
import type { Handler } from "../program.ts";
import { runJob } from "./run.ts";

/** `vigia backfill --from --to`: recommendations of past dates from stored bars, technical part only. */
export function registerBackfill(program: Command, handle: Handler): void {
  program
    .command("backfill")
    .description("fill the history from stored bars (technical part only, marked as backfill)")
    .requiredOption("--from <date>", "first date (YYYY-MM-DD)", parseDate)
    .requiredOption("--to <date>", "last date (YYYY-MM-DD)", parseDate)
    .action((options: { from: string; to: string }) =>
      handle(async (context) => {
        await runJob(context, "daily_analysis", {
          trigger: "backfill",
          params: { backfill_from: options.from, backfill_to: options.to },
        });
      }),
    );
}
