import { expect, test } from "bun:test";
import { analysisDetails, dailyRecommendations } from "../../../src/db/schema/recommendations.ts";
import { sweepRecommendations } from "../../../src/systems/recommendations/retention.ts";
import { createRecommendationStore } from "../../../src/systems/recommendations/store.ts";
import { openTestDatabase, type TestDatabase } from "../../support/database.ts";
import { origin, rated } from "./fixtures.ts";

async function storeDays(database: TestDatabase, dates: readonly string[]) {
  const store = createRecommendationStore(database.db, "csv");
  for (const date of dates) await store.save([rated("YPF")], origin(date, { writtenAt: `${date}T09:00:00.000Z` }));
}

const NOW = new Date("2026-06-01T09:00:00.000Z");

test("row 32: raw data older than 90 days are nulled, scores and numbers stay", async () => {
  await using database = await openTestDatabase();
  await storeDays(database, ["2026-03-02", "2026-03-04"]);
  const rules = { retentionDetailsDays: 90, retentionRecommendationsDays: 0 };
  expect(await sweepRecommendations(database.db, rules, NOW)).toEqual({ detailsThinned: 4, recommendationsDeleted: 0 });
  const details = await database.db.read.select().from(analysisDetails).orderBy(analysisDetails.id);
  expect(details.map((detail) => detail.rawData === null)).toEqual([
    true,
    true,
    true,
    true,
    false,
    false,
    false,
    false,
  ]);
  expect(details[0]).toMatchObject({ score: 60, indicators: { value: 60 }, metadata: { status: "fresh" } });
  expect((await sweepRecommendations(database.db, rules, NOW)).detailsThinned).toBe(0);
});

test("row 32: recommendations go with their details after their days, and zero keeps everything", async () => {
  await using database = await openTestDatabase();
  await storeDays(database, ["2025-01-02", "2026-05-29"]);
  const keep = { retentionDetailsDays: 0, retentionRecommendationsDays: 0 };
  expect(await sweepRecommendations(database.db, keep, NOW)).toEqual({ detailsThinned: 0, recommendationsDeleted: 0 });
  const year = { ...keep, retentionRecommendationsDays: 365 };
  expect((await sweepRecommendations(database.db, year, NOW)).recommendationsDeleted).toBe(1);
  const rows = await database.db.read.select().from(dailyRecommendations);
  expect(rows.map((row) => row.analysisDate)).toEqual(["2026-05-29"]);
  expect(await database.db.read.$count(analysisDetails)).toBe(4);
});

test("more rows than one transaction takes are swept all the same", async () => {
  await using database = await openTestDatabase();
  const store = createRecommendationStore(database.db, "csv");
  const many = Array.from({ length: 90 }, (_, index) => rated(`T${index}`));
  await store.save(many, origin("2026-01-02", { writtenAt: "2026-01-02T09:00:00.000Z" }));
  const rules = { retentionDetailsDays: 90, retentionRecommendationsDays: 0 };
  expect((await sweepRecommendations(database.db, rules, NOW)).detailsThinned).toBe(360);
});
