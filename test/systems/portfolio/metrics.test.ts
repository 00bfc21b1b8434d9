import { expect, test } from "bun:test";
import type { DataSource } from "../../../src/db/schema/market.ts";
import { silentLogger } from "../../../src/kit/log.ts";
import { createMetrics } from "../../../src/server/metrics/index.ts";
import { watchPortfolio } from "../../../src/systems/portfolio/metrics.ts";
import { fileText, packSet, replaceSet } from "../../../src/systems/portfolio/store/file-sets.ts";
import { openTestDatabase, type TestDatabase } from "../../support/database.ts";
import { AT, giveUser, peopleOf, uuid } from "./people/people-fixtures.ts";

async function giveFiles({ db }: TestDatabase, userId: string): Promise<void> {
  const texts = new Map([["portfolio_informe.md" as const, fileText(userId)]]);
  const set = packSet({ userId, texts, runId: 1, analysedAt: AT });
  await db.write(async (tx) => void (await replaceSet(tx, set, undefined)));
}

async function counted({ db }: TestDatabase, dataSource: DataSource) {
  const metrics = createMetrics({ log: silentLogger });
  watchPortfolio({ metrics, db, dataSource });
  const text = await metrics.render();
  const value = (name: string) => Number(new RegExp(`^${name} (\\d+)$`, "m").exec(text)?.[1]);
  return { users: value("portfolio_users"), served: value("portfolio_users_served") };
}

test("users are counted by the rule of the cycle: active ones, those of the sample beside sample prices only", async () => {
  await using store = await openTestDatabase();
  expect(await counted(store, "csv")).toEqual({ users: 0, served: 0 });
  await giveUser(store.db, { userId: uuid(1) });
  await giveUser(store.db, { userId: uuid(2) });
  await giveUser(store.db, { userId: uuid(3), active: false });
  await giveUser(store.db, { userId: uuid(4), source: "sample" });
  for (const number of [1, 3, 4]) await giveFiles(store, uuid(number));
  expect(await counted(store, "csv")).toEqual({ users: 2, served: 1 });
  expect(await counted(store, "sample")).toEqual({ users: 3, served: 2 });
  for (const dataSource of ["csv", "sample"] as const)
    expect((await counted(store, dataSource)).users).toBe(await peopleOf(store.db, { dataSource }).countActive());
});
