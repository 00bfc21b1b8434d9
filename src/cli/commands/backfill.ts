import type { Command } from "commander";
import { VigiaError } from "../../kit/errors.ts";
import { DAILY_ANALYSIS } from "../../systems/recommendations/job-names.ts";
import { parseDate } from "../arguments.ts";
import type { Handler } from "../context.ts";
import { runJob } from "./run.ts";

/** `vigia backfill --from --to`: recommendations of past dates from stored bars, technical part only. */
export function registerBackfill(program: Command, handle: Handler): void {
  program
    .command("backfill")
    .description("fill the history from stored bars (technical part only, marked as backfill)")
    .requiredOption("--from <date>", "first date (YYYY-MM-DD)", parseDate)
    .requiredOption("--to <date>", "last date (YYYY-MM-DD)", parseDate)
    .action(({ from, to }: { from: string; to: string }) =>
      handle(async (context) => {
        if (from > to)
          throw new VigiaError("bad_usage", `--from ${from} is later than --to ${to}.`, { hint: "Swap them." });
        const params = { backfill_from: from, backfill_to: to };
        await runJob(context, DAILY_ANALYSIS, { trigger: "backfill", params });
      }),
    );
}
