import { describe, expect, test } from "bun:test";
import { silentLogger } from "../../../src/kit/log.ts";
import { loadBars } from "../../../src/market/bars-store.ts";
import { createMarket } from "../../../src/market/create-market.ts";
import { createSnapshotStore } from "../../../src/market/snapshot-store.ts";
import { type ImportKind, importFile } from "../../../src/systems/recommendations/import-file.ts";
import { createFundamentals } from "../../../src/systems/recommendations/sources/fundamentals.ts";
import { createMacro } from "../../../src/systems/recommendations/sources/macro.ts";
import { createFakeClock } from "../../support/clock.ts";
import { openTestDatabase, type TestDatabase } from "../../support/database.ts";
import { YPF } from "./sources/source-bench.ts";

const clock = createFakeClock("2026-03-02T12:00:00.000Z");

const importText = ({ db }: TestDatabase, kind: ImportKind, text: string, options: Partial<ImportOptions> = {}) => {
  const { source = "yahoo", name = `${kind}.csv` } = options;
  const provider = { source, fetchBars: () => Promise.reject(new Error("not asked")) };
  const market = createMarket({ db, provider, clock, log: silentLogger });
  return importFile(kind, { name, text }, { db, clock, market });
};

interface ImportOptions {
  name: string;
  source: "sample" | "csv" | "yahoo";
}

const requestOn = (asOf: string) => ({
  http: { call: () => Promise.reject(new Error("no network")), budgetLeft: async () => 0 },
  signal: new AbortController().signal,
  now: new Date("2026-03-02T12:00:00Z"),
  asOf,
  priceCurrency: "USD",
});

describe("importing fundamentals", () => {
  const header = "ticker,as_of,period_end,currency,roe,debt_to_equity,current_ratio,pe_ratio";

  test("fills the stored answers under the file's own date, marked embedded", async () => {
    await using store = await openTestDatabase();
    const report = await importText(
      store,
      "fundamentals",
      `${header}\nypf,2026-01-15,2025-09-30,USD,0.18,"0,74",1.3,7.2\n`,
    );
    expect(report).toEqual({
      kind: "fundamentals",
      file: "fundamentals.csv",
      rows: 1,
      stored: 1,
      subjects: ["YPF"],
      problems: [],
    });
    const fundamentals = createFundamentals(createSnapshotStore(store.db));
    expect(await fundamentals(YPF, requestOn("2026-03-02"))).toMatchObject({
      status: "embedded",
      source: "import",
      asOf: "2025-09-30",
      facts: { ratios: { roe: 0.18, debtToEquity: 0.74, peRatio: 7.2, roa: null } },
    });
    expect(await fundamentals(YPF, requestOn("2026-01-14"))).toMatchObject({ status: "missing" });
    expect(await fundamentals(YPF, requestOn("2026-05-16"))).toMatchObject({ status: "missing" });
  });

  test("every bad line is named with file and line, the good ones are kept", async () => {
    await using store = await openTestDatabase();
    const lines = [
      header,
      "YPF,2026-01-15,2025-09-30,USD,0.18,0.74,1.3,7.2",
      "not a ticker,2026-01-15,,,0.1,,,",
      "GGAL,15/01/2026,,,0.1,,,",
      "PAM,2026-01-15,2026-02-30,,0.1,,,",
      "TEO,2026-01-15,2026-02-28,,0.1,,,",
      "TGS,2026-01-15,,,18,,,",
      "BMA,2026-01-15,,,much,,,",
      "",
      "SUPV,2026-01-15,,,,,,",
      "LOMA,2026-01-15,,,0.1,1.2,1.5,",
    ];
    const report = await importText(store, "fundamentals", lines.join("\n"));
    expect(report).toMatchObject({ rows: 9, stored: 2, subjects: ["YPF", "LOMA"] });
    expect(report.problems).toEqual([
      "fundamentals.csv line 3: ticker is missing or is none (A-Z, 0-9, dot, hyphen; at most 10)",
      'fundamentals.csv line 4: as_of "15/01/2026" is not a date like 2026-03-31',
      'fundamentals.csv line 5: period_end "2026-02-30" is not a date like 2026-03-31',
      "fundamentals.csv line 6: period_end is later than as_of",
      "fundamentals.csv line 7: roe 18 looks like percent; write a fraction (0.18 for 18 %)",
      'fundamentals.csv line 8: roe "much" is not a number',
      "fundamentals.csv line 10: has no ratio at all",
    ]);
  });

  test("a header without a needed column, or with an unknown one, stores nothing", async () => {
    await using store = await openTestDatabase();
    const attempt = importText(store, "fundamentals", "ticker,roi\nYPF,3\n");
    await expect(attempt).rejects.toMatchObject({
      code: "bad_header",
      message: "fundamentals.csv has no column as_of and has the unknown column roi.",
    });
    await expect(importText(store, "fundamentals", "")).rejects.toMatchObject({ code: "bad_header" });
    await expect(importText(store, "fundamentals", 'ticker,as_of\n"YPF,2')).rejects.toMatchObject({ code: "bad_csv" });
  });
});

describe("importing macro", () => {
  test("points are known from their own dates on, and files add up", async () => {
    await using store = await openTestDatabase();
    const first = 'series,date,value\nusd,2026-02-27,1400\nusd,2026-02-26,"1.390,5"\ninflation,2026-01-31,-0.2\n';
    expect(await importText(store, "macro", first)).toMatchObject({
      stored: 3,
      subjects: ["usd", "inflation"],
      problems: [],
    });
    const second = "series,date,value\nusd,2026-03-01,1410\nusd,2026-02-27,1401\ncountry_risk,2026-02-27,550\n";
    await importText(store, "macro", second);
    const macro = createMacro(createSnapshotStore(store.db));
    expect(await macro(requestOn("2026-03-02"))).toMatchObject({
      status: "embedded",
      source: "import",
      facts: {
        usd: [
          { date: "2026-02-26", value: 1390.5 },
          { date: "2026-02-27", value: 1401 },
          { date: "2026-03-01", value: 1410 },
        ],
        inflation: [{ date: "2026-01-31", value: -0.2 }],
        countryRisk: [{ date: "2026-02-27", value: 550 }],
        cer: [],
      },
    });
    expect(await macro(requestOn("2026-02-26"))).toMatchObject({
      facts: { usd: [{ date: "2026-02-26" }], countryRisk: [] },
    });
  });

  test("bad lines are named", async () => {
    await using store = await openTestDatabase();
    const report = await importText(
      store,
      "macro",
      "series,date,value\ndolar,2026-01-01,1\nusd,soon,1\nusd,2026-01-01,0\ncer,2026-01-01\n",
    );
    expect(report.problems).toEqual([
      "macro.csv line 2: series is not one of usd, cer, inflation, country_risk",
      'macro.csv line 3: date "soon" is not a date like 2026-03-31',
      "macro.csv line 4: value 0 is not above zero",
      'macro.csv line 5: value "" is not a number',
    ]);
    expect(report.stored).toBe(0);
  });
});

describe("importing prices", () => {
  const bars = "date,open,high,low,close,volume\n2026-02-26,10,11,9,10.5,100\n2026-02-27,10.5,12,10,11,200\n";

  test("bars of the file's symbol are stored as those of the source in use", async () => {
    await using store = await openTestDatabase();
    const text = `${bars}2026-02-28,x,1,1,1,1\n2026-04-01,1,1,1,1,1\n`;
    const report = await importText(store, "prices", text, { name: "ypf.csv" });
    expect(report).toMatchObject({ kind: "prices", file: "ypf.csv", rows: 4, stored: 2, subjects: ["YPF"] });
    expect(report.problems).toEqual([
      'ypf.csv line 4: open "x" is not a number; the line is left out',
      "ypf.csv: left out what is after 2026-03-02 (lines: 1)",
    ]);
    const stored = await loadBars(store.db, { symbol: "YPF", interval: "1d" }, "yahoo");
    expect([stored.date, [...stored.close]]).toEqual([
      ["2026-02-26", "2026-02-27"],
      [10.5, 11],
    ]);
    expect((await loadBars(store.db, { symbol: "YPF", interval: "1d" }, "csv")).length).toBe(0);
  });

  test("not beside sample prices, and not without a symbol", async () => {
    await using store = await openTestDatabase();
    const sample = importText(store, "prices", bars, { name: "YPF.csv", source: "sample" });
    await expect(sample).rejects.toMatchObject({ code: "not_supported" });
    await expect(importText(store, "prices", bars, { name: "my prices.csv" })).rejects.toMatchObject({
      code: "bad_file_name",
    });
    await expect(importText(store, "prices", "x", { name: "YPF.csv" })).rejects.toMatchObject({ code: "bad_data" });
  });
});
