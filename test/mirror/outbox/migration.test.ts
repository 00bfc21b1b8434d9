import { expect, test } from "bun:test";
import { appendFileSync, cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Database, migrateDatabase, statement } from "../../../src/db/index.ts";
import { MIGRATIONS_ROOT } from "../../../src/db/migrate.ts";
import { recommendationStreams } from "../../../src/systems/recommendations/mirror.ts";
import { openTestDatabase } from "../../support/database.ts";
import { startOwing } from "../../support/start-owing.ts";
import { owedKeys } from "./things.ts";

/** As drizzle-kit writes a change that SQLite's `alter table` cannot make. */
const REBUILD = (table: string, sql: string) => [
  "PRAGMA foreign_keys=OFF",
  sql.replaceAll(new RegExp(`\\b${table}\\b`, "g"), `__new_${table}`),
  `INSERT INTO \`__new_${table}\` SELECT * FROM \`${table}\``,
  `DROP TABLE \`${table}\``,
  `ALTER TABLE \`__new_${table}\` RENAME TO \`${table}\``,
  "PRAGMA foreign_keys=ON",
];

/** A copy of the migrations with one more. */
async function nextVersion(db: Database, dir: string, table: string): Promise<string> {
  const root = join(dir, "drizzle");
  cpSync(MIGRATIONS_ROOT, root, { recursive: true });
  const path = join(root, "main/meta/_journal.json");
  const journal = JSON.parse(readFileSync(path, "utf8")) as { entries: { idx: number; when: number }[] };
  const last = journal.entries.at(-1)!;
  const tag = "9999_rebuild";
  journal.entries.push({ ...last, ...{ idx: last.idx + 1, when: last.when + 1, tag } });
  writeFileSync(path, JSON.stringify(journal));
  const [made] = (await db.read.all(statement("select sql from sqlite_master where name = ?", [table]))) as [
    { sql: string },
  ];
  appendFileSync(join(root, `main/${tag}.sql`), REBUILD(table, made.sql).join(";--> statement-breakpoint\n"));
  return root;
}

test("a migration that builds a mirrored table anew works while the mirror is on; all rows are owed again", async () => {
  await using store = await openTestDatabase();
  const { db } = store;
  const start = () => startOwing(db, recommendationStreams, () => "here");
  const run = (sql: string) => db.write(async (tx) => void (await tx.run(statement(sql, []))));
  await start();
  await run(`insert into daily_recommendations (id, analysis_date, ticker, recommendation, total_score, confidence, created_at,
    coverage, scoring_profile, data_source, trigger, updated_at)
    values (7, '2024-03-08', 'YPF', 'COMPRAR', 71, 80, 'x', 1, 'v2', 'csv', 'cron', 'x')`);
  await run("insert into outbox (stream, key, seq) values ('daily_recommendations', '[\"2024-03-07\",\"GGAL\"]', 9)");
  await migrateDatabase(db, "main", await nextVersion(db, store.dir, "daily_recommendations"));
  await start();
  const key = 'daily_recommendations ["2024-03-08","YPF"]';
  expect(await owedKeys(db)).toEqual(['daily_recommendations ["2024-03-07","GGAL"]', key]);
  await run("delete from outbox");
  await run("update daily_recommendations set confidence = 81");
  expect(await owedKeys(db)).toEqual([key]);
});
