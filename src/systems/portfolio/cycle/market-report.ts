import type { DataSource, MarketName } from "../../../db/schema/market.ts";
import type { MarketContext } from "../context/market-context.ts";
import type { MarketReport, ReportAsset, ReportCandidate } from "../files/user-report.ts";
import type { RadarProfile } from "../radar/radar-scan.ts";
import type { CycleMoment } from "./moment.ts";
import type { ScannedMarket } from "./scan-markets.ts";

/** The part of the files that all users share. `analyses`: by symbol, one for each candidate. */
export function buildMarketReport(
  scanned: readonly ScannedMarket[],
  analyses: ReadonlyMap<string, ReportAsset>,
  facts: { moment: CycleMoment; dataSource: DataSource; radarProfile: RadarProfile; context: MarketContext },
): Omit<MarketReport, "analysedAt"> {
  const { moment, dataSource, radarProfile, context } = facts;
  const byMarket = <Value>(pick: (market: ScannedMarket) => Value) =>
    Object.fromEntries(scanned.map((market) => [market.plan.market, pick(market)])) as Record<MarketName, Value>;
  return {
    tradingDate: moment.tradingDate,
    dataSource,
    candidates: scanned.flatMap((market) => candidatesOf(market, analyses)),
    regimes: byMarket(({ scan }) => scan.regime),
    radarsUsed: byMarket(({ scan }) => scan.radars_used),
    radarProfile,
    context,
    scanned: byMarket(({ scan }) => ({
      scanned: scan.metrics.length,
      candidates: scan.candidates.length,
      skipped: scan.skipped.length,
    })),
  };
}

function candidatesOf(
  { plan: { market }, scan }: ScannedMarket,
  analyses: ReadonlyMap<string, ReportAsset>,
): ReportCandidate[] {
  return scan.candidates.map(({ ticker: symbol, radar, score }, index) => {
    const { entry, currency } = analyses.get(symbol)!;
    return { symbol, market, radar, score, rank: index + 1, regime: scan.regime.regime, entry, currency };
  });
}
