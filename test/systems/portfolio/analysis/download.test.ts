import { describe, expect, test } from "bun:test";
import type { AnalysisPeriod } from "../../../../src/db/schema/portfolio.ts";
import { addDays, type IsoDate } from "../../../../src/kit/dates.ts";
import { errorCode } from "../../../../src/kit/errors.ts";
import { silentLogger } from "../../../../src/kit/log.ts";
import { type Bars, type Interval, toBars } from "../../../../src/market/bars.ts";
import { createMarket } from "../../../../src/market/create-market.ts";
import { yahooPeer } from "../../../../src/market/yahoo/yahoo-peer.ts";
import { createYahooProvider } from "../../../../src/market/yahoo/yahoo-provider.ts";
import { createHttpDoor } from "../../../../src/net/door.ts";
import { computeAssetEntry } from "../../../../src/systems/portfolio/analysis/analyze-asset.ts";
import { isFailed } from "../../../../src/systems/portfolio/analysis/asset-analysis.ts";
import { checkBars } from "../../../../src/systems/portfolio/analysis/check-bars.ts";
import { choosePeriodUsed, selectWindow, windowStart } from "../../../../src/systems/portfolio/analysis/periods.ts";
import { createFakeClock } from "../../../support/clock.ts";
import { openTestDatabase } from "../../../support/database.ts";
import { createYahooReplay } from "../../../support/market.ts";
import { hasShared, readShared } from "../../../support/shared.ts";
import { rowsOf, seriesOf, withHoles } from "./series.ts";

interface RecordedCase {
  case: string;
  period: AnalysisPeriod;
  interval: Interval;
  n_calls: number;
  result: { ok: true; rows: number; nan_left: number; last_date: IsoDate } | { ok: false; error: string };
}

/** What the source does in one recorded case, and what is to come of it here. */
interface Scenario {
  /** The source's bars; none: it does not know the symbol. */
  bars?: Bars;
  /** So many requests fail before the first answer. */
  failures?: number;
  /** What the source has, or does, when it is asked again. */
  later?: Bars | "unknown" | "down";
  /** The source's reader leaves such bars out, so they are handed to the check as they are. */
  direct?: true;
  periodUsed?: AnalysisPeriod;
  stale?: true;
}

/** Friday 17:00 in New York, as recorded. */
const NOW = "2022-01-21T22:00:00.000Z";
const EXPECTED = "2022-01-21";
const LISTED_LONG_AGO = { firstTradeDate: Date.parse("1980-12-12T14:30:00Z") / 1_000 };
const CLOSED = [
  "2021-01-18",
  "2021-02-15",
  "2021-04-02",
  "2021-05-31",
  "2021-07-05",
  "2021-09-06",
  "2021-11-25",
].concat(["2021-12-24", "2022-01-17"]);

const full = sessionsUntil(EXPECTED, 252);
const tenDaysOld = sessionsUntil("2022-01-11", 252);
const SCENARIOS: Record<string, Scenario> = {
  "ok first try": { bars: full },
  "always empty 1y": {},
  "always empty 2y weekly": {},
  "always empty 6mo": {},
  "always None": {},
  "network error then ok": { bars: full, failures: 1 },
  "two errors then ok": { bars: full, failures: 2 },
  // A shorter period is no second attempt here: it is what a young listing has.
  "1y fails three times, 6mo ok": { bars: sessionsUntil(EXPECTED, 126), periodUsed: "6mo" },
  "19 rows": { bars: sessionsUntil(EXPECTED, 19) },
  "20 rows": { bars: sessionsUntil(EXPECTED, 20), periodUsed: "3mo" },
  "missing volume": { bars: { ...full, volume: new Float64Array(252).fill(Number.NaN) }, direct: true },
  "NaN 10.3%": { bars: withHoles(full, (index) => index % 9 === 0 && index < 234), direct: true },
  "NaN 9.9%": { bars: withHoles(full, (index) => index % 9 === 0 && index < 225), direct: true },
  "stale 2 days (accepted)": { bars: sessionsUntil("2022-01-19", 252) },
  "stale 3 days, refresh newer": { bars: sessionsUntil("2022-01-18", 247), later: sessionsUntil(EXPECTED, 250) },
  "stale 10 days, refresh empty": { bars: tenDaysOld, later: "unknown", stale: true },
  "stale 10 days, refresh raises": { bars: tenDaysOld, later: "down", stale: true },
  "stale 10 days, refresh also stale": { bars: tenDaysOld, later: tenDaysOld, stale: true },
  "stale weekly is not checked": { bars: sessionsUntil("2021-12-01", 252), direct: true },
};

const recorded = hasShared
  ? (await readShared<{ cases: RecordedCase[] }>("golden/portfolio/download/cases.json")).cases
  : [];

describe.skipIf(!hasShared)("one asset's prices", () => {
  for (const { case: name, period, interval, n_calls, result } of recorded)
    test(`P04: ${name}`, async () => {
      const scenario = SCENARIOS[name];
      if (!scenario) return expect.unreachable(`no scenario for ${name}`);
      const { bars, calls, sourceFirst } = await download(scenario, period, interval);
      const check = checkBars("XXX", bars);
      expect(check.accepted).toBe(result.ok);
      if (check.accepted && result.ok) {
        expect([check.bars.length, check.bars.date.at(-1)]).toEqual([result.rows, result.last_date]);
        expect(rowsOf(check.bars).filter((row) => Object.values(row).some(Number.isNaN))).toBeArrayOfSize(
          result.nan_left,
        );
      }
      // Two requests of a year that fails: the third attempt is the answer.
      const known = scenario.bars !== undefined;
      expect(calls).toBeLessThanOrEqual(known ? n_calls : 1);

      const periodUsed = choosePeriodUsed({ asOf: EXPECTED, period, firstBar: bars.date[0] ?? EXPECTED, sourceFirst });
      const entry = computeAssetEntry({ symbol: "XXX", bars, expectedDate: EXPECTED, period, interval, periodUsed });
      expect(isFailed(entry)).toBe(!result.ok);
      if (isFailed(entry)) return expect(entry.error).toContain("XXX");
      expect([entry.stale, entry.data_as_of]).toEqual([scenario.stale ?? false, bars.date.at(-1)!]);
      if (!scenario.direct) expect(entry.period_used).toBe(scenario.periodUsed ?? period);
    });
});

/** Prices as an analysis gets them: through the door and the market, a second time when they are stale. */
async function download(scenario: Scenario, period: AnalysisPeriod, interval: Interval) {
  if (scenario.direct) return { bars: scenario.bars!, calls: 1, sourceFirst: null };
  await using source = await openSource(scenario);
  await source.refresh(period, interval);
  if (scenario.later) {
    source.change(scenario.later);
    await source.refresh(period, interval);
  }
  const bars = await source.market.load("XXX", interval);
  const asOf = bars.date.at(-1) ?? EXPECTED;
  const instrument = await source.market.instrument("XXX");
  return {
    bars: selectWindow(bars, { asOf, period, interval }),
    calls: source.calls(),
    sourceFirst: instrument?.firstBar ?? null,
  };
}

async function openSource({ bars, failures = 0 }: Scenario) {
  const store = await openTestDatabase();
  const clock = createFakeClock(NOW);
  const replay = createYahooReplay({ now: clock.now, folder: import.meta.dir });
  const state = { failuresLeft: failures, calls: 0 };
  const offer = (rows: Bars) => replay.prices("XXX", rowsOf(rows), rows.length > 200 ? LISTED_LONG_AGO : {});
  if (bars) offer(bars);
  const door = createHttpDoor({
    ...{ db: store.db, clock, random: () => 0.5, log: silentLogger, defaultTimeoutMs: 10_000 },
    fetch: async (address, init) => {
      state.calls++;
      if (state.failuresLeft-- > 0) throw Object.assign(new Error("reset"), { code: "ECONNRESET" });
      return replay.fetch(address, init);
    },
  });
  const http = door.clientFor("portfolio", [yahooPeer(3_000)]);
  const market = createMarket({ db: store.db, provider: createYahooProvider(), clock, log: silentLogger });
  return {
    market,
    calls: () => state.calls,
    /** The next time that prices are wanted: a quarter of an hour later. */
    change(later: NonNullable<Scenario["later"]>) {
      if (later === "unknown") replay.script("XXX", 404);
      else if (later === "down") replay.script("XXX", 500);
      else offer(later);
    },
    /** What the market could not get is missing; stored bars stay. */
    async refresh(period: AnalysisPeriod, interval: Interval) {
      await clock.advance(15 * 60_000);
      const request = { interval, from: addDays(windowStart(EXPECTED, period), -14), now: clock.now(), http };
      const pending = market.refresh("XXX", { ...request, signal: new AbortController().signal });
      let isDone = false;
      const done = pending.then(
        () => {
          isDone = true;
        },
        (thrown) => {
          isDone = true;
          expect(errorCode(thrown)).toBeOneOf(["unknown_symbol", "no_data", "source_unavailable"]);
        },
      );
      while (!isDone) {
        await clock.advance(1_000);
        await Bun.sleep(1);
      }
      await done;
    },
    async [Symbol.asyncDispose]() {
      await door.close();
      await store[Symbol.asyncDispose]();
    },
  };
}

/** The last `count` sessions of New York up to `date`. */
function sessionsUntil(date: IsoDate, count: number): Bars {
  const dates: IsoDate[] = [];
  for (let day = date; dates.length < count; day = addDays(day, -1))
    if (![0, 6].includes(new Date(day).getUTCDay()) && !CLOSED.includes(day)) dates.unshift(day);
  return toBars(rowsOf(seriesOf({ count })).map((bar, index) => ({ ...bar, date: dates[index]! })));
}
