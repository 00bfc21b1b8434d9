import { describe, expect, test } from "bun:test";
import { toBars } from "../../../../src/market/bars.ts";
import { scanSymbols } from "../../../../src/systems/portfolio/cycle/scan-markets.ts";

const barOf = (date: string) => ({ date, open: 10, high: 11, low: 9, close: 10, adjClose: 10, volume: 1_000 });

/** Scans nothing against the S&P 500; `stored` are the dates of each benchmark's bars, `answers` what a refresh brings. */
async function benchmarkOf(stored: Record<string, string[]>, answers: Record<string, string[]> = {}) {
  const refreshed: string[] = [];
  const loads: string[] = [];
  const known = { ...stored };
  const { regime, as_of } = await scanSymbols(
    [],
    { benchmarks: ["^GSPC", "SPY"], period: "6mo" },
    {
      load: async (symbol, from) => {
        loads.push(`${symbol} ${from}`);
        return toBars((known[symbol] ?? []).filter((date) => date >= from).map(barOf));
      },
      refreshSpare: async (symbol) => {
        refreshed.push(symbol);
        known[symbol] = answers[symbol] ?? [];
      },
      tradingDate: "2026-01-05",
      profile: "v1",
      signal: new AbortController().signal,
    },
  );
  return { benchmark: regime.benchmark, asOf: as_of, refreshed, loads };
}

describe("which benchmark counts", () => {
  test("the first with bars, and then the spare one is not asked for", async () => {
    const found = await benchmarkOf({ "^GSPC": ["2026-01-02"], SPY: ["2026-01-05"] });
    expect(found).toEqual({
      benchmark: "^GSPC",
      asOf: "2026-01-02",
      refreshed: [],
      loads: ["^GSPC 2024-01-05"],
    });
  });

  test("in the first days of a year, last year's bars of the first one count", async () => {
    const found = await benchmarkOf({ "^GSPC": ["2025-12-30"] }, { SPY: ["2025-12-30"] });
    expect(found).toMatchObject({ benchmark: "^GSPC", refreshed: [] });
  });

  test("the spare one is brought up to date when the first has no bars in two years", async () => {
    const found = await benchmarkOf({ "^GSPC": ["2023-12-29"] }, { SPY: ["2026-01-02"] });
    expect(found).toMatchObject({ benchmark: "SPY", asOf: "2026-01-02", refreshed: ["SPY"] });
  });

  test("without any, the regime names the first and is unknown", async () => {
    const found = await benchmarkOf({});
    expect(found).toMatchObject({ benchmark: "^GSPC", refreshed: ["SPY"] });
  });
});
