import { expect, test } from "bun:test";
import type { Database } from "../../../src/db/index.ts";
import { placeholders, statement } from "../../../src/db/index.ts";
import { sweepPortfolio } from "../../../src/systems/portfolio/retention.ts";
import { openTestDatabase } from "../../support/database.ts";
import { insertRun } from "../recommendations/fixtures.ts";
import { giveUser, uuid } from "./people/people-fixtures.ts";

const NOW = new Date("2026-06-01T09:00:00.000Z");
const OLD = "2024-01-02";
const FRESH = "2026-05-29";
const USER = uuid(1);

async function insert(db: Database, table: string, rows: readonly Record<string, string | number>[]): Promise<void> {
  const columns = Object.keys(rows[0]!);
  const text = `insert into ${table} (${columns.join(", ")}) values ${placeholders(rows.length, columns.length)}`;
  await db.write(
    async (tx) =>
      void (await tx.run(
        statement(
          text,
          rows.flatMap((row) => Object.values(row)),
        ),
      )),
  );
}

const many = <Row>(count: number, row: (index: number) => Row): Row[] =>
  Array.from({ length: count }, (_, index) => row(index));

const alert = (index: number, barDate: string) => ({
  user_id: USER,
  symbol: `S${index}`,
  type: "RSI_OVERSOLD",
  bar_date: barDate,
  priority: "HIGH",
  description: "-",
  recommendation: "COMPRAR",
  price: 1,
  run_id: 1,
  created_at: `${barDate}T21:00:00.000Z`,
});
const result = (runId: number, index: number, createdAt: string) => ({
  run_id: runId,
  user_id: uuid(index),
  state: "ok",
  symbols: 1,
  failed_symbols: 0,
  files_changed: 0,
  created_at: createdAt,
});
const analysis = (index: number, asOf: string) => ({
  symbol: `S${index}`,
  period: "1y",
  interval: "1d",
  as_of: asOf,
  profile: "v1",
  data_source: "csv",
  recommendation: "COMPRAR",
  priority: "HIGH",
  price: 1,
  payload: "{}",
  computed_at: `${asOf}T21:00:00.000Z`,
});
const scan = (profile: string, asOf: string) => ({
  market: "sp500",
  as_of: asOf,
  profile,
  data_source: "csv",
  regime: "BULL",
  regime_info: "{}",
  radars_used: "-",
  scanned: 0,
  skipped: "[]",
  universe_source: "embedded",
  scanned_at: `${asOf}T21:00:00.000Z`,
});

test("thousands of old rows go in transactions of a thousand, and what is counted is what went", async () => {
  await using store = await openTestDatabase();
  const { db } = store;
  await giveUser(db, { userId: USER });
  const runId = await insertRun(db, { outcome: "ok" });
  await insert(db, "portfolio_results", [
    ...many(2_300, (index) => result(runId, index, `${OLD}T21:00:00.000Z`)),
    result(runId, 9_999, `${FRESH}T21:00:00.000Z`),
  ]);
  await insert(db, "portfolio_alerts", [...many(1_000, (index) => alert(index, OLD)), alert(0, FRESH)]);
  await insert(db, "asset_analyses", [...many(1_001, (index) => analysis(index, OLD)), analysis(0, FRESH)]);
  await insert(db, "radar_scans", [scan("v1", OLD), scan("v2", OLD), scan("v1", FRESH)]);

  const { write } = db;
  const left: number[] = [];
  let turns = 0;
  const watched: Database = {
    ...db,
    async write(work) {
      const before = turns;
      setImmediate(() => turns++);
      const done = await write(work);
      const { rows } = await db.client.execute(
        `select (select count(*) from portfolio_results) + (select count(*) from portfolio_alerts)
              + (select count(*) from asset_analyses) + (select count(*) from radar_scans)`,
      );
      left.push(Number(rows[0]![0]));
      if (left.length === 2) expect(before).toBeGreaterThan(0);
      return done;
    },
  };
  expect(await sweepPortfolio(watched, { retentionRecommendationsDays: 90 }, NOW)).toEqual({
    results: 2_300,
    alerts: 1_000,
    analyses: 1_001,
    scans: 2,
  });
  const all = 2_301 + 1_001 + 1_002 + 3;
  const sizes = left.map((count, index) => (left[index - 1] ?? all) - count);
  expect(sizes).toEqual([1_000, 1_000, 300, 1_000, 0, 1_000, 1, 2]);
  // The run's fresh result stays, though the run has old ones.
  expect(left.at(-1)).toBe(4);
  const again = await sweepPortfolio(db, { retentionRecommendationsDays: 90 }, NOW);
  expect(again).toEqual({ results: 0, alerts: 0, analyses: 0, scans: 0 });
});

test("zero days keep analyses and scans for ever", async () => {
  await using store = await openTestDatabase();
  await insert(store.db, "asset_analyses", [analysis(0, OLD)]);
  await insert(store.db, "radar_scans", [scan("v1", OLD)]);
  const swept = await sweepPortfolio(store.db, { retentionRecommendationsDays: 0 }, NOW);
  expect(swept).toEqual({ results: 0, alerts: 0, analyses: 0, scans: 0 });
});
