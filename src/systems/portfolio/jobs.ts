import { defineJob, type JobContext, type JobDefinition, type JobResult } from "../../jobs/define.ts";
import { hours, minutes } from "../../kit/duration.ts";
import { deliverSignals } from "./cycle/deliver-signals.ts";
import { type CycleDeps, isLookBack, runCycle } from "./cycle/run-cycle.ts";
import { cycleSchedule, isCloseSlot } from "./cycle/schedule.ts";
import { PORTFOLIO_CYCLE } from "./job-names.ts";
import { universeRefreshJob } from "./universe-refresh.ts";

/** Event: files of users changed. Data: `trading_date`, `users` (as many as the run looked at), `files_changed`. */
export const PORTFOLIO_UPDATED = "portfolio.updated";

/** The system's jobs, as they are scheduled (concordance 5). */
export function portfolioJobs(deps: CycleDeps): JobDefinition[] {
  const { settings } = deps;
  return [
    defineJob({
      name: PORTFOLIO_CYCLE,
      about: "Scans the markets, analyses every symbol of the portfolios once, and makes the four files of every user.",
      schedule: cycleSchedule({
        intervalMinutes: settings.svgaIntervalMinutes,
        closedMinutes: settings.closedCheckMinutes,
      }),
      overlap: "skip",
      // Of the slots missed only the one after the close: the others are made up for by the next one.
      catchUp: { mode: "latest", windowMs: hours(12), only: isCloseSlot },
      timeoutMs: minutes(30),
      retries: { times: 2, delaysMs: [minutes(1), minutes(5)] },
      // Two of the longer periods: by day the slots are closer than at night.
      overdueAfterMs: minutes(2 * Math.max(settings.closedCheckMinutes, settings.svgaIntervalMinutes)),
      runWhenNew: true,
      run: (context) => runAndTell(context, deps),
    }),
    universeRefreshJob(deps),
  ];
}

async function runAndTell(context: JobContext, deps: CycleDeps): Promise<JobResult> {
  const { settings, db } = deps;
  const result = await runCycle(context, deps);
  // Of the moment at which the run began: it may end on another date.
  const { trading_date, users_processed: users } = result.logData;
  if (result.unitsWritten > 0)
    context.emit({
      type: PORTFOLIO_UPDATED,
      public: false,
      data: { trading_date, users, files_changed: result.unitsWritten },
    });
  const url = settings.svgaAlertWebhook ? settings.alertWebhookUrl : undefined;
  // A look back tells nobody anything.
  if (!url || isLookBack(context)) return result;
  const told = await deliverSignals(context, { db, url, tradingDate: trading_date });
  return { ...result, logData: { ...result.logData, signals_delivered: told } };
}
