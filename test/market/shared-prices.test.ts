import { describe, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { silentLogger } from "../../src/kit/log.ts";
import { createMarket } from "../../src/market/create-market.ts";
import { createCsvProvider } from "../../src/market/csv/csv-provider.ts";
import { createYahooProvider } from "../../src/market/yahoo/yahoo-provider.ts";
import { createFakeClock } from "../support/clock.ts";
import { openTestDatabase } from "../support/database.ts";
import { createPlainClient, createYahooReplay } from "../support/market.ts";
import { hasShared, sharedPath } from "../support/shared.ts";
import { soaking } from "../support/soak.ts";

const NOW = "2025-01-06T23:00:00.000Z";
const noNetwork = createPlainClient(async () => {
  throw new Error("no network");
});
const request = { interval: "1d", from: "2015-01-01", signal: new AbortController().signal } as const;

describe.skipIf(!hasShared)("the shared prices", () => {
  /** All of them in soak, every twelfth otherwise. */
  test(`are read without a warning (${soaking ? "all files" : "a sample of them"})`, async () => {
    const provider = createCsvProvider({ folder: sharedPath("data/prices"), log: silentLogger });
    const symbols = (await provider.symbols?.()) ?? [];
    expect(symbols).toHaveLength(280);
    let bars = 0;
    for (const symbol of symbols.filter((_, index) => soaking || index % 12 === 0)) {
      const now = new Date(NOW);
      const answer = await provider.fetchBars({ ...request, symbol, to: "2025-01-06", now, http: noNetwork });
      expect(answer.warnings).toEqual([]);
      bars += answer.bars.length;
    }
    if (soaking) expect(bars).toBe(504_060 + 26_416 + 34_200 + 2_059);
  });

  test("every ADR goes through the market as it lies in its file, by files and by Yahoo's shape", async () => {
    await using store = await openTestDatabase();
    const clock = createFakeClock(NOW);
    const replay = createYahooReplay({ now: clock.now });
    const csv = createCsvProvider({ folder: sharedPath("data/prices"), log: silentLogger });
    const tickers = readdirSync(sharedPath("data/prices/adr")).map((name) => name.slice(0, -4));
    for (const symbol of tickers.slice(0, soaking ? tickers.length : 3)) {
      const through = [];
      for (const [provider, http] of [
        [csv, noNetwork],
        [createYahooProvider(), replay.http],
      ] as const) {
        const market = createMarket({ db: store.db, provider, clock, log: silentLogger });
        await market.refresh(symbol, { ...request, now: clock.now(), http });
        through.push(await market.load(symbol, "1d"));
      }
      expect(through[0]!.length).toBeGreaterThan(1_000);
      expect(through[0]).toEqual(through[1]!);
    }
  });

  test("the replayed session of today is partial until the close", async () => {
    const during = new Date("2024-03-08T18:00:00Z");
    const replay = createYahooReplay({ now: () => during });
    const ask = (now: Date) =>
      createYahooProvider().fetchBars({
        ...request,
        symbol: "YPF",
        from: "2024-03-01",
        to: "2024-03-08",
        now,
        http: replay.http,
      });
    expect((await ask(during)).bars.at(-1)!.date).toBe("2024-03-07");
    const { chart } = (await replay.http
      .call("yahoo", {
        url: `https://query2.finance.yahoo.com/v8/finance/chart/YPF?period1=1709251200&period2=1710000000`,
        kind: "chart",
        signal: request.signal,
      })
      .then((answer) => answer.json())) as { chart: { result: { timestamp: number[] }[] } };
    expect(new Date(chart.result[0]!.timestamp.at(-1)! * 1_000).toISOString()).toBe("2024-03-08T14:30:00.000Z");
  });
});
