import { expect, test } from "bun:test";
import { csvPrices, openTestHouse } from "../../../support/house.ts";
import { hasShared } from "../../../support/shared.ts";
import { insertRun, origin, rated, scored } from "../fixtures.ts";
import { json, openApi, TODAY } from "./harness.ts";

/** The interface of the existing page (`lib/api.ts`), every field of which it reads without a null check. */
const STOCK = {
  symbol: "string",
  name: "string",
  sector: "string",
  price: "number",
  change: "number",
  changePercent: "number",
  recommendation: "string",
  confidence: "number",
  risk: "string",
  targetPrice: "number",
  monthlyInvestment: "string",
};

interface Stock {
  symbol: string;
  name: string;
  price: number;
  targetPrice: number;
  recommendation: string;
  risk: string;
}

const PATH = "/api/recommendations/stocks";

function expectStocks(stocks: readonly Stock[]) {
  for (const stock of stocks) {
    const types: Record<string, string> = Object.fromEntries(
      Object.entries(stock).map(([name, value]) => [name, typeof value]),
    );
    expect(types).toEqual(STOCK);
    expect<unknown[]>(Object.values(stock)).not.toContain(null);
    expect(stock.recommendation).toBeOneOf(["COMPRAR", "MANTENER", "VENDER"]);
    expect(stock.risk).toBeOneOf(["Bajo", "Medio", "Alto"]);
  }
}

/** A technical analysis with what the page shows of it. */
const priced = (change: number, percent: number) => ({
  ...scored("technical", 60),
  indicators: { price_change: change, price_change_percent: percent },
});

test("row 30: /stocks satisfies the page's types for every ticker, and says on the page that it is a sample", async () => {
  await using house = await openTestHouse();
  const response = await house.fetch(PATH);
  expect(response.headers.get("x-data-source")).toBe("sample");
  const stocks = await json<Stock[]>(response);
  expect(stocks).toHaveLength(17);
  expectStocks(stocks);
  expect(stocks.every(({ name }) => name.endsWith(" (datos de muestra)"))).toBe(true);
  const latest = await house.get<{ ticker: string; current_price: number }[]>("/api/recommendations/latest");
  expect(stocks.map(({ symbol, price }) => [symbol, price])).toEqual(
    latest.map(({ ticker, current_price }) => [ticker, current_price]),
  );
});

test.skipIf(!hasShared)(
  "row 30: real prices without target or sector data keep the types and carry no label",
  async () => {
    await using house = await openTestHouse({ settings: { ...csvPrices, RECOMMENDATION_TICKERS: "YPF,GGAL" } });
    const stocks = await house.get<Stock[]>(PATH);
    expectStocks(stocks);
    const ypf = stocks.find(({ symbol }) => symbol === "YPF");
    expect(ypf).toMatchObject({
      name: "YPF S.A.",
      sector: "Energy",
      price: 17.65,
      change: -0.67,
      changePercent: -3.66,
    });
    expect(ypf?.targetPrice).toBe(17.65);
  },
);

test("row 30: a ticker without a price or a change is left out", async () => {
  await using api = await openApi();
  const rows = [
    rated("YPF", { analyses: [priced(-0.5, -2.345)] }),
    rated("PAM", { currentPrice: null, analyses: [priced(1, 1)] }),
    rated("GGAL", { analyses: [{ ...scored("technical", 60), indicators: { price_change_percent: 1 } }] }),
    rated("BMA", { analyses: [{ ...scored("technical", 60), indicators: { price_change: 1 } }] }),
  ];
  await api.store.save(rows, origin(TODAY));
  expect(await json<unknown[]>(await api.get(PATH))).toEqual([
    {
      symbol: "YPF",
      name: "YPF S.A.",
      sector: "Energy",
      price: 10,
      change: -0.5,
      changePercent: -2.35,
      recommendation: "MANTENER",
      confidence: 80,
      risk: "Medio",
      targetPrice: 10,
      monthlyInvestment: "-",
    },
  ]);
});

test("row 30: /stocks shows the date of /latest, not a newer one that is still being written", async () => {
  await using api = await openApi();
  const done = await insertRun(api.db, { outcome: "ok" });
  const running = await insertRun(api.db, { outcome: null });
  await api.store.save([rated("YPF", { analyses: [priced(1, 1)] })], origin("2026-03-01", { jobRunId: done }));
  await api.store.save(
    [rated("YPF", { currentPrice: 99, analyses: [priced(1, 1)] })],
    origin(TODAY, { jobRunId: running }),
  );
  expect((await json<Stock[]>(await api.get(PATH)))[0]?.price).toBe(10);
});

test("row 30: the list follows a rerun, and its tag gives 304 until then", async () => {
  await using api = await openApi();
  await api.store.save([rated("YPF", { analyses: [priced(1, 1)] })], origin(TODAY));
  const tag = (await api.get(PATH)).headers.get("etag")!;
  expect((await api.get(PATH, { "If-None-Match": tag })).status).toBe(304);
  await api.store.save([rated("YPF", { currentPrice: 11, analyses: [priced(1, 1)] })], origin(TODAY));
  const response = await api.get(PATH, { "If-None-Match": tag });
  expect([response.status, (await json<Stock[]>(response))[0]?.price]).toEqual([200, 11]);
});

test("row 30, a-13: before any analysis /stocks is [], and /bonds always", async () => {
  await using api = await openApi();
  for (const path of [PATH, "/api/recommendations/bonds"]) {
    const response = await api.get(path);
    expect([response.status, await response.text()]).toEqual([200, "[]"]);
  }
});
