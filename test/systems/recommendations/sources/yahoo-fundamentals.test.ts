import { describe, expect, test } from "bun:test";
import { readYahooStatements } from "../../../../src/systems/recommendations/sources/yahoo-statements.ts";
import { fixture, fixtureText } from "../../../support/sources.ts";
import { openBench, YPF } from "./source-bench.ts";

const dollars = { asOf: "2026-05-02", priceCurrency: "USD", price: 36 };

describe("reading Yahoo's statements", () => {
  test("every ratio comes from the newest filed year", () => {
    const { facts } = readYahooStatements(fixture("yahoo_timeseries_usd"), dollars)!;
    expect(facts).toMatchObject({ periodEnd: "2025-12-31", currency: "USD", equityNotPositive: false });
    expect(facts.ratios).toEqual({
      roe: 1.8e9 / 1.25e10,
      roa: 1.8e9 / 3.0e10,
      debtToEquity: 0.8,
      currentRatio: 1.25,
      quickRatio: 1,
      peRatio: 8,
      pbRatio: null,
      grossMargin: 6.3e9 / 2.1e10,
      operatingMargin: 2.7e9 / 2.1e10,
      netMargin: 1.8e9 / 2.1e10,
    });
  });

  test("a-20: a year counts from 120 days after its end", () => {
    const body = fixture("yahoo_timeseries_usd");
    const periodOn = (asOf: string) => readYahooStatements(body, { ...dollars, asOf })?.facts.periodEnd;
    expect(periodOn("2026-04-29")).toBe("2024-12-31");
    expect(periodOn("2026-04-30")).toBe("2025-12-31");
  });

  test("a-18: earnings in pesos and a price in dollars give ratios but no P/E", () => {
    const { facts } = readYahooStatements(fixture("yahoo_timeseries_ars"), dollars)!;
    expect(facts).toMatchObject({ currency: "ARS", ratios: { peRatio: null, roe: 0.144 } });
    const inPesos = readYahooStatements(fixture("yahoo_timeseries_ars"), { ...dollars, priceCurrency: "ARS" })!;
    expect(inPesos.facts.ratios.peRatio).toBe(8);
  });

  test("nulls are left out, and two period ends are never divided", () => {
    // Equity and debt of 2025 are null: its profit must not be divided by the equity of 2024.
    const { facts } = readYahooStatements(fixture("yahoo_timeseries_nulls"), dollars)!;
    expect(facts.periodEnd).toBe("2024-12-31");
    expect(facts.ratios).toMatchObject({ roe: 0.2, debtToEquity: 0.75, grossMargin: null });
  });

  test("amounts in two currencies are not divided", () => {
    const mixed = JSON.parse(fixtureText("yahoo_timeseries_usd"));
    for (const series of mixed.timeseries.result)
      for (const entry of series.annualNetIncome ?? []) entry.currencyCode = "ARS";
    const { facts } = readYahooStatements(mixed, dollars)!;
    expect(facts.ratios).toMatchObject({ roe: null, netMargin: null, debtToEquity: 0.8 });
  });

  test("without any year a quarter gives debt and liquidity from 75 days after its end, but no yearly return", () => {
    const body = JSON.parse(fixtureText("yahoo_timeseries_usd"));
    body.timeseries.result = body.timeseries.result.filter((one: object) => !JSON.stringify(one).includes('"annual'));
    expect(readYahooStatements(body, { ...dollars, asOf: "2026-06-13" })).toBeNull();
    const { facts } = readYahooStatements(body, { ...dollars, asOf: "2026-06-14" })!;
    expect(facts.periodEnd).toBe("2026-03-31");
    expect(facts.ratios).toMatchObject({ roe: null, roa: null, debtToEquity: 0.7, currentRatio: 1.6, netMargin: 0.1 });
  });

  test("equity at or below zero is said", () => {
    const body = JSON.parse(fixtureText("yahoo_timeseries_usd").replaceAll("12500000000", "-12500000000"));
    expect(readYahooStatements(body, dollars)!.facts.equityNotPositive).toBe(true);
  });

  test.each([
    [null],
    [{}],
    [{ timeseries: { result: null } }],
    [{ timeseries: { result: [null, 3, { annualNetIncome: 5 }] } }],
  ])("%p has no statement", (body) => expect(readYahooStatements(body, dollars)).toBeNull());
});

describe("asking Yahoo for statements", () => {
  test("one GET without key or crumb, by the quoted symbol", async () => {
    await using bench = await openBench();
    const answer = await bench.sources.fundamentals(YPF, bench.request());
    expect(answer).toMatchObject({ status: "fresh", source: "yahoo", asOf: "2024-12-31" });
    const [url, ...more] = bench.replay.asked("yahoo-fundamentals");
    expect(more).toEqual([]);
    expect(url!.pathname).toBe("/ws/fundamentals-timeseries/v1/finance/timeseries/YPF");
    expect(url!.searchParams.get("type")).toContain("annualNetIncome");
    expect([...url!.searchParams.keys()].sort()).toEqual(["period1", "period2", "symbol", "type"]);
  });

  test("a ticker without statements is missing, a source that fails is an error", async () => {
    await using bench = await openBench();
    bench.replay.answer("yahoo-fundamentals", () => fixture("yahoo_timeseries_empty"));
    expect(await bench.sources.fundamentals(YPF, bench.request())).toMatchObject({ status: "missing" });
    bench.replay.fail("html", "yahoo-fundamentals");
    const failed = await bench.sources.fundamentals(YPF, bench.request());
    expect(failed).toMatchObject({
      status: "error",
      source: "yahoo",
      reason: expect.stringContaining("instead of JSON"),
    });
  });
});
