import type { Logger } from "../kit/log.ts";
import type { Settings } from "../settings.ts";
import { createCsvProvider } from "./csv/csv-provider.ts";
import { PriceError } from "./price-error.ts";
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
      return settings.marketDataDir ? createCsvProvider({ folder: settings.marketDataDir, log }) : createStoredOnly();
    case "yahoo":
      return createYahooProvider();
  }
}

/** Prices came from files once and no folder is named now: what is stored serves, nothing is added. */
function createStoredOnly(): PriceProvider {
  return {
    source: "csv",
    fetchBars: async ({ symbol }) => {
      throw new PriceError("no_source", symbol, "No folder of price files is configured.", {
        hint: "Set MARKET_DATA=csv and MARKET_DATA_DIR to add newer prices.",
      });
    },
  };
}
