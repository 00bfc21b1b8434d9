import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { DATA_SOURCES } from "../../../../src/db/schema/market.ts";
import { assets, portfolios, users } from "../../../../src/db/schema/portfolio.ts";
import { isUserId } from "../../../../src/systems/portfolio/people/person-fields.ts";
import { openTestDatabase } from "../../../support/database.ts";
import { hasShared, readShared } from "../../../support/shared.ts";
import { AT, everybody, type GivenUser, giveUser, peopleOf, symbolsOf, uuid } from "./people-fixtures.ts";

const DEFAULTS = ["PAXG-USD", "^GSPC", "BTC-USD", "ETH-USD", "BNB-USD", "SOL-USD"];

describe("P01: users with their portfolios", () => {
  test("P01: symbols are the union over portfolios in the order of the source, first occurrence first", async () => {
    await using store = await openTestDatabase();
    await giveUser(store.db, {
      userId: uuid(1),
      firstName: "Usuario",
      lastName: "Uno",
      holds: { Largo: ["MSFT", "AAPL"], Cripto: ["BTC-USD", "AAPL", "TSLA"] },
    });
    const [user] = await everybody(peopleOf(store.db));
    expect(user?.symbols).toEqual(["MSFT", "AAPL", "BTC-USD", "TSLA"]);
    expect(user?.holdings.map(({ portfolioName, symbol, quantity }) => [portfolioName, symbol, quantity])).toEqual([
      ["Largo", "MSFT", 1],
      ["Largo", "AAPL", 2],
      ["Cripto", "BTC-USD", 1],
      ["Cripto", "AAPL", 2],
      ["Cripto", "TSLA", 3],
    ]);
    expect(user).toMatchObject({
      displayName: "Usuario Uno",
      timezone: "America/Argentina/Buenos_Aires",
      config: null,
    });
  });

  test("P01: positions decide, then ids; the order of insertion does not", async () => {
    await using store = await openTestDatabase();
    await giveUser(store.db, { userId: uuid(1) });
    await store.db.write(async (tx) => {
      for (const [portfolioId, position] of [
        ["p9", 0],
        ["p2", 1],
        ["p1", 1],
      ] as const)
        await tx.insert(portfolios).values({ portfolioId, userId: uuid(1), portfolioName: "Igual", position });
      for (const [assetId, portfolioId, assetSymbol, position] of [
        ["a7", "p1", "THIRD", 0],
        ["a6", "p1", "SECOND", 0],
        ["a5", "p9", "FIRST", 3],
        ["a4", "p2", "LAST", 0],
      ] as const)
        await tx.insert(assets).values({ assetId, portfolioId, assetSymbol, position });
    });
    const [user] = await everybody(peopleOf(store.db));
    expect(user?.symbols).toEqual(["FIRST", "SECOND", "THIRD", "LAST"]);
    expect(user?.holdings[0]).toMatchObject({ quantity: null, acquisitionPrice: null });
  });

  test("P01: a page is one query a table, however many users and portfolios it has", async () => {
    await using store = await openTestDatabase();
    for (let number = 1; number <= 25; number++)
      await giveUser(store.db, { userId: uuid(number), holds: { A: ["YPF"], B: ["GGAL"] } });
    const asked: string[] = [];
    const { execute } = store.db.client;
    store.db.client.execute = ((statement: { sql: string }) => {
      asked.push(/from (\w+)/.exec(statement.sql)?.[1] ?? "");
      return (execute as (wanted: { sql: string }) => unknown).call(store.db.client, statement);
    }) as unknown as typeof execute;
    const pages = await Array.fromAsync(peopleOf(store.db).pages(10));
    expect(pages.map((page) => page.length)).toEqual([10, 10, 5]);
    expect(asked).toEqual(Array.from({ length: 3 }, () => ["users", "portfolios", "portfolio_config"]).flat());
  });

  test("P01: pages follow creation, then id, and neither repeat nor leave out anybody", async () => {
    await using store = await openTestDatabase();
    const numbers = [5, 3, 9, 1, 7, 2, 8];
    for (const number of numbers)
      await giveUser(store.db, { userId: uuid(number), createdAt: number === 9 ? "2020-01-01T00:00:00.000Z" : AT });
    const wanted = [9, 1, 2, 3, 5, 7, 8].map(uuid);
    for (const pageSize of [1, 2, 3, 7, 100])
      expect((await everybody(peopleOf(store.db), pageSize)).map(({ userId }) => userId)).toEqual(wanted);
  });

  test("P01: nobody is no page", async () => {
    await using store = await openTestDatabase();
    const people = peopleOf(store.db, { defaultPortfolio: true });
    expect([await people.countActive(), await people.distinctSymbols(), await everybody(people)]).toEqual([0, [], []]);
  });

  test("symbols are trimmed and in upper case; hopeless ones stay, blank ones go", async () => {
    await using store = await openTestDatabase();
    const hopeless = ["", "  ", "\t", "\u00a0", " aapl ", "AAPL", "no such symbol!", "btc-usd"];
    await giveUser(store.db, { userId: uuid(1), holds: { Todo: hopeless } });
    const people = peopleOf(store.db);
    expect(symbolsOf(await everybody(people))).toEqual({ [uuid(1)]: ["AAPL", "NO SUCH SYMBOL!", "BTC-USD"] });
    expect(await people.distinctSymbols()).toEqual(["AAPL", "BTC-USD", "NO SUCH SYMBOL!"]);
  });

  test.each([
    ["America/Lima", "America/Lima"],
    [null, "America/Argentina/Buenos_Aires"],
    ["", "America/Argentina/Buenos_Aires"],
    ["Marte/Olympus", "America/Argentina/Buenos_Aires"],
  ])("a user with the zone %p has reports in %s", async (timezone, wanted) => {
    await using store = await openTestDatabase();
    await giveUser(store.db, { userId: uuid(1), timezone });
    expect((await everybody(peopleOf(store.db)))[0]?.timezone).toBe(wanted);
  });

  test.each<[Partial<GivenUser>, string]>([
    [{ firstName: " Usuario ", lastName: "Uno" }, "Usuario Uno"],
    [{ firstName: "Usuario", lastName: "" }, "Usuario"],
    [{ firstName: " ", email: "uno@example.com" }, "uno@example.com"],
    [{}, "user_00000001"],
  ])("a user %j is called %s", async (fields, wanted) => {
    await using store = await openTestDatabase();
    await giveUser(store.db, { userId: uuid(1), ...fields });
    expect((await everybody(peopleOf(store.db)))[0]?.displayName).toBe(wanted);
  });

  test("inactive users are left out, of counts and symbols too", async () => {
    await using store = await openTestDatabase();
    await giveUser(store.db, { userId: uuid(1), holds: { A: ["YPF"] }, active: false });
    await giveUser(store.db, { userId: uuid(2), holds: { A: ["GGAL"] } });
    const people = peopleOf(store.db);
    expect([await people.countActive(), await people.distinctSymbols()]).toEqual([1, ["GGAL"]]);
    expect(symbolsOf(await everybody(people))).toEqual({ [uuid(2)]: ["GGAL"] });
  });

  test.each(DATA_SOURCES.map((source) => [source]))("users of the sample beside prices of %s", async (dataSource) => {
    await using store = await openTestDatabase();
    await giveUser(store.db, { userId: uuid(1), holds: { A: ["YPF"] }, source: "sample" });
    await giveUser(store.db, { userId: uuid(2), holds: { A: ["GGAL"] } });
    await giveUser(store.db, { userId: uuid(3), holds: { A: ["PAM"] }, source: "supabase" });
    const people = peopleOf(store.db, { dataSource });
    const wanted = dataSource === "sample" ? ["GGAL", "PAM", "YPF"] : ["GGAL", "PAM"];
    expect([await people.countActive(), await people.distinctSymbols()]).toEqual([wanted.length, wanted]);
    expect((await everybody(people)).flatMap(({ symbols }) => symbols).sort()).toEqual(wanted);
  });

  test.each(["", "   "])("P37: a row with the id %j comes like any other, and isUserId tells", async (userId) => {
    await using store = await openTestDatabase();
    await giveUser(store.db, { userId, holds: { A: ["YPF"] } });
    await giveUser(store.db, { userId: uuid(2), holds: { A: ["GGAL"] } });
    const people = await everybody(peopleOf(store.db), 1);
    expect(people.map((user) => [user.userId, isUserId(user.userId)])).toEqual([
      [userId, false],
      [uuid(2), true],
    ]);
    expect(people[0]?.displayName).toBe(`user_${userId}`);
  });
});

describe("P02: where symbols come from", () => {
  const config = { portfolioTickers: ["spy", "GLOB", "SPY"], scanSp500: false, scanCrypto: true, maxCandidates: 3 };
  const given: GivenUser[] = [
    { userId: uuid(1), holds: { A: ["YPF"] }, config },
    { userId: uuid(2), config },
    { userId: uuid(3), holds: { A: ["GGAL"] } },
    { userId: uuid(4) },
  ];

  test.each([
    ["users", [["YPF"], [], ["GGAL"], []]],
    ["profiles", [["SPY", "GLOB"], ["SPY", "GLOB"], [], []]],
    ["auto", [["YPF"], ["SPY", "GLOB"], ["GGAL"], []]],
  ] as const)("P02, P46: PORTFOLIO_DIRECTORY=%s", async (directory, wanted) => {
    await using store = await openTestDatabase();
    for (const user of given) await giveUser(store.db, user);
    const people = peopleOf(store.db, { directory });
    const all = await everybody(people);
    expect(all.map(({ symbols }) => symbols)).toEqual(wanted.map((symbols) => [...symbols]));
    expect(await people.distinctSymbols()).toEqual([...new Set(wanted.flat())].sort());
    const used = directory === "users" ? null : { scanSp500: false, scanCrypto: true, maxCandidates: 3 };
    if (used) expect(all[0]?.config).toMatchObject(used);
    else expect(all.map((user) => user.config)).toEqual([null, null, null, null]);
  });

  test("P46: tickers of a configuration are holdings without figures", async () => {
    await using store = await openTestDatabase();
    await giveUser(store.db, { userId: uuid(2), config });
    const [user] = await everybody(peopleOf(store.db));
    expect(
      user?.holdings.map(({ symbol, quantity, acquisitionPrice }) => [symbol, quantity, acquisitionPrice]),
    ).toEqual([
      ["SPY", null, null],
      ["GLOB", null, null],
    ]);
  });

  test.each([
    ["null", []],
    ["{}", []],
    ['{"a":"YPF"}', []],
    ['"YPF"', []],
    ['["YPF",null,5,true,["GGAL"],{"a":1},""," "]', ["YPF"]],
  ])("a stored list that is %s", async (tickers, wanted) => {
    await using store = await openTestDatabase();
    await giveUser(store.db, { userId: uuid(1), config });
    await store.db.client.execute({ sql: "update portfolio_config set portfolio_tickers = ?", args: [tickers] });
    const people = peopleOf(store.db);
    expect(symbolsOf(await everybody(people))).toEqual({ [uuid(1)]: wanted });
    expect(await people.distinctSymbols()).toEqual(wanted);
  });

  test("P03: without symbols the default list comes only when it is switched on", async () => {
    await using store = await openTestDatabase();
    for (const user of given) await giveUser(store.db, user);
    expect(symbolsOf(await everybody(peopleOf(store.db)))[uuid(4)]).toEqual([]);
    const people = peopleOf(store.db, { defaultPortfolio: true });
    expect(symbolsOf(await everybody(people))).toMatchObject({ [uuid(1)]: ["YPF"], [uuid(4)]: DEFAULTS });
    expect(await people.distinctSymbols()).toEqual([...DEFAULTS, "GGAL", "GLOB", "SPY", "YPF"].sort());
    const users = peopleOf(store.db, { defaultPortfolio: true, directory: "users" });
    expect(symbolsOf(await everybody(users))).toMatchObject({ [uuid(2)]: DEFAULTS, [uuid(3)]: ["GGAL"] });
  });

  test("P03: a failing read is an error, never somebody else's list", async () => {
    await using store = await openTestDatabase();
    await giveUser(store.db, { userId: uuid(1), holds: { A: ["YPF"] } });
    await store.db.client.execute("alter table assets rename to assets_gone");
    const people = peopleOf(store.db, { defaultPortfolio: true });
    await expect(everybody(people)).rejects.toThrow(/assets/);
  });

  const symbol = fc.constantFrom("YPF", " ypf", "GGAL", "", "\t ", "\ufeff", "ñandú", "BTC-USD", "a b");
  const person = fc.record({
    holds: fc.dictionary(fc.constantFrom("A", "B", "C"), fc.array(symbol, { maxLength: 4 }), { noNullPrototype: true }),
    tickers: fc.option(fc.array(fc.oneof(symbol, fc.constantFrom(null, 7)), { maxLength: 4 })),
    active: fc.boolean(),
    source: fc.constantFrom("sample", "local", "supabase"),
  });

  test("the distinct symbols are exactly those of all pages, in every mode", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(person, { maxLength: 5 }),
        fc.constantFrom("auto", "users", "profiles"),
        fc.boolean(),
        fc.constantFrom(...DATA_SOURCES),
        async (people, directory, defaultPortfolio, dataSource) => {
          await using store = await openTestDatabase();
          for (const [index, { tickers, ...user }] of people.entries())
            await giveUser(store.db, {
              userId: uuid(index),
              ...user,
              ...(tickers ? { config: { portfolioTickers: tickers as string[] } } : {}),
            });
          const all = peopleOf(store.db, { directory, defaultPortfolio, dataSource });
          const paged = await everybody(all, 2);
          expect(await all.distinctSymbols()).toEqual([...new Set(paged.flatMap(({ symbols }) => symbols))].sort());
          expect(await all.countActive()).toBe(paged.length);
        },
      ),
      { numRuns: 25 },
    );
  });
});

test.skipIf(!hasShared)("P01: the tables of the recorded cycle give each user the recorded symbols", async () => {
  interface Recorded {
    tables: {
      users: {
        user_id: string;
        email: string;
        first_name: string | null;
        last_name: string | null;
        created_at: string;
      }[];
      portfolios: { portfolio_id: number; user_id: string; portfolio_name: string }[];
      assets: {
        asset_id: number;
        portfolio_id: number;
        asset_symbol: string;
        quantity: number;
        acquisition_price: number;
      }[];
    };
  }
  const folder = "golden/portfolio/cycle/2022-01-07.intended";
  const { tables } = await readShared<Recorded>(`${folder}/run.json`);
  await using store = await openTestDatabase();
  await store.db.write(async (tx) => {
    for (const row of tables.users)
      await tx
        .insert(users)
        .values({ userId: row.user_id, email: row.email, createdAt: row.created_at, updatedAt: AT });
    for (const row of tables.portfolios)
      await tx.insert(portfolios).values({
        portfolioId: String(row.portfolio_id),
        userId: row.user_id,
        portfolioName: row.portfolio_name,
        position: row.portfolio_id,
      });
    for (const row of tables.assets)
      await tx.insert(assets).values({
        assetId: String(row.asset_id),
        portfolioId: String(row.portfolio_id),
        assetSymbol: row.asset_symbol,
        quantity: row.quantity,
        acquisitionPrice: row.acquisition_price,
        position: row.asset_id,
      });
  });
  const people = await everybody(peopleOf(store.db, { defaultPortfolio: true }));
  expect(people.map(({ userId }) => userId)).toEqual(tables.users.map((row) => row.user_id));
  for (const { userId, symbols } of people) {
    const file = `${folder}/portfolio-files/${userId}/portfolio_analisis.json`;
    const { portfolio } = await readShared<{ portfolio: { portfolio_composition: string[] } }>(file);
    expect(symbols.toSorted()).toEqual(portfolio.portfolio_composition.toSorted());
  }
});
