import { expect, test } from "bun:test";
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Database, migrateDatabase, openDatabase } from "../../../src/db/index.ts";
import { createRecommendationStore } from "../../../src/systems/recommendations/store.ts";
import { openTestDatabase } from "../../support/database.ts";
import { insertRun, origin, rated } from "./fixtures.ts";

const MIGRATIONS = join(import.meta.dir, "../../../drizzle/main");

async function columnsOf(db: Database, table: string): Promise<string[]> {
  const { rows } = await db.client.execute(`select name from pragma_table_info('${table}')`);
  return rows.map((row) => String(row.name));
}

const run = (db: Database, statement: string) => db.client.execute(statement).then(() => "stored");

test("row 15: the three tables have the planned columns and ours", async () => {
  await using database = await openTestDatabase();
  const wanted = {
    daily_recommendations:
      "id analysis_date ticker recommendation total_score confidence technical_score fundamental_score macro_score sentiment_score " +
      "current_price target_price risk_level summary created_at company_name currency bar_date coverage scoring_profile job_run_id " +
      "revision updated_at data_source trigger",
    analysis_details: "id recommendation_id analysis_type raw_data indicators score metadata created_at",
    job_runs:
      "id job_name start_time end_time status tickers_processed errors_count log_data created_at heartbeat_at owner",
  };
  for (const [table, columns] of Object.entries(wanted)) {
    expect(await columnsOf(database.db, table)).toEqual(expect.arrayContaining(columns.split(" ")));
  }
});

test.each([
  ["recommendation", "'comprar'"],
  ["risk_level", "'extreme'"],
  ["scoring_profile", "'v3'"],
  ["data_source", "'guess'"],
  ["total_score", "100.5"],
  ["confidence", "-1"],
  ["coverage", "1.01"],
  ["analysis_date", "null"],
])("row 15: daily_recommendations refuses %s = %s", async (column, value) => {
  await using database = await openTestDatabase();
  await createRecommendationStore(database.db, "csv").save([rated("YPF")], origin("2026-03-02"));
  await expect(run(database.db, `update daily_recommendations set ${column} = ${value}`)).rejects.toThrow();
});

test.each([
  ["analysis_type", "'astrology'"],
  ["raw_data", "'{broken'"],
  ["indicators", "'nope'"],
  ["metadata", "'{'"],
])("row 15: analysis_details refuses %s = %s", async (column, value) => {
  await using database = await openTestDatabase();
  await createRecommendationStore(database.db, "csv").save([rated("YPF")], origin("2026-03-02"));
  await expect(run(database.db, `update analysis_details set ${column} = ${value}`)).rejects.toThrow();
});

test("row 15: one row per date and ticker, one detail per analysis, one running run per job", async () => {
  await using database = await openTestDatabase();
  const { db } = database;
  await createRecommendationStore(db, "csv").save([rated("YPF"), rated("BMA")], origin("2026-03-02"));
  await expect(run(db, "update daily_recommendations set ticker = 'YPF'")).rejects.toThrow("UNIQUE");
  await expect(run(db, "update analysis_details set analysis_type = 'macro'")).rejects.toThrow("UNIQUE");
  await insertRun(db, { outcome: null });
  await expect(insertRun(db, { outcome: null })).rejects.toThrow();
});

test("row 15: details go with their recommendation, a forgotten run leaves its rows", async () => {
  await using database = await openTestDatabase();
  const { db } = database;
  const jobRunId = await insertRun(db, { outcome: "ok" });
  await createRecommendationStore(db, "csv").save([rated("YPF")], origin("2026-03-02", { jobRunId }));
  await run(db, "delete from job_runs");
  const { rows } = await db.client.execute("select job_run_id from daily_recommendations");
  expect(rows.map((row) => row.job_run_id)).toEqual([null]);
  await run(db, "delete from daily_recommendations");
  expect((await db.client.execute("select count(*) as n from analysis_details")).rows[0]?.n).toBe(0);
});

/** A folder of migrations in which the first one stops before the tables of this system. */
function splitMigrations(root: string): { earlier: string; complete: string } {
  const [first] = readdirSync(MIGRATIONS)
    .filter((name) => name.endsWith(".sql"))
    .toSorted();
  const statements = readFileSync(join(MIGRATIONS, first!), "utf8").split("--> statement-breakpoint");
  const isOurs = (statement: string) =>
    /`(daily_recommendations|analysis_details|recommendation_outcomes)`/.test(statement);
  const write = (name: string, migrations: string[][]) => {
    const folder = join(root, name, "main");
    mkdirSync(join(folder, "meta"), { recursive: true });
    const entries = migrations.map((parts, idx) => {
      writeFileSync(join(folder, `000${idx}_part.sql`), parts.join("--> statement-breakpoint"));
      return { idx, version: "6", when: 1_700_000_000_000 + idx, tag: `000${idx}_part`, breakpoints: true };
    });
    writeFileSync(join(folder, "meta/_journal.json"), JSON.stringify({ version: "7", dialect: "sqlite", entries }));
    return join(root, name);
  };
  const others = statements.filter((statement) => !isOurs(statement));
  const ours = statements.filter(isOurs);
  expect(ours.length).toBeGreaterThan(2);
  return { earlier: write("earlier", [others]), complete: write("complete", [others, ours]) };
}

test("row 15: a database of an earlier version gets the tables and keeps its rows, with a copy made before", async () => {
  await using database = await openTestDatabase();
  const { earlier, complete } = splitMigrations(database.dir);
  const path = join(database.dir, "old.db");
  const db = await openDatabase({ url: `file:${path}`, path });
  try {
    await migrateDatabase(db, "main", earlier);
    expect(await columnsOf(db, "daily_recommendations")).toEqual([]);
    const kept = await insertRun(db, { outcome: "ok" });
    await migrateDatabase(db, "main", complete);
    await createRecommendationStore(db, "csv").save([rated("YPF")], origin("2026-03-02", { jobRunId: kept }));
    expect((await db.client.execute("select count(*) as n from job_runs")).rows[0]?.n).toBe(1);
    expect(readdirSync(database.dir)).toContain("old.db.before-2.bak");
    await migrateDatabase(db, "main", complete);
  } finally {
    db.close();
  }
});

test("row 15: a copy of the folder of migrations makes the same tables from nothing", async () => {
  await using database = await openTestDatabase();
  cpSync(MIGRATIONS, join(database.dir, "copy/main"), { recursive: true });
  const path = join(database.dir, "new.db");
  const db = await openDatabase({ url: `file:${path}`, path });
  try {
    await migrateDatabase(db, "main", join(database.dir, "copy"));
    const schema =
      "select sql from sqlite_master where tbl_name in ('daily_recommendations', 'analysis_details', 'job_runs') order by name";
    const made = await db.client.execute(schema);
    expect(made.rows.length).toBeGreaterThan(6);
    expect(made.rows.map((row) => row.sql)).toEqual(
      (await database.db.client.execute(schema)).rows.map((row) => row.sql),
    );
  } finally {
    db.close();
  }
});
