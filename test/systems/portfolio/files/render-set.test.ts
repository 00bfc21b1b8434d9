import { describe, expect, test } from "bun:test";
import { FILE_NAMES } from "../../../../src/db/schema/portfolio.ts";
import { filterCandidates } from "../../../../src/systems/portfolio/files/filter-candidates.ts";
import { marketPairKey, renderMarketPair, renderSet } from "../../../../src/systems/portfolio/files/render-set.ts";
import { asset, candidate, marketReport, userReport } from "./fixtures.ts";

const config = { scanSp500: true, scanCrypto: true, maxCandidates: 10 };
const symbolsOf = (market: ReturnType<typeof filterCandidates>) => market.candidates.map(({ symbol }) => symbol);

describe("the candidates of one user", () => {
  test("P46: a market switched off is left out of the list, of the regimes and of the report", () => {
    const set = renderSet(userReport(), {
      reportProfile: "v2",
      summary: {},
      config: { ...config, scanCrypto: false },
    });
    const { market } = JSON.parse(set.get("mercado_analisis.json")!);
    expect(market.market_indicators).toEqual(["ESS", "ETN"]);
    expect([Object.keys(market.regimes), Object.keys(market.radars)]).toEqual([["sp500"], ["sp500"]]);
    expect(set.get("mercado_informe.md")).not.toContain("### Criptomonedas");
  });

  test("P46: the list as a whole is cut, stocks first", () => {
    const mixed = marketReport({
      candidates: [candidate("BTC-USD", "crypto30"), candidate("AAPL"), candidate("MSFT")],
    });
    expect(symbolsOf(filterCandidates(mixed, config))).toEqual(["AAPL", "MSFT", "BTC-USD"]);
    expect(symbolsOf(filterCandidates(mixed, { ...config, maxCandidates: 2 }))).toEqual(["AAPL", "MSFT"]);
    expect(symbolsOf(filterCandidates(mixed, { ...config, scanSp500: false, maxCandidates: 2 }))).toEqual(["BTC-USD"]);
    expect(symbolsOf(filterCandidates(mixed, { ...config, maxCandidates: 0 }))).toEqual([]);
  });

  test("P46: with both markets off the files say so", () => {
    const options = {
      reportProfile: "v2",
      timezone: "UTC",
      config: { ...config, scanSp500: false, scanCrypto: false },
    } as const;
    expect(renderMarketPair(marketReport(), options)["mercado_informe.md"]).toContain("no incluye ningún mercado");
  });

  test("without a configuration everything stays as it was scanned", () => {
    expect(symbolsOf(filterCandidates(marketReport(), null))).toEqual(["ESS", "ETN", "QNT-USD"]);
  });

  test("a symbol in both lists is there once", () => {
    const twice = marketReport({ candidates: [candidate("X"), candidate("X", "crypto30", { score: 1 })] });
    const { market } = JSON.parse(
      renderSet(userReport({ market: twice }), { reportProfile: "v2", summary: {} }).get("mercado_analisis.json")!,
    );
    expect(market.market_indicators).toEqual(["X"]);
    expect(market.assets.X.market).toBe("sp500");
  });
});

describe("the set", () => {
  test("the four files come in the order of their delivery, two for a user without symbols", () => {
    const options = { reportProfile: "v2", summary: {} } as const;
    expect([...renderSet(userReport({ assets: [asset("A")] }), options).keys()]).toEqual([...FILE_NAMES]);
    expect([...renderSet(userReport(), options).keys()]).toEqual(["mercado_informe.md", "mercado_analisis.json"]);
  });

  test("a market pair rendered once serves the users with equal keys", () => {
    const user = userReport({ assets: [asset("A")] });
    const options = { reportProfile: "v2", timezone: user.user.timezone, config } as const;
    const marketPair = renderMarketPair(user.market, options);
    const set = renderSet(user, { reportProfile: "v2", summary: {}, config });
    expect(renderSet(user, { reportProfile: "v2", summary: {}, config, marketPair })).toEqual(set);
    expect(marketPairKey({ ...options, config: { ...config } })).toBe(marketPairKey(options));
    for (const other of [
      { timezone: "UTC" },
      { config: null },
      { config: { ...config, maxCandidates: 9 } },
      { reportProfile: "v1" as const },
    ])
      expect(marketPairKey({ ...options, ...other })).not.toBe(marketPairKey(options));
  });

  test("the summary goes into the JSON as it was given", () => {
    const summary = { distribucion_senales: { COMPRAR: 0, VENDER: 0, MANTENER: 1 }, recomendaciones: ["año"] };
    const set = renderSet(userReport({ assets: [asset("A")] }), { reportProfile: "v2", summary });
    const text = set.get("portfolio_analisis.json")!;
    expect(JSON.parse(text).portfolio.summary).toEqual(summary);
    expect(text).toContain('"año"');
  });
});
