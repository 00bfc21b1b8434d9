import { describe, expect, test } from "bun:test";
import type { Client, InStatement } from "@libsql/client";
import { listUsers } from "../../../../src/systems/portfolio/people/user-reads.ts";
import { loadUserRows, type UserRow } from "../../../../src/systems/portfolio/people/user-rows.ts";
import { sweepPortfolio } from "../../../../src/systems/portfolio/retention.ts";
import { loadUndelivered } from "../../../../src/systems/portfolio/store/alerts.ts";
import { openTestDatabase } from "../../../support/database.ts";
import { AT, uuid } from "../people/people-fixtures.ts";

type Execute = (statement: InStatement) => Promise<unknown>;

/** Keeps every statement of reads and of transactions. */
function record(client: Client): InStatement[] {
  const statements: InStatement[] = [];
  const watch = (target: { execute: unknown }) => {
    const execute = (target.execute as Execute).bind(target);
    target.execute = (statement: InStatement) => {
      statements.push(statement);
      return execute(statement);
    };
  };
  const begin = client.transaction.bind(client);
  client.transaction = (async (mode: "write") => {
    const transaction = await begin(mode);
    watch(transaction);
    return transaction;
  }) as typeof client.transaction;
  watch(client);
  return statements;
}

/** How SQLite answers what `work` asks, a text for each statement. */
async function plansOf(work: (db: Awaited<ReturnType<typeof openTestDatabase>>["db"]) => Promise<unknown>) {
  await using store = await openTestDatabase();
  const statements = record(store.db.client);
  await work(store.db);
  const plans: string[] = [];
  for (const statement of statements.splice(0)) {
    const { sql, args = [] } = typeof statement === "string" ? { sql: statement } : statement;
    const { rows } = await store.db.client.execute({ sql: `explain query plan ${sql}`, args });
    plans.push(rows.map(({ detail }) => detail).join("\n"));
  }
  return plans;
}

const after: UserRow = {
  userId: uuid(1),
  createdAt: AT,
  email: null,
  firstName: null,
  lastName: null,
  timezone: null,
  source: "local",
};
const position = { created_at: AT, user_id: uuid(1) };

describe("what is asked often is found by an index", () => {
  test("pages of users come in their order without sorting, whoever asks and wherever they begin", async () => {
    const plans = await plansOf(async (db) => {
      await loadUserRows(db, { limit: 200, dataSource: "csv" });
      await loadUserRows(db, { after, limit: 200, dataSource: "csv" });
      await listUsers(db, { limit: 200 });
      await listUsers(db, { limit: 200, after: position, active: true, source: "local" });
    });
    expect(plans).toHaveLength(4);
    for (const plan of plans) {
      expect(plan).toContain("users USING INDEX users_created");
      expect(plan).not.toContain("TEMP B-TREE");
    }
    expect(plans[1]).toContain("SEARCH users");
    expect(plans[3]).toContain("SEARCH users");
  });

  test("signals to tell are looked for among those untold and recent alone", async () => {
    const [plan] = await plansOf((db) => loadUndelivered(db.read, "2024-03-01", 50));
    expect(plan).toContain("SEARCH portfolio_alerts USING INDEX portfolio_alerts_undelivered (bar_date>?)");
  });

  test("retention reads what it deletes, not the tables", async () => {
    const plans = await plansOf((db) => sweepPortfolio(db, { retentionRecommendationsDays: 90 }, new Date(AT)));
    const indexes = [
      "portfolio_results_created (created_at<?)",
      "portfolio_alerts_bar_date (bar_date<?)",
      "asset_analyses_as_of (as_of<?)",
      "radar_scans_as_of (as_of<?)",
    ];
    expect(plans).toHaveLength(indexes.length);
    for (const [place, index] of indexes.entries()) {
      expect(plans[place]).toContain(`USING COVERING INDEX ${index}`);
      expect(plans[place]).not.toContain("SCAN");
    }
  });
});
