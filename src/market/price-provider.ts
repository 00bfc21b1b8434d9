import type { Logger } from "../kit/log.ts";
import type { Settings } from "../settings.ts";
import { createCsvProvider } from "./csv/csv-provider.ts";
import type { PriceProvider } from "./provider.ts";
import { createSampleProvider } from "./sample/sample-provider.ts";
import { createYahooProvider } from "./yahoo/yahoo-provider.ts";

/** The source that `MARKET_DATA` names. */
export function createPriceProvider(
  settings: Pick<Settings, "marketData" | "marketDataDir">,
  log: Logger,
): PriceProvider {
  switch (settings.marketData) {
    case "sample":
      return createSampleProvider();
    case "csv":
      // The settings refuse csv without a folder.
      return createCsvProvider({ folder: settings.marketDataDir ?? ".", log });
    case "yahoo":
      return createYahooProvider();
  }
}
