import { expect, test } from "bun:test";
import { eq } from "drizzle-orm";
import fc from "fast-check";
import { analysisDetails, dailyRecommendations } from "../../../src/db/schema/recommendations.ts";
import { addDays } from "../../../src/kit/dates.ts";
import { createRecommendationStore } from "../../../src/systems/recommendations/store.ts";
import { openTestDatabase } from "../../support/database.ts";
import { soakTimes } from "../../support/soak.ts";
import { AT, insertRun, origin, rated, scored, verdict } from "./fixtures.ts";

async function openStore() {
  const database = await openTestDatabase();
  return { database, db: database.db, store: createRecommendationStore(database.db, "csv") };
}

const YEAR = { from: "2026-01-01", to: "2026-12-31" };

test("row 16: a second write of a date leaves one row with revision 2, its first creation time and new details", async () => {
  const { database, db, store } = await openStore();
  await using _ = database;
  await store.save([rated("YPF")], origin("2026-03-02"));
  const later = "2026-03-02T15:00:00.000Z";
  const again = rated("YPF", { verdict: verdict({ totalScore: 71, recommendation: "COMPRAR" }) });
  await store.save(
    [{ ...again, analyses: [scored("technical", 77)] }],
    origin("2026-03-02", { writtenAt: later, trigger: "manual" }),
  );
  const rows = await db.read.select().from(dailyRecommendations);
  expect(rows).toHaveLength(1);
  expect(rows[0]).toMatchObject({
    revision: 2,
    createdAt: AT,
    updatedAt: later,
    trigger: "manual",
    totalScore: 71,
    technicalScore: 77,
    macroScore: null,
  });
  const details = await db.read.select().from(analysisDetails);
  expect(details.map((detail) => [detail.analysisType, detail.score])).toEqual([["technical", 77]]);
});

test("a number that is not finite stores nothing of its ticker", async () => {
  const { database, db, store } = await openStore();
  await using _ = database;
  const broken = rated("YPF", { verdict: verdict({ totalScore: Number.NaN }) });
  await expect(store.save([broken], origin("2026-03-02"))).rejects.toThrow("totalScore");
  expect(await db.read.$count(dailyRecommendations)).toBe(0);
});

test("row 25: latest is the newest complete date, by total descending and then by ticker", async () => {
  const { database, db, store } = await openStore();
  await using _ = database;
  expect(await store.latest()).toBeUndefined();
  const done = await insertRun(db, { outcome: "ok" });
  const totals = { YPF: 40, BMA: 70, GGAL: 70, TEO: 55.5 };
  const rows = Object.entries(totals).map(([ticker, totalScore]) =>
    rated(ticker, { verdict: verdict({ totalScore }) }),
  );
  await store.save(rows, origin("2026-03-02", { jobRunId: done }));
  const running = await insertRun(db, { outcome: null });
  await store.save([rated("YPF")], origin("2026-03-03", { jobRunId: running }));
  const latest = await store.latest();
  expect(latest?.analysisDate).toBe("2026-03-02");
  expect(latest?.items.map((item) => item.ticker)).toEqual(["BMA", "GGAL", "TEO", "YPF"]);
  expect(latest?.version).toBe(`${done}.4`);
  expect(JSON.parse(latest!.json)).toEqual(latest!.items as unknown[]);
});

test("the keys of a recommendation are the old ones in their order, then the new ones", async () => {
  const { database, store } = await openStore();
  await using _ = database;
  await store.save([rated("YPF")], origin("2026-03-02"));
  const [item] = (await store.latest())!.items;
  expect(Object.keys(item!).join(" ")).toBe(
    "ticker company_name recommendation total_score confidence technical_score fundamental_score macro_score " +
      "sentiment_score current_price target_price risk_level color summary timestamp analysis_date bar_date currency " +
      "coverage scoring_profile data_quality source data_source",
  );
  expect(item!.data_quality).toEqual({
    technical: "fresh",
    fundamental: "fresh",
    macro: "missing",
    sentiment: "stale",
  });
  expect([item!.source, item!.data_source, item!.timestamp]).toEqual(["batch", "csv", AT]);
});

test("while no run has completed, the date being written is served", async () => {
  const { database, db, store } = await openStore();
  await using _ = database;
  const running = await insertRun(db, { outcome: null });
  await store.save([rated("YPF")], origin("2026-03-03", { jobRunId: running }));
  expect((await store.latest())?.analysisDate).toBe("2026-03-03");
});

test("a retry that found nothing left to do completes the date that an interrupted run wrote", async () => {
  const { database, db, store } = await openStore();
  await using _ = database;
  await store.save([rated("YPF")], origin("2026-03-02"));
  const interrupted = await insertRun(db, { outcome: "interrupted" });
  await store.save([rated("YPF")], origin("2026-03-03", { jobRunId: interrupted }));
  expect((await store.latest())?.analysisDate).toBe("2026-03-02");
  await insertRun(db, { outcome: "ok", attempt: 2, logData: { analysis_date: "2026-03-03" } });
  store.invalidate();
  expect((await store.latest())?.analysisDate).toBe("2026-03-03");
});

test("rows of another source or of a backfill are the latest only while there is nothing better", async () => {
  const { database, store } = await openStore();
  await using _ = database;
  await store.save([rated("SPL", { dataSource: "sample" })], origin("2026-03-09"));
  expect((await store.latest())?.dataSource).toBe("sample");
  await store.save([rated("YPF")], origin("2026-03-05", { trigger: "backfill" }));
  expect((await store.latest())?.items).toMatchObject([{ ticker: "YPF", source: "backfill" }]);
  await store.save([rated("TEO"), rated("SPL", { dataSource: "sample" })].slice(0, 1), origin("2026-03-04"));
  await store.save([rated("SPL", { dataSource: "sample" })], origin("2026-03-04"));
  expect((await store.latest())?.items.map((item) => [item.ticker, item.data_source])).toEqual([["TEO", "csv"]]);
});

test("a first batch still being written is the latest before a newer backfill", async () => {
  const { database, db, store } = await openStore();
  await using _ = database;
  await store.save([rated("YPF")], origin("2026-03-05", { trigger: "backfill" }));
  const running = await insertRun(db, { outcome: null });
  await store.save([rated("TEO")], origin("2026-03-04", { jobRunId: running }));
  expect((await store.latest())?.analysisDate).toBe("2026-03-04");
});

test("the age of the data starts when they were written, or at the end of a date of long ago", async () => {
  const { database, store } = await openStore();
  await using _ = database;
  expect(await store.dataAge(new Date(AT))).toEqual({ latest_analysis_date: null, age_seconds: null, rows: 0 });
  await store.save([rated("YPF")], origin("2026-03-02"));
  expect((await store.dataAge(new Date("2026-03-02T10:00:00Z"))).age_seconds).toBe(3_600);
  await store.save([rated("YPF")], origin("2026-03-02", { writtenAt: "2026-04-02T09:00:00.000Z" }));
  expect((await store.dataAge(new Date("2026-04-02T23:59:59Z"))).age_seconds).toBe(31 * 86_400);
});

test("row 26: history filters by range, ticker and level, newest first", async () => {
  const { database, store } = await openStore();
  await using _ = database;
  for (const date of ["2026-03-02", "2026-03-03", "2026-03-04"]) {
    await store.save([rated("YPF", { verdict: verdict({ recommendation: "VENDER" }) }), rated("BMA")], origin(date));
  }
  const keys = async (query: object) =>
    (await store.history({ ...YEAR, limit: 10, ...query })).items.map((item) => `${item.analysis_date} ${item.ticker}`);
  expect(await keys({ from: "2026-03-03" })).toEqual([
    "2026-03-04 BMA",
    "2026-03-04 YPF",
    "2026-03-03 BMA",
    "2026-03-03 YPF",
  ]);
  expect(await keys({ to: "2026-03-03", ticker: "YPF" })).toEqual(["2026-03-03 YPF", "2026-03-02 YPF"]);
  expect(await keys({ recommendation: "VENDER", limit: 1 })).toEqual(["2026-03-04 YPF"]);
});

test("row 26: pages show every row that was there once, whatever is added or rewritten meanwhile", async () => {
  const { database, db, store } = await openStore();
  await using _ = database;
  const day = (offset: number) => addDays("2026-03-02", offset);
  const row = fc.tuple(fc.integer({ min: 0, max: 30 }), fc.constantFrom("AAA", "BBB", "CCC", "DDD"));
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(row, { minLength: 1, maxLength: 25, selector: ([date, ticker]) => `${date}${ticker}` }),
      fc.array(row, { maxLength: 10 }),
      fc.integer({ min: 1, max: 7 }),
      async (stored, added, limit) => {
        await db.write(async (tx) => void (await tx.delete(dailyRecommendations)));
        for (const [date, ticker] of stored) await store.save([rated(ticker)], origin(day(date)));
        const before = new Set(stored.map(([date, ticker]) => `${day(date)} ${ticker}`));
        const seen: string[] = [];
        const additions = [...added];
        let after: { analysis_date: string; ticker: string } | undefined;
        do {
          const page = await store.history({ ...YEAR, limit, ...(after ? { after } : {}) });
          expect(page.items.length).toBeLessThanOrEqual(limit);
          seen.push(...page.items.map((item) => `${item.analysis_date} ${item.ticker}`));
          after = page.next ?? undefined;
          const addition = additions.pop();
          if (addition) {
            const changed = verdict({ totalScore: 99 });
            await store.save([rated(addition[1], { verdict: changed })], origin(day(addition[0])));
          }
        } while (after);
        expect(new Set(seen).size).toBe(seen.length);
        expect([...before].filter((key) => !seen.includes(key))).toEqual([]);
        const inOrder = seen.toSorted((a, b) => b.slice(0, 10).localeCompare(a.slice(0, 10)) || a.localeCompare(b));
        expect(seen).toEqual(inOrder);
      },
    ),
    { numRuns: soakTimes(12, 200) },
  );
});

test("row 27: a ticker's latest analysis has its details, its history only on request", async () => {
  const { database, store } = await openStore();
  await using _ = database;
  expect(await store.tickerLatest("YPF")).toBeUndefined();
  expect(await store.tickerHistory("YPF", { ...YEAR, limit: 5 })).toBeUndefined();
  await store.save([rated("YPF")], origin("2026-03-02"));
  await store.save([rated("YPF")], origin("2026-03-03"));
  const latest = await store.tickerLatest("YPF");
  expect(latest?.recommendation.analysis_date).toBe("2026-03-03");
  expect(latest?.details.technical).toMatchObject({ score: 60, raw_data: { said: "technical" } });
  const plain = await store.tickerHistory("YPF", { ...YEAR, limit: 1 });
  expect(plain?.items[0]).not.toHaveProperty("details");
  expect(plain?.items[0]?.scores).toEqual({ technical: 60, fundamental: 50, macro: null, sentiment: 40 });
  const next = await store.tickerHistory("YPF", { ...YEAR, limit: 1, after: plain!.next!, type: "sentiment" });
  expect(next).toMatchObject({ items: [{ analysis_date: "2026-03-02", details: { sentiment: { score: 40 } } }] });
  expect(Object.keys(next!.items[0]!.details!)).toEqual(["sentiment"]);
  expect(next?.next).toBeNull();
  const outside = await store.tickerHistory("YPF", { from: "2020-01-01", to: "2020-02-01", limit: 5 });
  expect(outside).toEqual({ items: [], next: null });
});

test("latest is read from the database once between two changes", async () => {
  const { database, db, store } = await openStore();
  await using _ = database;
  await store.save([rated("YPF")], origin("2026-03-02"));
  const first = await store.latest();
  await db.write(async (tx) => {
    await tx.update(dailyRecommendations).set({ totalScore: 1 }).where(eq(dailyRecommendations.ticker, "YPF"));
  });
  expect(await store.latest()).toBe(first!);
  store.invalidate();
  expect((await store.latest())?.items[0]?.total_score).toBe(1);
});

test("counts tell rows, dates and tickers", async () => {
  const { database, store } = await openStore();
  await using _ = database;
  await store.save([rated("YPF"), rated("BMA")], origin("2026-03-02"));
  await store.save([rated("YPF")], origin("2026-03-03"));
  expect(await store.counts()).toEqual({ rows: 3, dates: 2, tickers: 2 });
});
