import type { JobResult } from "../../../jobs/define.ts";
import type { IsoDate } from "../../../kit/dates.ts";
import { isFailed } from "../analysis/asset-analysis.ts";
import type { ReportAsset } from "../files/user-report.ts";
import type { UserResult } from "../store/results.ts";
import type { CycleMoment } from "./moment.ts";
import type { ScannedMarket } from "./scan-markets.ts";

/** What a cycle counts of its users. */
export interface CycleTally {
  users: number;
  ok: number;
  empty: number;
  failed: number;
  filesChanged: number;
  count(result: UserResult): void;
}

export function startTally(): CycleTally {
  const tally: CycleTally = {
    users: 0,
    ok: 0,
    empty: 0,
    failed: 0,
    filesChanged: 0,
    count({ state, filesChanged }) {
      tally.users++;
      if (state === "failed") tally.failed++;
      else if (state === "empty") tally.empty++;
      else tally.ok++;
      tally.filesChanged += filesChanged;
    },
  };
  return tally;
}

/** Symbols named in the log data of one run; the others are counted. */
const MAX_NAMED = 50;

export interface CycleFacts {
  moment: CycleMoment;
  dataSource: string;
  scanned: readonly ScannedMarket[];
  assets: ReadonlyMap<string, ReportAsset>;
}

/** What the system itself reads of it; the whole log data is for people. */
export type CycleResult = JobResult & { logData: { trading_date: IsoDate; users_processed: number } };

/**
 * The run's result (portfolio.md 14.2): `failed` when there were users and none was served, `partial` when one was not,
 * else `ok`. `success` and the counts are those of the old cycle result, and true.
 */
export function describeCycle(tally: CycleTally, { moment, dataSource, scanned, assets }: CycleFacts): CycleResult {
  const { users, ok, empty, failed, filesChanged } = tally;
  const failedSymbols = [...assets.values()].filter(({ entry }) => isFailed(entry)).map(({ symbol }) => symbol);
  const outcome = failed === 0 ? "ok" : failed < users ? "partial" : "failed";
  return {
    outcome,
    unitsWritten: filesChanged,
    errors: failed,
    nothingNew: users > 0 && failed === 0 && filesChanged === 0,
    logData: {
      success: outcome === "ok" && users > 0,
      users_processed: users,
      successful: ok + empty,
      empty,
      failed,
      files_changed: filesChanged,
      symbols: assets.size,
      failed_symbols: failedSymbols.slice(0, MAX_NAMED),
      failed_symbols_count: failedSymbols.length,
      market_candidates: scanned.reduce((sum, { scan }) => sum + scan.candidates.length, 0),
      trading_date: moment.tradingDate,
      analysed_at: moment.analysedAt.toISOString(),
      data_source: dataSource,
      radars: Object.fromEntries(scanned.map(describeScan)),
    },
    ...(users === 0 ? { message: "There is no active user; the markets were scanned." } : {}),
    ...(outcome === "ok" ? {} : { message: `${failed} of ${users} users have no new files; see their results.` }),
  };
}

const describeScan = ({ plan, universe, scan }: ScannedMarket) => [
  plan.market,
  {
    regime: scan.regime.regime,
    confidence: scan.regime.confidence,
    benchmark: scan.regime.benchmark,
    as_of: scan.as_of,
    radars_used: scan.radars_used,
    scanned: scan.metrics.length,
    skipped: scan.skipped.length,
    missing: scan.skipped.slice(0, MAX_NAMED),
    universe: universe.source,
    universe_as_of: universe.asOf,
  },
];
