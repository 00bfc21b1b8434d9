import type { MarketName } from "../db/schema/market.ts";
import { type Api, ApiError } from "./api.ts";
import type { Candidate, Cycle, Scan, UserResult } from "./portfolio-wire.ts";
import type { Job, Status } from "./wire.ts";

/** What the portfolio screen shows of the newest scans and of the last cycle. */
export interface Portfolio {
  /** Null for a market without a scan. */
  scans: Record<MarketName, Scan | null>;
  /** Last closes by symbol, oldest first: benchmarks and candidates. */
  closes: ReadonlyMap<string, readonly number[]>;
  /** `not allowed`: the token may not read what concerns users. */
  cycle: Cycle | "none yet" | "not allowed";
  /** Of the last cycle, failed ones first. */
  results: readonly UserResult[];
}

/** Markets in the order of the screen. */
export const MARKET_TITLES: Record<MarketName, string> = { sp500: "S&P 500", crypto30: "Coins" };

const MARKET_NAMES = Object.keys(MARKET_TITLES) as MarketName[];

export const PORTFOLIO_CYCLE = "portfolio_cycle";

export async function readPortfolio(api: Api, signal: AbortSignal): Promise<Portfolio> {
  const [sp500, crypto30, cycle] = await Promise.all([
    api.fetchScan("sp500", signal),
    api.fetchScan("crypto30", signal),
    readCycle(api, signal),
  ]);
  const scans = { sp500, crypto30 };
  const series = await api.fetchCloses(symbolsOf(scans), signal);
  return { scans, closes: new Map(series.map(({ symbol, closes }) => [symbol, closes])), ...cycle };
}

async function readCycle(api: Api, signal: AbortSignal): Promise<Pick<Portfolio, "cycle" | "results">> {
  try {
    const cycle = await api.fetchCycle(null, signal);
    if (!cycle) return { cycle: "none yet", results: [] };
    const shown = cycle.results.filter(isFailed);
    // A large house answers in pages by user: the failed ones may lie on another.
    const failed = shown.length < cycle.failed ? ((await api.fetchCycle("failed", signal))?.results ?? shown) : shown;
    return { cycle, results: sortResults([...failed, ...cycle.results.filter((result) => !isFailed(result))]) };
  } catch (error) {
    if (error instanceof ApiError && (error.status === 401 || error.status === 403))
      return { cycle: "not allowed", results: [] };
    throw error;
  }
}

const isFailed = ({ state }: UserResult): boolean => state === "failed";

/** What wants attention comes first: failed users, then users with failed symbols. */
const sortResults = (results: readonly UserResult[]): UserResult[] =>
  results.toSorted(
    (a, b) => Number(isFailed(b)) - Number(isFailed(a)) || Number(b.failed_symbols > 0) - Number(a.failed_symbols > 0),
  );

function symbolsOf(scans: Portfolio["scans"]): string[] {
  const known = MARKET_NAMES.flatMap((market) => scans[market] ?? []);
  const benchmarks = known.flatMap(({ regime }) => (regime.benchmark === "" ? [] : [regime.benchmark]));
  return [...new Set([...benchmarks, ...known.flatMap(({ candidates }) => candidates.map(({ symbol }) => symbol))])];
}

export type MarketCandidate = Candidate & { market: MarketName };

/** The candidates of all markets, one market after the other, best first. */
export const candidatesOf = (portfolio: Portfolio | null): MarketCandidate[] =>
  MARKET_NAMES.flatMap((market) =>
    (portfolio?.scans[market]?.candidates ?? []).map((candidate) => ({ ...candidate, market })),
  );

export const cycleJobOf = (status: Status | null): Job | null =>
  status?.jobs.find((job) => job.job_name === PORTFOLIO_CYCLE) ?? null;

/** The cycle that ended last, by what the jobs' status says; null for none. */
export function lastCycleOf(status: Status | null): number | null {
  const job = cycleJobOf(status);
  const ended = [...(job?.runs ?? []), ...(job?.last_run ? [job.last_run] : [])].filter(
    (run) => run.status !== "running",
  );
  return ended.length === 0 ? null : Math.max(...ended.map(({ id }) => id));
}
