import type { Database } from "../../../db/index.ts";
import type { Clock } from "../../../kit/clock.ts";
import type { Logger } from "../../../kit/log.ts";
import { createSnapshotStore } from "../../../market/snapshot-store.ts";
import type { Peer } from "../../../net/peer.ts";
import type { Settings } from "../../../settings.ts";
import type { Sourced, Sources } from "../facts.ts";
import { createFmp } from "./fmp.ts";
import { createFundamentals } from "./fundamentals.ts";
import { createGnews } from "./gnews.ts";
import { createMacro, createMacroAsk } from "./macro.ts";
import { createNews } from "./news.ts";
import { sourcePeers } from "./peers.ts";
import { createSampleSources } from "./sample-sources.ts";
import { fetchYahooFundamentals } from "./yahoo-fundamentals.ts";
import { fetchYahooNews } from "./yahoo-news.ts";

interface SourceOptions {
  settings: Settings;
  db: Database;
  clock: Clock;
  log: Logger;
}

/**
 * The sources beside prices, by `MARKET_DATA`: `yahoo` asks the network and falls back on what is stored, `csv` uses only
 * what is stored or imported, `sample` makes everything up and says so. `peers` are the hosts that may be called.
 */
export function createSources({ settings, db, log }: SourceOptions): { sources: Sources; peers: Peer[] } {
  const peers = sourcePeers(settings);
  if (settings.marketData === "sample") return { sources: createSampleSources(), peers };
  const store = createSnapshotStore(db);
  if (settings.marketData === "csv") {
    const sources: Sources = {
      fundamentals: createFundamentals(store),
      macro: createMacro(store),
      news: createNews(store, settings, []),
    };
    return { sources, peers };
  }
  const sources: Sources = {
    fundamentals: createFundamentals(store, { fmp: createFmp(settings), yahoo: fetchYahooFundamentals }),
    macro: createMacro(store, createMacroAsk(settings)),
    news: createNews(store, settings, [createGnews(settings), fetchYahooNews]),
  };
  return { sources: logged(sources, log), peers };
}

/** Says once per ticker and source what was missing, so that a thin result can be explained. */
function logged(sources: Sources, log: Logger): Sources {
  const tell = <Facts>(analysis: string, ticker: string | undefined, answer: Sourced<Facts>): Sourced<Facts> => {
    const fields = { analysis, ...(ticker ? { ticker } : {}), status: answer.status, source: answer.source };
    if (answer.status === "error") log.warn("source.failed", answer.reason, fields);
    else if (answer.status !== "fresh")
      log.info("source.missing", "reason" in answer ? answer.reason : "an older stored answer is used", fields);
    return answer;
  };
  return {
    fundamentals: async (ticker, request) =>
      tell("fundamental", ticker.ticker, await sources.fundamentals(ticker, request)),
    macro: async (request) => tell("macro", undefined, await sources.macro(request)),
    news: async (ticker, request) => tell("sentiment", ticker.ticker, await sources.news(ticker, request)),
  };
}
