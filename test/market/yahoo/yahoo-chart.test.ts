import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { parseYahooChart, type YahooChart, type YahooRefusal } from "../../../src/market/yahoo/yahoo-chart.ts";
import { hasShared, readShared } from "../../support/shared.ts";

const LATE = new Date("2026-01-05T23:00:00Z");

const built = (name: string): Promise<unknown> =>
  Bun.file(join(import.meta.dir, `../fixtures/yahoo_chart_${name}.json`)).json();
const recorded = (name: string): Promise<unknown> => readShared(`data/fixtures/yahoo_chart_${name}.json`);

async function chart(body: Promise<unknown>, now = LATE): Promise<YahooChart> {
  const parsed = parseYahooChart(await body, "1d", now);
  if ("code" in parsed) throw new Error(`refused: ${parsed.code}`);
  return parsed;
}

const dates = ({ bars }: YahooChart) => bars.map(({ date }) => date);

describe.skipIf(!hasShared)("row 10 recorded charts", () => {
  test("row 10 a split and a dividend: split-adjusted closes, adjusted closes beside them", async () => {
    const answer = await chart(recorded("AAPL_1d_split_dividend"));
    expect(answer).toMatchObject({
      currency: "USD",
      timezone: "America/New_York",
      name: "Apple Inc.",
      kind: "equity",
      exchange: "NasdaqGS",
      firstDate: "1980-12-12",
      warnings: [],
    });
    expect(answer.bars).toHaveLength(49);
    // 2020-08-31 is the first session after the 4:1 split.
    expect(answer.bars[0]).toMatchObject({ date: "2020-08-31", close: 129.0399932861328 });
    expect(answer.bars[0]!.adjClose).toBeLessThan(answer.bars[0]!.close);
  });

  test("row 10 a year of dividends: every session once, by the exchange's calendar", async () => {
    const answer = await chart(recorded("MSFT_1d_dividends_1y"));
    expect(answer.bars.length).toBeGreaterThan(240);
    expect(dates(answer)[0]).toBe("2021-02-01");
    expect(new Set(dates(answer)).size).toBe(answer.bars.length);
    const gaps = answer.bars.map(({ close, adjClose }) => adjClose / close);
    expect(gaps[0]).toBeLessThan(gaps.at(-1)!);
  });

  test("row 10 a coin trades in UTC days", async () => {
    const answer = await chart(recorded("BTC-USD_1d"));
    expect(answer).toMatchObject({ kind: "crypto", timezone: "UTC", currency: "USD" });
    expect(dates(answer)).toEqual(["2020-01-01", "2020-01-02", "2020-01-03"]);
  });

  test("row 10 a currency keeps London's calendar", async () => {
    const answer = await chart(recorded("EURUSD=X_1d"));
    expect(answer).toMatchObject({ kind: "currency", timezone: "Europe/London" });
    expect(dates(answer)).toEqual(["2020-01-01", "2020-01-02", "2020-01-03"]);
  });

  test("row 10 an answer without rows has no bars", async () => {
    expect((await chart(recorded("AAPL_1m_no_rows"))).bars).toEqual([]);
  });
});

describe("row 10 hand-built charts", () => {
  test("row 10 bars with a null are dropped and told", async () => {
    const answer = await chart(built("null_bars"));
    // The third bar lacks only its volume.
    expect(dates(answer)).toEqual(["2024-03-05", "2024-03-08"]);
    expect(answer.warnings).toEqual(["YPF: 2 bars without prices were left out (first 2024-03-06)"]);
  });

  test("row 10, a-22 the partial last bar is dropped until the session's end", async () => {
    const at = async (now: string) => dates(await chart(built("partial_last_bar"), new Date(now))).at(-1);
    expect(await at("2024-03-08T14:30:01Z")).toBe("2024-03-07");
    expect(await at("2024-03-08T20:59:59Z")).toBe("2024-03-07");
    expect(await at("2024-03-08T21:00:00Z")).toBe("2024-03-08");
  });

  test("row 10 the source's own end of session wins over ours when it is later", async () => {
    const body = (await built("partial_last_bar")) as {
      chart: { result: { meta: { currentTradingPeriod: { regular: { end: number } } } }[] };
    };
    body.chart.result[0]!.meta.currentTradingPeriod.regular.end += 3_600;
    const last = dates(await chart(Promise.resolve(body), new Date("2024-03-08T21:30:00Z"))).at(-1);
    expect(last).toBe("2024-03-07");
  });

  test("row 10 the currency of a listing in pesos is kept", async () => {
    const answer = await chart(built("ARS_listing"));
    expect(answer).toMatchObject({
      currency: "ARS",
      timezone: "America/Argentina/Buenos_Aires",
      exchange: "Buenos Aires",
    });
    expect(dates(answer)).toEqual(["2024-03-05", "2024-03-06", "2024-03-07", "2024-03-08"]);
    const atFive = await chart(built("ARS_listing"), new Date("2024-03-08T19:59:00Z"));
    expect(dates(atFive).at(-1)).toBe("2024-03-07");
  });

  test("row 10 without adjusted closes the close stands for them", async () => {
    for (const { close, adjClose } of (await chart(built("no_adjclose"))).bars) expect(adjClose).toBe(close);
  });

  test("row 10 a split changes no bar by itself", async () => {
    expect((await chart(built("split"))).bars.map(({ close }) => close)).toEqual([10.1, 10.2, 10.3, 10.4]);
  });

  test("row 10 an empty range has no bars", async () => {
    expect((await chart(built("empty"))).bars).toEqual([]);
  });

  test("row 10 error bodies are answers in Yahoo's own words", async () => {
    expect(parseYahooChart(await built("404"), "1d", LATE)).toEqual({
      code: "Not Found",
      description: "No data found, symbol may be delisted",
    } satisfies YahooRefusal);
    expect(parseYahooChart(await built("422"), "1d", LATE)).toMatchObject({ code: "Unprocessable Entity" });
    expect(parseYahooChart({ chart: { result: [], error: null } }, "1d", LATE)).toMatchObject({ code: "Empty" });
  });

  test("impossible prices and repeated sessions never become bars", async () => {
    const body = (await built("split")) as {
      chart: { result: { timestamp: number[]; indicators: { quote: { low: number[] }[] } }[] };
    };
    const result = body.chart.result[0]!;
    result.indicators.quote[0]!.low[1] = -1;
    result.timestamp[2] = result.timestamp[3]! - 60;
    const answer = await chart(Promise.resolve(body));
    expect(dates(answer)).toEqual(["2024-03-05", "2024-03-08"]);
    expect(answer.bars.at(-1)!.close).toBe(10.4);
    expect(answer.warnings).toEqual(["SPLT 2024-03-06: impossible prices; the bar was left out"]);
  });

  test("an unknown zone or another shape is refused, not guessed", async () => {
    const body = (await built("split")) as { chart: { result: { meta: { exchangeTimezoneName: string } }[] } };
    body.chart.result[0]!.meta.exchangeTimezoneName = "Mars/Olympus";
    for (const other of [body, {}, null, [], "x", { chart: { result: [{}], error: null } }])
      expect(() => parseYahooChart(other, "1d", LATE)).toThrow();
  });
});
