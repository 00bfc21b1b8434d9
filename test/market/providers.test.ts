import { afterAll, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLogger } from "../../src/kit/log.ts";
import type { Bar } from "../../src/market/bars.ts";
import { createCsvProvider } from "../../src/market/csv/csv-provider.ts";
import { createPriceProvider } from "../../src/market/price-provider.ts";
import { createSampleProvider } from "../../src/market/sample/sample-provider.ts";
import { computeSampleBars } from "../../src/market/sample/sample-series.ts";
import { createYahooProvider } from "../../src/market/yahoo/yahoo-provider.ts";
import { createYahooReplay } from "../support/market.ts";
import { describeProvider } from "./provider-contract.ts";

const series: Record<string, Bar[]> = Object.fromEntries(
  ["YPF", "GGAL", "BTC-USD"].map((symbol) => [symbol, computeSampleBars(symbol, "2023-01-02", "2024-12-31")]),
);

const folder = mkdtempSync(join(tmpdir(), "vigia-prices-"));
mkdirSync(join(folder, "nested/deep"), { recursive: true });
writeFileSync(join(folder, "YPF.csv"), csvOf(series.YPF!));
writeFileSync(join(folder, "nested/ggal.CSV"), csvOf(series.GGAL!));
writeFileSync(join(folder, "nested/deep/BTC-USD.csv"), csvOf(series["BTC-USD"]!));
afterAll(() => rmSync(folder, { recursive: true }));

describeProvider({
  source: "sample",
  make: () => ({ provider: createSampleProvider() }),
  symbols: ["YPF", "GGAL"],
  coin: "BTC-USD",
  unknown: "not a ticker",
});

describeProvider({
  source: "csv",
  make: () => ({ provider: createCsvProvider({ folder, log: silentLogger }) }),
  symbols: ["YPF", "GGAL"],
  coin: "BTC-USD",
  unknown: "NOSUCH",
});

describeProvider({
  source: "yahoo",
  make(now) {
    const replay = createYahooReplay({ now: () => now, folder });
    for (const [symbol, bars] of Object.entries(series)) replay.prices(symbol, bars);
    return { provider: createYahooProvider(), http: replay.http };
  },
  symbols: ["YPF", "GGAL"],
  coin: "BTC-USD",
  unknown: "NOSUCH",
});

test("MARKET_DATA chooses the provider", () => {
  for (const marketData of ["sample", "csv", "yahoo"] as const)
    expect(createPriceProvider({ marketData, marketDataDir: folder }, silentLogger).source).toBe(marketData);
});

function csvOf(bars: readonly Bar[]): string {
  const lines = bars.map((bar) => [bar.date, bar.open, bar.high, bar.low, bar.close, bar.volume].join(","));
  return `date,open,high,low,close,volume\n${lines.join("\n")}\n`;
}
