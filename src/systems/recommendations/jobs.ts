import { defineJob, type JobContext, type JobDefinition, type JobResult, type Progress } from "../../jobs/define.ts";
import { isIsoDate } from "../../kit/dates.ts";
import { hours, minutes } from "../../kit/duration.ts";
import { VigiaError } from "../../kit/errors.ts";
import { badParam } from "./analysis-moment.ts";
import { type BackfillDeps, backfill } from "./backfill.ts";
import { type DailyAnalysisDeps, runDailyAnalysis, SCORES_UPDATED } from "./daily-analysis.ts";
import { judgeDataAge, judgeSources } from "./data-alerts.ts";
import { DAILY_ANALYSIS, TRACK_RECORD } from "./job-names.ts";
import { isNotOffered } from "./load-prices.ts";
import { dailyCron, runsEveryDay } from "./schedule.ts";
import { runTrackRecord } from "./track-record.ts";

export interface JobDeps extends DailyAnalysisDeps, BackfillDeps {
  /** Called when outcomes may have changed. */
  onJudged(): void;
}

/** The system's jobs, as they are scheduled. */
export function recommendationJobs(deps: JobDeps): JobDefinition[] {
  const { settings } = deps;
  const timezone = settings.dailyAnalysisTimezone;
  return [
    defineJob({
      name: DAILY_ANALYSIS,
      about:
        "Rates every ticker from prices, fundamentals, macro figures and news, and stores the day's recommendations.",
      schedule: { cron: dailyCron(settings), timezone },
      overlap: "skip",
      catchUp: { mode: "latest", windowMs: minutes(settings.misfireGraceMinutes) },
      timeoutMs: minutes(settings.jobTimeoutMinutes),
      retries: { times: settings.maxRetries, delaysMs: [minutes(5), minutes(15), minutes(45)] },
      slowAfterMs: minutes(60),
      // A schedule that leaves out days counts two of its own periods, else each weekend would be an alert.
      ...(runsEveryDay(settings) ? { overdueAfterMs: hours(25) } : {}),
      public: true,
      runWhenNew: true,
      run: (context) => (isBackfill(context) ? runBackfill(context, deps) : runDay(context, deps)),
    }),
    defineJob({
      name: TRACK_RECORD,
      about: "Judges stored recommendations 5, 20 and 60 sessions later, beside the benchmark.",
      schedule: { cron: "30 6 * * *", timezone },
      overlap: "skip",
      catchUp: { mode: "latest", windowMs: hours(24) },
      timeoutMs: minutes(10),
      retries: { times: 1, delaysMs: [minutes(15)] },
      public: true,
      run: async (context) => {
        const result = await runTrackRecord(context, deps);
        deps.onJudged();
        await judgeDataAge(context.alerts, deps, context.clock.now());
        return result;
      },
    }),
  ];
}

async function runDay(context: JobContext, deps: JobDeps): Promise<JobResult> {
  const result = await runDailyAnalysis(context, deps);
  const { alerts, clock, run } = context;
  const { source_calls, sources_down } = result.logData as { source_calls: object; sources_down: string[] };
  await judgeDataAge(alerts, deps, clock.now());
  await judgeSources(alerts, deps, { runId: run.id, called: Object.keys(source_calls), down: sources_down });
  return result;
}

/** A run by hand with `backfill_from` fills history instead of rating the day. */
const isBackfill = ({ run }: JobContext) => run.trigger === "backfill" || run.params.backfill_from !== undefined;

/** Fills history and judges it at once, so that the track record speaks of it. */
async function runBackfill(context: JobContext, deps: JobDeps): Promise<JobResult> {
  const { run, clock, http, log, signal, progress, emit } = context;
  const from = dateParam(run.params, "backfill_from");
  const to = dateParam(run.params, "backfill_to");
  if (from > to) throw badParam("backfill_from", `is later than backfill_to, ${to}`);
  const result = await backfill(
    {
      from,
      to,
      now: clock.now(),
      http,
      signal,
      jobRunId: run.id,
      progress: (ticker, _done, total) => {
        progress.total(total);
        progress.advance(1, ticker);
      },
    },
    deps,
  );
  if (result.written > 0) {
    const data = { analysis_date: to, data_source: deps.market.source, tickers: result.tickers.length, outcome: "ok" };
    emit({ type: SCORES_UPDATED, public: true, data });
  }
  const empty = result.tickers.filter(({ written, kept }) => written + kept === 0);
  const unpriced = empty.filter(({ problem }) => problem !== undefined);
  for (const { ticker, problem } of unpriced)
    log.warn("backfill.no_prices", `${ticker} has no bars to rate: ${problem}`, { ticker });
  const failed = unpriced.filter(({ code }) => !isNotOffered(deps.market.source, code));
  const judged = await runTrackRecord({ ...context, progress: SILENT_PROGRESS }, deps);
  deps.onJudged();
  const nothing = empty.length === result.tickers.length;
  return {
    outcome: nothing ? "failed" : failed.length > 0 ? "partial" : "ok",
    unitsWritten: result.written,
    errors: failed.length,
    logData: { backfill: result, judged: judged.unitsWritten },
    ...(nothing ? { message: `There are no bars between ${from} and ${to} that could be rated.` } : {}),
  };
}

/** The units of a backfill are its tickers, not those that are judged after it. */
const SILENT_PROGRESS: Progress = { total() {}, advance() {} };

function dateParam(params: Readonly<Record<string, unknown>>, name: string): string {
  const value = params[name];
  if (typeof value === "string" && isIsoDate(value)) return value;
  throw value === undefined
    ? new VigiaError("bad_params", `${name} is missing.`, { hint: "Give backfill_from and backfill_to as YYYY-MM-DD." })
    : badParam(name, "is not a date that exists");
}
