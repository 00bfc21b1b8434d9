import { describe, expect, test } from "bun:test";
import type { Ticker } from "../../../../src/systems/recommendations/facts.ts";
import { analyzeFundamental } from "../../../../src/systems/recommendations/scoring/analyze-fundamental.ts";
import { analyzeMacro } from "../../../../src/systems/recommendations/scoring/analyze-macro.ts";
import { createSampleSources } from "../../../../src/systems/recommendations/sources/sample-sources.ts";
import { openBench, tickerNamed } from "./source-bench.ts";

const TICKERS = [
  "YPF",
  "GGAL",
  "PAM",
  "TEO",
  "TGS",
  "CEPU",
  "BMA",
  "SUPV",
  "CRESY",
  "LOMA",
  "IRS",
  "VIST",
  "MELI",
  "GLOB",
];
const tickers: Ticker[] = TICKERS.map((name) =>
  tickerNamed(name, { kind: ["GGAL", "BMA", "SUPV"].includes(name) ? "bank" : "corporate", aliases: [`${name} S.A.`] }),
);

const requestAt = (now: string) => ({
  http: { call: () => Promise.reject(new Error("no network")), budgetLeft: async () => 0 },
  signal: new AbortController().signal,
  now: new Date(now),
  asOf: now.slice(0, 10),
  priceCurrency: "USD",
});
const request = requestAt("2026-03-02T12:00:00Z");

async function factsOf(ticker: Ticker, asked = request) {
  const sources = createSampleSources();
  const [fundamentals, macro, news] = await Promise.all([
    sources.fundamentals(ticker, asked),
    sources.macro(asked),
    sources.news(ticker, asked),
  ]);
  if (!("facts" in fundamentals && "facts" in macro && "facts" in news))
    throw new Error("sample facts are always there");
  return { fundamentals, macro, news };
}

describe("sample sources", () => {
  test("the same ticker and date give the same facts; another date other headlines", async () => {
    const ypf = tickers[0]!;
    expect(await factsOf(ypf)).toEqual(await factsOf(ypf));
    const next = await factsOf(ypf, requestAt("2026-03-03T12:00:00Z"));
    expect(next.news.facts).not.toEqual((await factsOf(ypf)).news.facts);
  });

  test("fundamentals stay the same within a quarter", async () => {
    const ratiosOn = async (date: string) =>
      (await factsOf(tickers[0]!, requestAt(`${date}T12:00:00Z`))).fundamentals.facts.ratios;
    expect(await ratiosOn("2026-03-31")).toEqual(await ratiosOn("2026-01-01"));
    expect(await ratiosOn("2026-04-01")).not.toEqual(await ratiosOn("2026-03-31"));
  });

  test("everything is named sample, and every headline says so itself", async () => {
    for (const ticker of tickers) {
      const { fundamentals, macro, news } = await factsOf(ticker);
      expect([fundamentals.source, macro.source, news.source]).toEqual(["sample", "sample", "sample"]);
      expect(news.facts.articles.length).toBeGreaterThan(0);
      for (const { title, publishedAt } of news.facts.articles) {
        expect(title).toContain(ticker.aliases[0]!);
        expect(title).toEndWith("(muestra)");
        expect(new Date(publishedAt).getTime()).toBeLessThanOrEqual(request.now.getTime());
      }
    }
  });

  test("the facts are enough for every score, and the scores differ", async () => {
    const scores: number[] = [];
    for (const ticker of tickers) {
      const { fundamentals, macro } = await factsOf(ticker);
      const analysis = analyzeFundamental(fundamentals, ticker.kind, "v2");
      expect(analysis.score).not.toBeNull();
      scores.push(analysis.score!);
      expect(analyzeMacro(macro, request.asOf, "v2")).toMatchObject({ metadata: { status: "fresh", problems: {} } });
      expect(analyzeMacro(macro, request.asOf, "v2").score).not.toBeNull();
    }
    expect(Math.max(...scores) - Math.min(...scores)).toBeGreaterThan(40);
  });

  test("a value of a macro series does not depend on the day of the analysis", async () => {
    const today = (await factsOf(tickers[0]!)).macro.facts;
    const later = (await factsOf(tickers[0]!, requestAt("2026-03-20T12:00:00Z"))).macro.facts;
    for (const series of ["usd", "cer", "inflation", "countryRisk"] as const) {
      const { date, value } = today[series].at(-1)!;
      expect(later[series].find((point) => point.date === date)).toEqual({ date, value });
      expect(date <= request.asOf).toBe(true);
    }
  });

  test("MARKET_DATA=sample may call nobody", async () => {
    await using bench = await openBench({ MARKET_DATA: "sample" });
    expect(bench.peers).toEqual([]);
    expect(await bench.sources.macro(bench.request())).toMatchObject({ source: "sample" });
  });
});
