import { describe, expect, test } from "bun:test";
import { readFmpFundamentals } from "../../../../src/systems/recommendations/sources/fmp-reader.ts";
import { hasShared, readShared } from "../../../support/shared.ts";
import { fixture, fixtureText } from "../../../support/sources.ts";
import { FMP_KEY, openBench, tickerNamed, YPF } from "./source-bench.ts";

const ratios = fixture("fmp_stable_ratios");
const keyMetrics = fixture("fmp_stable_key_metrics");
const dollars = { asOf: "2026-05-02", priceCurrency: "USD" };

const refusal = (status: number, name: string) => () => new Response(fixtureText(name), { status });

describe("reading FMP", () => {
  test("row 11: stable and v3 give the same ratios", () => {
    const stable = readFmpFundamentals({ ratios, keyMetrics }, { ...dollars, asOf: "2026-03-02" });
    const legacy = readFmpFundamentals({ ratios: fixture("fmp_v3_ratios") }, { ...dollars, asOf: "2026-03-02" });
    expect(stable).toMatchObject({ periodEnd: "2024-12-31", currency: "USD", equityNotPositive: false });
    expect(legacy).toMatchObject({ periodEnd: "2024-12-31", currency: null });
    // v3 does not say in which currency was reported, so its P/E and P/B are not used.
    expect(legacy!.ratios).toEqual({ ...stable!.ratios, peRatio: null, pbRatio: null });
    expect(stable!.ratios).toMatchObject({ roe: 0.18, debtToEquity: 0.74, peRatio: 7.2, grossMargin: 0.33 });
  });

  test("a-2: returns and margins stay fractions, as the source writes them", () => {
    const read = readFmpFundamentals({ ratios, keyMetrics }, { ...dollars, asOf: "2026-03-02" });
    expect(read!.ratios.roe).toBe(0.18);
  });

  test("a-20: a year counts from 120 days after its end, not before", () => {
    const periodOn = (asOf: string) => readFmpFundamentals({ ratios, keyMetrics }, { ...dollars, asOf })?.periodEnd;
    expect(periodOn("2026-04-29")).toBe("2024-12-31");
    expect(periodOn("2026-04-30")).toBe("2025-12-31");
    expect(periodOn("2025-04-29")).toBeUndefined();
  });

  test("a filing date wins over the 120 days", () => {
    const filed = [{ ...(ratios as object[])[0], filingDate: "2026-03-05" }];
    expect(readFmpFundamentals({ ratios: filed }, { ...dollars, asOf: "2026-03-04" })).toBeNull();
    expect(readFmpFundamentals({ ratios: filed }, { ...dollars, asOf: "2026-03-05" })).not.toBeNull();
  });

  test("a period that ended more than three years ago is not used", () => {
    expect(readFmpFundamentals({ ratios, keyMetrics }, { ...dollars, asOf: "2029-02-01" })).toBeNull();
  });

  test("key-metrics of another period are not mixed in", () => {
    const other = [{ ...(keyMetrics as object[])[1], date: "2024-06-30" }];
    const read = readFmpFundamentals({ ratios, keyMetrics: other }, { ...dollars, asOf: "2026-03-02" });
    expect(read!.ratios).toMatchObject({ roe: null, roa: null, debtToEquity: 0.74 });
  });

  test("a-18: earnings in another currency than the price give no P/E", () => {
    const read = readFmpFundamentals({ ratios, keyMetrics }, { ...dollars, priceCurrency: "ARS" });
    expect(read!.ratios).toMatchObject({ peRatio: null, pbRatio: null, roe: 0.14 });
  });

  test("negative debt/equity means that equity is not positive", () => {
    const negative = [{ ...(ratios as object[])[1], debtToEquityRatio: -3.1 }];
    const read = readFmpFundamentals({ ratios: negative }, { ...dollars, asOf: "2026-03-02" });
    expect(read!.equityNotPositive).toBe(true);
  });

  test.each([[null], [{}], [[]], ["text"], [[null, 3]], [[{ date: "soon" }]]])("%p is no report", (body) => {
    expect(readFmpFundamentals({ ratios: body, keyMetrics: body }, dollars)).toBeNull();
  });

  test.skipIf(!hasShared)("row 11: the recorded v3 answer for AAPL", async () => {
    const recorded = await readShared<unknown>("data/fixtures/fmp_v3_ratios_AAPL_FY2021.json");
    const read = readFmpFundamentals({ ratios: recorded }, { asOf: "2022-02-01", priceCurrency: "USD" });
    expect(read).toMatchObject({ periodEnd: "2021-09-25", equityNotPositive: false });
    expect(read!.ratios).toMatchObject({
      roe: 1.5007132667617689,
      debtToEquity: 4.563512442542399,
      currentRatio: 1.0745531195957954,
      grossMargin: 0.4177935962516778,
    });
  });
});

describe("asking FMP", () => {
  const withKey = { FMP_API_KEY: FMP_KEY };

  test("stable: ratios, key-metrics and profile of one symbol, with the key", async () => {
    await using bench = await openBench(withKey);
    const answer = await bench.sources.fundamentals(YPF, bench.request());
    expect(answer).toMatchObject({ status: "fresh", source: "fmp", asOf: "2024-12-31" });
    expect(answer).toMatchObject({
      facts: { companyName: "YPF Sociedad Anónima", sector: "Energy", marketCap: 14.2e9 },
    });
    const asked = bench.replay.asked("fmp");
    expect(asked.map(({ pathname }) => pathname)).toEqual(["/stable/ratios", "/stable/key-metrics", "/stable/profile"]);
    expect(asked.every(({ searchParams }) => searchParams.get("symbol") === "YPF")).toBe(true);
    expect(asked.every(({ searchParams }) => searchParams.get("apikey") === FMP_KEY)).toBe(true);
  });

  test("row 11: a base that ends in /api/v3 selects the old paths", async () => {
    await using bench = await openBench({
      ...withKey,
      FMP_BASE_URL: "https://financialmodelingprep.com/api/v3",
    });
    const answer = await bench.sources.fundamentals(YPF, bench.request());
    expect(answer).toMatchObject({
      status: "fresh",
      source: "fmp",
      facts: { ratios: { roe: 0.18, debtToEquity: 0.74 } },
    });
    const asked = bench.replay.asked("fmp").map(({ pathname }) => pathname);
    expect(asked).toEqual(["/api/v3/ratios/YPF", "/api/v3/profile/YPF"]);
  });

  test.each([
    [401, "fmp_error_401"],
    [403, "fmp_error_403_legacy"],
  ])("row 11: %d opens the breaker after one call, for every ticker of the run", async (status, name) => {
    await using bench = await openBench(withKey);
    bench.replay.answer("fmp", refusal(status, name));
    const first = await bench.sources.fundamentals(YPF, bench.request());
    const second = await bench.sources.fundamentals(tickerNamed("GGAL"), bench.request());
    expect(bench.replay.asked("fmp")).toHaveLength(1);
    expect([first, second]).toMatchObject([{ source: "yahoo" }, { source: "yahoo" }]);
    bench.startRun();
    await bench.sources.fundamentals(YPF, bench.request());
    expect(bench.replay.asked("fmp")).toHaveLength(2);
  });

  test("row 11: 402 skips only the symbol, for 7 days; its profile still answers", async () => {
    await using bench = await openBench(withKey);
    const outside = (url: URL) => url.searchParams.get("symbol") === "YPF" && !url.pathname.endsWith("profile");
    bench.replay.answer("fmp", (url) =>
      outside(url)
        ? new Response(fixtureText("fmp_error_402"), { status: 402 })
        : fixture(`fmp_stable_${url.pathname.slice(8).replace("-", "_")}`),
    );
    const skipped = await bench.sources.fundamentals(YPF, bench.request());
    expect(skipped).toMatchObject({
      source: "yahoo",
      facts: { companyName: "YPF Sociedad Anónima", sector: "Energy" },
    });
    expect(await bench.sources.fundamentals(tickerNamed("TEO"), bench.request())).toMatchObject({ source: "fmp" });

    const ratiosOfYpf = () => bench.replay.asked("fmp").filter(outside).length;
    expect(ratiosOfYpf()).toBe(1);
    bench.startRun();
    bench.clock.jump(6 * 86_400_000);
    await bench.sources.fundamentals(YPF, bench.request());
    expect(ratiosOfYpf()).toBe(1);
    bench.clock.jump(2 * 86_400_000);
    await bench.sources.fundamentals(YPF, bench.request());
    expect(ratiosOfYpf()).toBe(2);
  });

  test("row 11: 429 is retried first", async () => {
    await using bench = await openBench(withKey);
    let refused = 0;
    bench.replay.answer("fmp", (url) =>
      refused++ === 0
        ? new Response("Too Many Requests", { status: 429 })
        : fixture(`fmp_stable_${url.pathname.slice(8).replace("-", "_")}`),
    );
    expect(await bench.sources.fundamentals(YPF, bench.request())).toMatchObject({ source: "fmp" });
    expect(bench.replay.asked("fmp")).toHaveLength(4);
  });

  test("an empty list means that the symbol is unknown", async () => {
    await using bench = await openBench(withKey);
    bench.replay.answer("fmp", () => []);
    bench.replay.fail(404, "yahoo-fundamentals");
    const answer = await bench.sources.fundamentals(YPF, bench.request());
    expect(answer).toMatchObject({ status: "missing", reason: expect.stringContaining("FMP does not know YPF") });
    expect(bench.replay.asked("fmp")).toHaveLength(1);
  });

  test("without a key, and for tickers outside FMP_SUPPORTED_TICKERS, nothing is asked", async () => {
    await using keyless = await openBench();
    expect(await keyless.sources.fundamentals(YPF, keyless.request())).toMatchObject({ source: "yahoo" });
    expect(keyless.peers.map(({ name }) => name)).not.toContain("fmp");

    await using narrow = await openBench({ ...withKey, FMP_SUPPORTED_TICKERS: "GGAL" });
    expect(await narrow.sources.fundamentals(YPF, narrow.request())).toMatchObject({ source: "yahoo" });
    expect(narrow.replay.asked("fmp")).toHaveLength(0);
  });
});
