import { expect, test } from "bun:test";
import type { Database } from "../../../../src/db/index.ts";
import type { DataSource } from "../../../../src/db/schema/market.ts";
import { isSymbol } from "../../../../src/market/symbol.ts";
import { ensureHouseTenant } from "../../../../src/server/identity/index.ts";
import { ensureSamplePeople } from "../../../../src/systems/portfolio/people/sample-people.ts";
import { listUsers } from "../../../../src/systems/portfolio/people/user-reads.ts";
import { createFakeClock } from "../../../support/clock.ts";
import { openTestDatabase } from "../../../support/database.ts";
import { everybody, giveUser, peopleOf, uuid } from "./people-fixtures.ts";

const clock = createFakeClock();

async function start(db: Database, dataSource: DataSource): Promise<boolean> {
  await ensureHouseTenant(db, { clock, timezone: "America/Argentina/Buenos_Aires" });
  return ensureSamplePeople(db, clock, { dataSource });
}

const remove = (db: Database) => db.client.execute("delete from users");

test("the first start with sample prices makes three people, marked as sample and without an address", async () => {
  await using store = await openTestDatabase();
  expect(await start(store.db, "sample")).toBe(true);
  const people = await everybody(peopleOf(store.db, { dataSource: "sample" }));
  const rows = await listUsers(store.db, { limit: 10 });
  expect(rows.map(({ display_name, email, source }) => [display_name, email, source])).toEqual([
    ["Usuario de muestra 1", null, "sample"],
    ["Usuario de muestra 2", null, "sample"],
    ["Usuario de muestra 3", null, "sample"],
  ]);
  for (const { userId, symbols } of people) {
    expect(userId).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(symbols.length).toBeGreaterThan(2);
    expect(symbols.filter((symbol) => !isSymbol(symbol))).toEqual([]);
  }
});

test("the sample shows two portfolios with a symbol in both, and a configuration without assets", async () => {
  await using store = await openTestDatabase();
  await start(store.db, "sample");
  const [first, , third] = await everybody(peopleOf(store.db, { dataSource: "sample" }));
  expect(new Set(first?.holdings.map(({ portfolioName }) => portfolioName)).size).toBe(2);
  expect(first!.holdings.length).toBe(first!.symbols.length + 1);
  expect(first!.holdings.every(({ quantity, acquisitionPrice }) => quantity! > 0 && acquisitionPrice! > 0)).toBe(true);
  expect(third?.config).toMatchObject({ scanCrypto: false, maxCandidates: 5 });
  expect(third?.symbols).toEqual(third!.config!.tickers);
});

test("a second start changes nothing, and people who were removed do not come back", async () => {
  await using store = await openTestDatabase();
  await start(store.db, "sample");
  expect(await start(store.db, "sample")).toBe(false);
  expect(await peopleOf(store.db, { dataSource: "sample" }).countActive()).toBe(3);
  await remove(store.db);
  expect([await start(store.db, "sample"), await start(store.db, "sample")]).toEqual([false, false]);
  expect(await everybody(peopleOf(store.db, { dataSource: "sample" }))).toEqual([]);
});

test.each<[DataSource]>([["csv"], ["yahoo"]])("with prices of %s nobody is made", async (dataSource) => {
  await using store = await openTestDatabase();
  expect(await start(store.db, dataSource)).toBe(false);
  expect(await everybody(peopleOf(store.db, { dataSource: "sample" }))).toEqual([]);
});

test("the sample's people do not join real prices later", async () => {
  await using store = await openTestDatabase();
  await start(store.db, "sample");
  expect(await start(store.db, "yahoo")).toBe(false);
  const people = peopleOf(store.db, { dataSource: "yahoo" });
  expect([await people.countActive(), await people.distinctSymbols()]).toEqual([0, []]);
});

test("beside somebody real nobody is made", async () => {
  await using store = await openTestDatabase();
  await giveUser(store.db, { userId: uuid(1) });
  expect(await start(store.db, "sample")).toBe(false);
});

test("other settings of the house stay", async () => {
  await using store = await openTestDatabase();
  await ensureHouseTenant(store.db, { clock, timezone: "UTC" });
  await store.db.client.execute(`update tenants set settings = '{"other":1}'`);
  await start(store.db, "sample");
  const { rows } = await store.db.client.execute("select settings from tenants");
  expect(JSON.parse(rows[0]?.[0] as string)).toEqual({ other: 1, sample_people_made_at: clock.now().toISOString() });
});
