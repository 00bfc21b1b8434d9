import type { Database } from "../../../db/index.ts";
import type { JobContext } from "../../../jobs/define.ts";
import { VigiaError } from "../../../kit/errors.ts";
import type { Market } from "../../../market/market.ts";
import { loadUniverse } from "../../../market/universe/load-universe.ts";
import type { Settings } from "../../../settings.ts";
import type { ContextSource } from "../context/context-source.ts";
import type { ReportAsset } from "../files/user-report.ts";
import type { PeopleStore } from "../people/people-store.ts";
import { canonicalUserId } from "../people/person-fields.ts";
import type { UserPortfolio } from "../people/user-portfolio.ts";
import { saveScan } from "../store/scans.ts";
import { type AnalysisDeps, analyseSymbols, DAILY_VIEW, WEEKLY_VIEW } from "./analyse-symbols.ts";
import { type CycleResult, describeCycle, startTally } from "./cycle-tally.ts";
import { buildMarketReport } from "./market-report.ts";
import { type CycleMoment, cycleMoment } from "./moment.ts";
import { createPriceSeries, historyStart, type PriceSeries } from "./price-series.ts";
import { createSetRenderer } from "./render-sets.ts";
import { SCAN_PLANS, type ScannedMarket, scanSymbols } from "./scan-markets.ts";
import { type AnalysedAssets, serveUsers } from "./serve-users.ts";

export interface CycleDeps {
  settings: Settings;
  db: Database;
  market: Market;
  people: PeopleStore;
  context: ContextSource;
  /** Address of a symbol's chart; null where none is served. */
  chartOf(symbol: string): string | null;
}

/** Users in memory at a time: what a cycle needs does not grow with their number. */
const USERS_A_PAGE = 200;

/**
 * One cycle (portfolio.md 14, 17.2): each distinct symbol is downloaded and analysed once, each market scanned once, then
 * every user's files are made from what is known. `params.user` serves one user, `params.as_of` looks back.
 * A fault of a symbol or of a user is data; only an abort, bad parameters and an unreadable store throw.
 */
export async function runCycle(context: JobContext, deps: CycleDeps): Promise<CycleResult> {
  const { run, clock, http, signal, progress } = context;
  const { settings, db, market } = deps;
  checkParams(run.params);
  const moment = cycleMoment(run.params, clock.now());
  const users = await selectUsers(run.params, deps.people);
  const series = createPriceSeries({ market, http, signal, now: moment.now, from: historyStart(moment.tradingDate) });
  const cycle: Cycle = { context, deps, moment, series };

  const universes = await loadUniverses(cycle);
  const members = universes.flatMap(({ plan, universe }) => [plan.benchmarks[0]!, ...universe.symbols]);
  progress.total(new Set([...members, ...users.symbols]).size + users.symbols.length + users.count);
  const onDone = (item: string) => progress.advance(1, item);
  await series.refresh(users.symbols, { live: isLive(cycle), onDone });
  await series.refresh(members, { onDone });

  const scanned = await scanMarkets(universes, cycle);
  const assets = await analyseSymbols(users.symbols, DAILY_VIEW, analysisOf(cycle), onDone);
  const report = await reportMarkets(scanned, cycle);
  const service = {
    db,
    log: context.log,
    assets: lookUp(assets, series),
    renderer: createSetRenderer({ market: report, reportProfile: settings.svgaReportProfile }),
    runId: run.id,
    analysedAt: moment.analysedAt.toISOString(),
    writtenAt: clock.now().toISOString(),
    workers: settings.maxWorkers,
    isLookBack: isLookBack(context),
    signal,
  };
  const tally = startTally();
  for await (const page of users.pages)
    await serveUsers(page, service, (result) => {
      tally.count(result);
      onDone(result.userId);
    });
  return describeCycle(tally, { moment, dataSource: market.source, scanned, assets });
}

/** A look back sees only what was complete then. */
export const isLookBack = ({ run }: JobContext): boolean => run.params.as_of != null;

/** A session that was open then has long since ended: its bar would tell how. */
const isLive = ({ context, deps }: Cycle): boolean => deps.settings.svgaBarMode === "live" && !isLookBack(context);

const loadContext = ({ context, deps, moment }: Cycle) =>
  isLookBack(context)
    ? deps.context.load(undefined, context.signal, moment.now)
    : deps.context.load(context.http, context.signal);

/** One cycle under way. */
interface Cycle {
  context: JobContext;
  deps: CycleDeps;
  moment: CycleMoment;
  series: PriceSeries;
}

const PARAMS = ["user", "as_of"];

/** A mistyped parameter must not become a run over everybody. Errors: `bad_params`. */
function checkParams(params: Readonly<Record<string, unknown>>): void {
  const unknown = Object.keys(params).filter((name) => !PARAMS.includes(name));
  if (unknown.length > 0)
    throw new VigiaError("bad_params", `${unknown.join(", ").slice(0, 100)} is no parameter of this job.`, {
      hint: `It takes ${PARAMS.join(" and ")}.`,
    });
}

interface SelectedUsers {
  count: number;
  /** Each once. */
  symbols: readonly string[];
  pages: AsyncIterable<UserPortfolio[]> | Iterable<UserPortfolio[]>;
}

/** All active users, or the one that `params.user` names. Errors: `bad_params`. */
async function selectUsers(params: Readonly<Record<string, unknown>>, people: PeopleStore): Promise<SelectedUsers> {
  if (params.user === undefined || params.user === null)
    return {
      count: await people.countActive(),
      symbols: await people.distinctSymbols(),
      pages: people.pages(USERS_A_PAGE),
    };
  const user = typeof params.user === "string" ? await people.one(canonicalUserId(params.user)) : undefined;
  if (!user)
    throw new VigiaError("bad_params", "user names no active user.", {
      hint: "`vigia portfolio users` lists them; users of the sample count with sample prices only.",
    });
  return { count: 1, symbols: user.symbols, pages: [[user]] };
}

type PlannedScan = Pick<ScannedMarket, "plan" | "universe">;

async function loadUniverses({ deps: { db, settings, market }, moment }: Cycle): Promise<PlannedScan[]> {
  const folder = market.source === "csv" ? settings.marketDataDir : undefined;
  const scans: PlannedScan[] = [];
  for (const plan of SCAN_PLANS) {
    const universe = await loadUniverse({ db, folder }, plan.market, moment.tradingDate);
    scans.push({ plan, universe });
  }
  return scans;
}

async function scanMarkets(universes: readonly PlannedScan[], cycle: Cycle): Promise<ScannedMarket[]> {
  const { deps, moment, series, context } = cycle;
  const { db, settings, market } = deps;
  const scanned: ScannedMarket[] = [];
  for (const { plan, universe } of universes) {
    const scan = await scanSymbols(universe.symbols, plan, {
      load: async (symbol, from) => (await series.load(symbol, from)).bars,
      refreshSpare: (symbol) => series.refresh([symbol]),
      tradingDate: moment.tradingDate,
      profile: settings.svgaRadarProfile,
      signal: context.signal,
    });
    scanned.push({ plan, universe, scan });
    if (scan.as_of === null) continue;
    await saveScan(db, {
      market: plan.market,
      scan: { ...scan, as_of: scan.as_of },
      dataSource: market.source,
      universeSource: universe.source,
      universeAsOf: universe.asOf,
      scannedAt: moment.analysedAt.toISOString(),
    });
  }
  return scanned;
}

/** The shared part of the files, each candidate analysed once. */
async function reportMarkets(scanned: readonly ScannedMarket[], cycle: Cycle) {
  const { deps, moment } = cycle;
  const { svgaRadarProfile: radarProfile } = deps.settings;
  const symbols = [...new Set(scanned.flatMap(({ scan }) => scan.candidates.map(({ ticker }) => ticker)))];
  // Profile v2 judges candidates by the bars that chose them (portfolio.md 17.8).
  const view = radarProfile === "v2" ? DAILY_VIEW : WEEKLY_VIEW;
  return buildMarketReport(scanned, await analyseSymbols(symbols, view, analysisOf(cycle)), {
    moment,
    dataSource: deps.market.source,
    radarProfile,
    context: await loadContext(cycle),
  });
}

const analysisOf = ({ context, deps, moment, series }: Cycle): AnalysisDeps => ({
  db: deps.db,
  series,
  moment,
  dataSource: deps.market.source,
  chartOf: deps.chartOf,
  signal: context.signal,
  live: deps.settings.svgaBarMode === "live",
});

/** A symbol that was added while the cycle ran has no analysis yet. */
function lookUp(assets: ReadonlyMap<string, ReportAsset>, series: PriceSeries): AnalysedAssets {
  return {
    get: (symbol) =>
      assets.get(symbol) ?? {
        symbol,
        currency: null,
        entry: { error: `${symbol} se agregó hace un momento: se analizará en el próximo ciclo.` },
      },
    isTemporary: (symbol) => series.failure(symbol)?.temporary === true,
  };
}
