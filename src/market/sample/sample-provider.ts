import { utcDate } from "../../kit/dates.ts";
import { PriceError } from "../price-error.ts";
import type { PriceProvider } from "../provider.ts";
import { isBarComplete, mondayOf, openSessionDate } from "../session.ts";
import { isSymbol, rulesFromSymbol } from "../symbol.ts";
import { computeWeeklyBars } from "../weekly.ts";
import { SAMPLE_FIRST_DATE } from "./sample-days.ts";
import { SAMPLE_PROFILES } from "./sample-profile.ts";
import { computeSampleBars } from "./sample-series.ts";

/** Invented prices of any symbol, in USD, from 2019-01-02 to today: no file, no network. */
export function createSampleProvider(): PriceProvider {
  return {
    source: "sample",
    symbols: async () => Object.keys(SAMPLE_PROFILES),
    async fetchBars({ symbol, interval, from, to, now, signal }) {
      signal.throwIfAborted();
      if (!isSymbol(symbol)) {
        throw new PriceError("unknown_symbol", symbol, "The sample market knows no such symbol.", {
          hint: "Use capitals, digits, dot, hyphen, ^ or =.",
        });
      }
      const rules = rulesFromSymbol(symbol);
      const [last = to] = [to, utcDate(now)].sort();
      const daily = computeSampleBars(symbol, interval === "1wk" ? mondayOf(from) : from, last);
      const bars = (interval === "1wk" ? computeWeeklyBars(daily) : daily).filter(
        ({ date }) => date >= from && date <= to && isBarComplete(date, rules, now, interval),
      );
      const openDate = openSessionDate(rules, now);
      const openBar = interval === "1d" ? daily.find(({ date }) => date === openDate) : undefined;
      if (bars.length === 0) throw new PriceError("no_data", symbol, `No bars of ${symbol} from ${from} to ${to}.`);
      return {
        bars,
        ...(openBar ? { openBar } : {}),
        currency: "USD",
        timezone: rules.timezone,
        name: `${symbol} (sample)`,
        kind: rules.kind,
        exchange: "SAMPLE",
        firstDate: SAMPLE_FIRST_DATE,
        warnings: [],
      };
    },
  };
}
