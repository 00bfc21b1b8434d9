import type { Database } from "../../db/index.ts";
import { defineJob, type JobContext, type JobDefinition, type JobResult } from "../../jobs/define.ts";
import type { Clock } from "../../kit/clock.ts";
import { type IsoDate, isIsoDate, utcDate } from "../../kit/dates.ts";
import { days, minutes } from "../../kit/duration.ts";
import { VigiaError } from "../../kit/errors.ts";
import { fetchConstituents } from "../../market/universe/fetch-constituents.ts";
import { loadUniverse } from "../../market/universe/load-universe.ts";
import { type UniverseUpdate, updateUniverse } from "../../market/universe/update-universe.ts";
import type { Settings } from "../../settings.ts";

const UNIVERSE_REFRESH = "universe_refresh";
/** Symbols named in the log line of a change. */
const SHOWN = 20;

export interface UniverseRefreshDeps {
  db: Database;
  settings: Pick<Settings, "marketData" | "universeCsvUrl">;
}

/** Renews the members of the S&P 500 each week from the configured list, where prices come from the network too. */
export function universeRefreshJob(deps: UniverseRefreshDeps): JobDefinition {
  return defineJob({
    name: UNIVERSE_REFRESH,
    about: "Renews the list of the S&P 500's members that the market radar looks at.",
    schedule: { cron: "0 5 * * 1", timezone: "UTC" },
    overlap: "skip",
    catchUp: { mode: "latest", windowMs: days(7) },
    timeoutMs: minutes(5),
    retries: { times: 1, delaysMs: [minutes(60)] },
    runWhenNew: true,
    enabled: deps.settings.marketData === "yahoo",
    run: (context) => refreshUniverse(context, deps),
  });
}

/** A source that is down, broken or implausible fails the run, and the last good list stays in use. */
async function refreshUniverse(context: JobContext, { db, settings }: UniverseRefreshDeps): Promise<JobResult> {
  const { http, signal, clock, log, progress, run } = context;
  progress.total(1);
  const now = clock.now();
  try {
    const csvText = await fetchConstituents(http, settings.universeCsvUrl, signal);
    const force = run.params.force === true;
    const list = { csvText, source: "constituents", asOf: utcDate(now), now, force } as const;
    const update = await updateUniverse(db, list);
    progress.advance(1, "sp500");
    return describeUpdate(update, log);
  } catch (thrown) {
    signal.throwIfAborted();
    if (!(thrown instanceof VigiaError)) throw thrown;
    return describeProblem(thrown, db, now);
  }
}

function describeUpdate({ added, removed, total }: UniverseUpdate, log: JobContext["log"]): JobResult {
  const changed = added.length + removed.length;
  if (changed > 0)
    log.info("universe.changed", `S&P 500: ${added.length} new, ${removed.length} gone, ${total} now.`, {
      added: added.slice(0, SHOWN),
      removed: removed.slice(0, SHOWN),
    });
  return {
    outcome: "ok",
    unitsWritten: changed,
    errors: 0,
    logData: { added: added.length, removed: removed.length, total },
    nothingNew: changed === 0,
  };
}

async function describeProblem(problem: VigiaError, db: Database, now: Date): Promise<JobResult> {
  const { symbols, source, asOf } = await loadUniverse({ db, folder: undefined }, "sp500", utcDate(now));
  const kept = source === "embedded" ? "the embedded list" : `the list of ${asOf}`;
  const hint = problem.hint ? ` ${problem.hint}` : "";
  const message = `${problem.message} In use stays ${kept}, ${symbols.length} symbols.${hint}`;
  return {
    outcome: "failed",
    unitsWritten: 0,
    errors: 1,
    logData: { added: 0, removed: 0, total: symbols.length, problem: problem.code },
    message,
    ...(problem.code === "universe_changed" ? { blockedReason: problem.message } : {}),
  };
}

/**
 * Takes a list of members that the operator gives, as of `asOf` (today by default). Errors: those of `updateUniverse`;
 * `bad_params` for a date that does not exist or lies ahead.
 */
export async function importUniverse(
  { db, clock }: { db: Database; clock: Clock },
  csvText: string,
  { asOf, force = false }: { asOf?: IsoDate; force?: boolean } = {},
): Promise<UniverseUpdate> {
  const now = clock.now();
  const today = utcDate(now);
  if (asOf !== undefined && (!isIsoDate(asOf) || asOf > today))
    throw new VigiaError("bad_params", `as_of of the list is ${asOf}, which is no date up to ${today}.`, {
      hint: "Give as_of as YYYY-MM-DD, or leave it out for today.",
    });
  return updateUniverse(db, { csvText, source: "import", asOf: asOf ?? today, now, force });
}
