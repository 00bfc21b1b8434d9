import { describe, expect, test } from "bun:test";
import type { DataSource } from "../../src/db/schema/market.ts";
import { isIsoDate } from "../../src/kit/dates.ts";
import { PriceError } from "../../src/market/price-error.ts";
import type { PriceProvider, PriceRequest } from "../../src/market/provider.ts";
import { isBarComplete } from "../../src/market/session.ts";
import { createPlainClient } from "../support/market.ts";

/** What one implementation needs to be put through the suite. */
export interface ProviderUnderTest {
  source: DataSource;
  /** A fresh provider, and the door it is to be called through. */
  make(now: Date): { provider: PriceProvider; http?: PriceRequest["http"] };
  /** Stocks with daily bars from 2023-06-01 to 2024-03-08 at least. */
  symbols: readonly [string, string];
  coin: string;
  unknown: string;
}

const FRIDAY_EVENING = new Date("2024-03-08T23:00:00Z");
const NO_NETWORK = createPlainClient(async () => {
  throw new Error("no network");
});

/** Everything that the market takes for granted, whatever the source. */
export function describeProvider(subject: ProviderUnderTest): void {
  const [stock, other] = subject.symbols;

  async function ask(changes: Partial<PriceRequest> = {}) {
    const now = changes.now ?? FRIDAY_EVENING;
    const { provider, http = NO_NETWORK } = subject.make(now);
    const request: PriceRequest = {
      ...{ symbol: stock, interval: "1d", from: "2024-01-02", to: "2024-03-08", now, http },
      signal: new AbortController().signal,
      ...changes,
    };
    return provider.fetchBars(request);
  }

  describe(`the ${subject.source} provider`, () => {
    test("names its source", () => expect(subject.make(FRIDAY_EVENING).provider.source).toBe(subject.source));

    test("gives whole bars, oldest first, one a date, within the range asked for", async () => {
      const { bars } = await ask();
      expect(bars.length).toBeGreaterThan(40);
      expect(bars[0]!.date >= "2024-01-02").toBe(true);
      expect(bars.at(-1)!.date).toBe("2024-03-08");
      bars.forEach((bar, index) => {
        expect(isIsoDate(bar.date)).toBe(true);
        if (index > 0) expect(bar.date > bars[index - 1]!.date).toBe(true);
        for (const price of [bar.open, bar.high, bar.low, bar.close, bar.adjClose]) expect(price).toBeGreaterThan(0);
        expect(bar.high).toBeGreaterThanOrEqual(bar.low);
        expect(bar.volume).toBeGreaterThanOrEqual(0);
      });
    });

    test("both ends of the range belong to it", async () => {
      const { bars } = await ask({ from: "2024-03-04", to: "2024-03-06" });
      expect(bars.map(({ date }) => date)).toEqual(["2024-03-04", "2024-03-05", "2024-03-06"]);
    });

    test("stocks rest at weekends, coins do not", async () => {
      const stocks = await ask();
      expect(stocks.bars.every(({ date }) => new Date(date).getUTCDay() % 6 !== 0)).toBe(true);
      const coins = await ask({ symbol: subject.coin, from: "2024-03-01", to: "2024-03-07" });
      expect(coins.bars.length).toBe(7);
    });

    test("says zone and kind, so that the market knows when a bar is complete", async () => {
      expect(await ask()).toMatchObject({ timezone: "America/New_York", kind: "equity" });
      expect(await ask({ symbol: subject.coin })).toMatchObject({ timezone: "UTC", kind: "crypto" });
    });

    test("leaves the open session out, and brings it once it is over", async () => {
      const atNoon = new Date("2024-03-08T17:00:00Z");
      expect((await ask({ now: atNoon })).bars.at(-1)!.date).toBe("2024-03-07");
      expect((await ask({ now: new Date("2024-03-08T21:00:00Z") })).bars.at(-1)!.date).toBe("2024-03-08");
      const coins = await ask({ symbol: subject.coin, now: atNoon, to: "2024-03-31" });
      expect(coins.bars.at(-1)!.date).toBe("2024-03-07");
      expect(coins.bars.every(({ date }) => isBarComplete(date, coins, atNoon))).toBe(true);
    });

    test("a date has the same bar whatever range it is asked in", async () => {
      const { bars } = await ask();
      const narrow = await ask({ from: "2024-02-12", to: "2024-02-16" });
      expect(narrow.bars).toEqual(bars.filter(({ date }) => date >= "2024-02-12" && date <= "2024-02-16"));
      expect((await ask({ now: new Date("2024-03-11T12:00:00Z") })).bars).toEqual(bars);
    });

    test("says the first date of a symbol, or that it does not know", async () => {
      const { firstDate } = await ask();
      if (firstDate !== null) expect(firstDate <= "2023-06-01").toBe(true);
    });

    test("weekly bars carry Mondays, and only of weeks that are over", async () => {
      const { bars } = await ask({ interval: "1wk", from: "2024-01-01", now: new Date("2024-03-07T23:00:00Z") });
      expect(bars.every(({ date }) => new Date(date).getUTCDay() === 1)).toBe(true);
      expect(bars.at(-1)!.date).toBe("2024-02-26");
    });

    test("an unknown symbol is told from missing dates", async () => {
      await expectPriceError(ask({ symbol: subject.unknown }), "unknown_symbol", subject.unknown);
      await expectPriceError(ask({ from: "2024-03-09", to: "2024-03-10" }), "no_data", stock);
    });

    test("a symbol with a fault harms no other", async () => {
      const { provider, http = NO_NETWORK } = subject.make(FRIDAY_EVENING);
      const signal = new AbortController().signal;
      const request = {
        interval: "1d",
        from: "2024-03-01",
        to: "2024-03-08",
        now: FRIDAY_EVENING,
        http,
        signal,
      } as const;
      const answers = await Promise.allSettled(
        [stock, subject.unknown, other].map((symbol) => provider.fetchBars({ ...request, symbol })),
      );
      expect(answers.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    });

    test("an aborted signal ends the call with its own reason", async () => {
      const reason = new Error("stop");
      expect(await ask({ signal: AbortSignal.abort(reason) }).catch((thrown) => thrown)).toBe(reason);
    });
  });
}

async function expectPriceError(call: Promise<unknown>, code: string, symbol: string): Promise<void> {
  const thrown = await call.then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(thrown).toBeInstanceOf(PriceError);
  expect(thrown).toMatchObject({ code, symbol });
}
