import { detectAlerts } from "../alerts/detector.ts";
import { summarize } from "../alerts/summary.ts";
import type { MarketConfig } from "../files/filter-candidates.ts";
import type { ReportProfile } from "../files/portfolio-report-md.ts";
import { type MarketPair, marketPairKey, renderMarketPair, renderSet } from "../files/render-set.ts";
import type { MarketReport, ReportAsset } from "../files/user-report.ts";
import type { UserPortfolio } from "../people/user-portfolio.ts";
import { type FileText, type FileTexts, fileText } from "../store/file-sets.ts";

/** Makes the texts of a user's files. */
export interface SetRenderer {
  /** `analysedAt`: ISO moment that the files carry. The same arguments give the same bytes. */
  render(user: UserPortfolio, assets: readonly ReportAsset[], analysedAt: string): FileTexts;
}

export interface SetRendererOptions {
  market: Omit<MarketReport, "analysedAt">;
  reportProfile: ReportProfile;
}

/** Market pairs kept: users differ by zone and configuration only, so a few serve thousands. */
const KEPT_PAIRS = 64;

interface KnownPair {
  texts: MarketPair;
  /** The two by their texts, hashed once. */
  files: ReadonlyMap<string, FileText>;
}

/** One cycle's renderer: the market's pair is made once for all users who want the same of it. */
export function createSetRenderer({ market, reportProfile }: SetRendererOptions): SetRenderer {
  const pairs = new Map<string, KnownPair>();

  function marketPair(config: MarketConfig | null, timezone: string, analysedAt: Date): KnownPair {
    const options = { reportProfile, timezone, config };
    const key = `${analysedAt.toISOString()} ${marketPairKey(options)}`;
    const known = pairs.get(key);
    if (known) return known;
    const texts = renderMarketPair({ ...market, analysedAt }, options);
    const pair = { texts, files: new Map(Object.values(texts).map((text) => [text, fileText(text)])) };
    if (pairs.size >= KEPT_PAIRS) pairs.clear();
    pairs.set(key, pair);
    return pair;
  }

  return {
    render({ userId, displayName, timezone, holdings, config }, assets, moment) {
      const analysedAt = new Date(moment);
      const { tradingDate, dataSource } = market;
      const entries = new Map(assets.map(({ symbol, entry }) => [symbol, entry]));
      const summary = summarize({
        timestamp: moment,
        assets: entries,
        detected: detectAlerts(entries),
        market: symbolsLookedAt(market),
      });
      const pair = marketPair(config, timezone, analysedAt);
      const texts = renderSet(
        {
          user: { userId, displayName, timezone },
          analysedAt,
          tradingDate,
          dataSource,
          assets,
          holdings,
          market: { ...market, analysedAt },
        },
        { reportProfile, summary, config, marketPair: pair.texts },
      );
      return new Map([...texts].map(([name, text]) => [name, pair.files.get(text) ?? fileText(text)]));
    },
  };
}

/** The summary counts whole lists, those without enough bars included, as the summary that was replaced did. */
function symbolsLookedAt({ scanned: { sp500, crypto30 } }: Pick<MarketReport, "scanned">) {
  const wholeList = ({ scanned, skipped, candidates }: typeof sp500) => ({ scanned: scanned + skipped, candidates });
  return { sp500: wholeList(sp500), crypto30: wholeList(crypto30) };
}
