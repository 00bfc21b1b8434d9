import { describe, expect, test } from "bun:test";
import { FILE_NAMES } from "../../../../src/db/schema/portfolio.ts";
import { sha256Hex } from "../../../../src/kit/hash.ts";
import { PORTFOLIO_UPDATED } from "../../../../src/systems/portfolio/jobs.ts";
import { DEFAULT_SYMBOLS } from "../../../../src/systems/portfolio/people/holdings.ts";
import { leaping, restated, walk } from "./price-table.ts";
import {
  FRIDAY,
  MONDAY,
  MONDAY_EVENING,
  moveTo,
  openStage,
  STOCKS,
  snapshot,
  USER_1,
  USER_2,
  USER_3,
} from "./stage.ts";

describe("what a cycle writes", () => {
  test("four files of one revision, whose hashes are those of their texts", async () => {
    await using bench = await openStage();
    await bench.user({ userId: USER_1, holds: { Ahorro: ["AAA", "BBB"], Cripto: ["BTC-USD", "AAA"] } });
    const { runId, result, users, events } = await bench.run();
    expect(result).toMatchObject({ outcome: "ok", unitsWritten: 4, errors: 0, nothingNew: false });
    expect(users[USER_1]).toEqual({ state: "ok", symbols: 3, failedSymbols: 0, filesChanged: 4, problem: null });
    const files = await bench.files(USER_1);
    expect([...files.keys()].toSorted()).toEqual([...FILE_NAMES].toSorted());
    for (const { text, sha256, ...facts } of files.values()) {
      expect(sha256Hex(text)).toBe(sha256);
      expect(facts).toEqual({ revision: 1, runId, analysedAt: "2024-03-08T21:30:00.000Z" });
    }
    expect((await bench.json(USER_1)).portfolio.portfolio_composition).toEqual(["AAA", "BBB", "BTC-USD"]);
    expect(events).toEqual([
      { type: PORTFOLIO_UPDATED, public: false, data: { trading_date: FRIDAY, users: 1, files_changed: 4 } },
    ]);
  });

  test("the event names the date that the run spoke of, though another one began before it ended", async () => {
    await using bench = await openStage({
      people: (store) => ({
        ...store,
        async *pages(size) {
          moveTo(bench, MONDAY_EVENING);
          yield* store.pages(size);
        },
      }),
    });
    for (const userId of [USER_1, USER_2]) await bench.user({ userId, holds: { Ahorro: ["AAA"] } });
    const { events } = await bench.run();
    expect(events.map(({ data }) => data)).toEqual([{ trading_date: FRIDAY, users: 2, files_changed: 8 }]);
  });

  test("unchanged data: no file, no revision, no text is written, and the run says that nothing was new", async () => {
    await using bench = await openStage();
    await bench.user({ userId: USER_1, holds: { Ahorro: ["AAA", "BBB"] } });
    await bench.user({ userId: USER_2 });
    await bench.run();
    const before = [await snapshot(bench, USER_1), await snapshot(bench, USER_2)];
    const analyses = await bench.sql("select * from asset_analyses");
    bench.table.asked.length = 0;
    moveTo(bench, "2024-03-08T22:20:30.000Z");
    const { result, users, events } = await bench.run();
    expect(result).toMatchObject({ outcome: "ok", unitsWritten: 0, nothingNew: true });
    expect(Object.values(users).map(({ state, filesChanged }) => [state, filesChanged])).toEqual([
      ["ok", 0],
      ["empty", 0],
    ]);
    expect([await snapshot(bench, USER_1), await snapshot(bench, USER_2)]).toEqual(before);
    expect(await bench.sql("select * from asset_analyses")).toEqual(analyses);
    expect(events).toEqual([]);
    // Whoever has complete prices is not asked again; only what is unknown is looked for, as files may be added.
    for (const symbol of [...STOCKS, "^GSPC"]) expect(bench.table.asked).not.toContain(symbol);
  });

  test("a new bar: the whole set gets the next revision, and the report says what changed", async () => {
    await using bench = await openStage();
    await bench.user({ userId: USER_1, holds: { Ahorro: ["AAA", "BBB"] } });
    await bench.run();
    const first = await bench.json(USER_1);
    expect(first.portfolio.changes).toMatchObject({ first_report: true, since: null });
    const verdict = first.portfolio.assets.AAA.signals.recommendation;
    for (const symbol of [...STOCKS, "^GSPC"])
      bench.table.give(symbol, [...bench.table.bars(symbol), walk(9, { until: MONDAY, count: 1 })[0]!]);
    bench.table.give("AAA", leaping(bench.table.bars("AAA")));
    moveTo(bench, MONDAY_EVENING);
    const { result, runId } = await bench.run();
    expect(result.nothingNew).toBe(false);
    const files = await bench.files(USER_1);
    expect([...files.values()].map(({ revision, runId: by }) => [revision, by])).toEqual(Array(4).fill([2, runId]));
    const { changes, assets } = (await bench.json(USER_1)).portfolio;
    expect(changes).toMatchObject({ first_report: false, since: FRIDAY });
    expect(assets.AAA.signals.recommendation).toBe("COMPRAR");
    expect(verdict).not.toBe("COMPRAR");
    expect(changes.recommendations).toContainEqual(
      expect.objectContaining({ symbol: "AAA", from: verdict, to: "COMPRAR", previous_as_of: FRIDAY }),
    );
    expect(changes.high_alerts).toContainEqual(expect.objectContaining({ symbol: "AAA", data_as_of: MONDAY }));
    const report = files.get("portfolio_informe.md")!.text;
    const section = report.slice(report.search(/^#+ .*Qué cambió/m));
    expect(section).toContain("AAA");
    expect(section).toContain("COMPRAR");
  });

  test("a corrected bar of the same day: next revision, the day's analysis is replaced, nothing of the old text stays", async () => {
    await using bench = await openStage();
    await bench.user({ userId: USER_1, holds: { Ahorro: ["AAA"] } });
    await bench.run();
    const texts = await bench.sql("select count(*) as count from portfolio_contents");
    // The source restates everything, which its reread bars show; a new session is what makes the cycle look.
    bench.table.give("AAA", restated(bench.table.bars("AAA"), 0.5));
    await bench.sql("delete from bars where symbol = 'AAA' and date = ?", FRIDAY);
    moveTo(bench, "2024-03-08T22:00:00.000Z");
    const { users } = await bench.run();
    expect(users[USER_1]!.filesChanged).toBeGreaterThanOrEqual(2);
    for (const { revision } of (await bench.files(USER_1)).values()) expect(revision).toBe(2);
    const stored = await bench.sql("select price from asset_analyses where symbol = 'AAA' and interval = '1d'");
    expect(stored).toEqual([{ price: bench.table.bars("AAA").at(-1)!.close }]);
    expect(await bench.sql("select count(*) as count from portfolio_contents")).toEqual(texts);
  });

  test("P32: whoever holds or lists a symbol, a cycle asks for it once, also when there is no such thing", async () => {
    await using bench = await openStage();
    // The coins' list has DOGE-USD too, and the table does not.
    for (const userId of [USER_1, USER_2])
      await bench.user({ userId, holds: { A: ["AAA", "DOGE-USD"], B: ["DOGE-USD"] } });
    await bench.run();
    const { asked } = bench.table;
    expect(asked).toContain("DOGE-USD");
    expect(asked.toSorted()).toEqual([...new Set(asked)].toSorted());
  });

  test("P33: workers change neither bytes nor rows", async () => {
    const written = async (workers: string) => {
      await using bench = await openStage({ settings: { MAX_WORKERS: workers } });
      for (let number = 0; number < 12; number++)
        await bench.user({
          userId: `${number}`.padStart(8, "0"),
          holds: { Uno: STOCKS.slice(0, 1 + (number % 5)), Dos: ["ETH-USD", "NOPE"] },
        });
      await bench.run();
      return await bench.sql("select user_id, name, sha256, revision from portfolio_files order by user_id, name");
    };
    const one = await written("1");
    expect(one).toHaveLength(48);
    expect(await written("4")).toEqual(one);
  });
});

describe("whom a cycle serves", () => {
  test("P03: a user without positions gets the market's files and the state empty, unless the default list is switched on", async () => {
    for (const on of [false, true]) {
      await using bench = await openStage({ settings: { SVGA_DEFAULT_PORTFOLIO: String(on) } });
      await bench.user({ userId: USER_1 });
      await bench.user({ userId: USER_2, holds: { Vacía: [] } });
      const { users, result } = await bench.run();
      expect(result).toMatchObject({ outcome: "ok", logData: { successful: 2, empty: on ? 0 : 2, success: true } });
      for (const user of [USER_1, USER_2]) {
        expect(users[user]!.state).toBe(on ? "ok" : "empty");
        expect((await bench.files(user)).size).toBe(on ? 4 : 2);
      }
      if (on) expect((await bench.json(USER_2)).portfolio.portfolio_composition).toEqual([...DEFAULT_SYMBOLS]);
    }
  });

  test("a user who sold everything keeps no old portfolio files beside the new market", async () => {
    await using bench = await openStage();
    await bench.user({ userId: USER_1, holds: { Ahorro: ["AAA"] } });
    await bench.run();
    await bench.sql("delete from assets");
    const { users } = await bench.run();
    expect(users[USER_1]!.state).toBe("empty");
    expect([...(await bench.files(USER_1)).keys()].toSorted()).toEqual(["mercado_analisis.json", "mercado_informe.md"]);
    expect(await bench.sql("select sha256 from portfolio_contents except select sha256 from portfolio_files")).toEqual(
      [],
    );
  });

  test("P37: a user without id, one with unknown symbols and one who cannot be written: the others complete", async () => {
    await using bench = await openStage();
    await bench.user({ userId: "", holds: { A: ["AAA"] }, createdAt: "2020-01-01T00:00:00.000Z" });
    await bench.user({ userId: USER_1, holds: { A: ["NOPE", "¿?", "AAA"] } });
    await bench.user({ userId: USER_2, holds: { A: ["BBB"] } });
    await bench.user({ userId: USER_3, holds: { A: ["CCC"] } });
    await bench.sql(
      `create trigger refuse before insert on portfolio_files when new.user_id = '${USER_2}' and new.name = 'portfolio_analisis.json'
       begin select raise(abort, 'refused'); end`,
    );
    const { users, result, runId } = await bench.run();
    expect(result).toMatchObject({
      outcome: "partial",
      errors: 2,
      unitsWritten: 8,
      message: "2 of 4 users have no new files; see their results.",
      logData: { success: false, users_processed: 4, successful: 2, failed: 2, failed_symbols: ["NOPE", "¿?"] },
    });
    expect(users[""]).toMatchObject({ state: "failed", problem: "A row of users has no usable user_id." });
    expect(users[USER_1]).toMatchObject({ state: "ok", symbols: 3, failedSymbols: 2 });
    expect(users[USER_2]).toMatchObject({ state: "failed", filesChanged: 0 });
    expect(users[USER_2]!.problem).toBe("An unexpected fault (Error).");
    expect(users[USER_3]).toMatchObject({ state: "ok", filesChanged: 4 });
    expect((await bench.files(USER_2)).size).toBe(0);
    expect(await bench.sql("select sha256 from portfolio_contents except select sha256 from portfolio_files")).toEqual(
      [],
    );
    const { assets } = (await bench.json(USER_1)).portfolio;
    for (const symbol of ["NOPE", "¿?"]) expect(assets[symbol]).toEqual({ error: expect.stringContaining(symbol) });
    const failures = bench.lines.filter(({ event }) => event === "portfolio.user_failed");
    expect(failures.map(({ fields }) => fields.user_id).toSorted()).toEqual(["", USER_2]);
    // Healed, the next cycle serves them without touching the others.
    await bench.sql("drop trigger refuse");
    const next = await bench.run();
    expect(next.users[USER_2]).toMatchObject({ state: "ok", filesChanged: 4 });
    expect(next.users[USER_3]!.filesChanged).toBe(0);
    expect(next.runId).toBeGreaterThan(runId);
  });

  test("P40: value, gain and weight come from quantity and price paid", async () => {
    await using bench = await openStage();
    await bench.user({ userId: USER_1, holds: { A: ["AAA", "BBB"], B: ["AAA"] } });
    await bench.run();
    const { positions, position_totals, assets } = (await bench.json(USER_1)).portfolio;
    const [price, other] = ["AAA", "BBB"].map((symbol) => assets[symbol].signals.price_current) as [number, number];
    // The fixture holds 1, 2, … of a portfolio's assets at 10.5 each.
    const value = 2 * price;
    expect(positions[0]).toMatchObject({ symbol: "AAA", portfolios: ["A", "B"], quantity: 2, price, value, cost: 21 });
    expect(positions[0].gain).toBeCloseTo(value - 21, 10);
    expect(positions[0].weight_percent).toBeCloseTo((value / (value + 2 * other)) * 100, 10);
    expect(position_totals).toEqual([expect.objectContaining({ currency: "USD", positions: 2, cost: 42 })]);
  });

  test("P46: a configuration leaves a market out, cuts the list, and its tickers stand in for missing assets", async () => {
    await using bench = await openStage();
    const more = Array.from({ length: 20 }, (_, index) => `S${index}`);
    for (const [index, symbol] of more.entries())
      bench.table.give(symbol, walk(index + 100, { until: FRIDAY, count: 520 }));
    await bench.sql(
      `insert into universe_members (universe, symbol, valid_from) values ${more.map((symbol) => `('sp500', '${symbol}', '2000-01-01')`)}`,
    );
    await bench.user({
      userId: USER_1,
      config: { portfolioTickers: ["CCC", "ETH-USD"], scanSp500: true, scanCrypto: false, maxCandidates: 1 },
    });
    await bench.user({
      userId: USER_2,
      holds: { A: ["AAA"] },
      config: { portfolioTickers: ["CCC"], scanSp500: false, scanCrypto: false, maxCandidates: 10 },
    });
    await bench.user({ userId: USER_3, holds: { A: ["AAA"] } });
    const { users } = await bench.run();
    expect(Object.values(users).map(({ state }) => state)).toEqual(["ok", "ok", "ok"]);
    const [ana, bea, carl] = await Promise.all([USER_1, USER_2, USER_3].map((user) => bench.json(user, "mercado")));
    expect((await bench.json(USER_1)).portfolio.portfolio_composition).toEqual(["CCC", "ETH-USD"]);
    expect((await bench.json(USER_2)).portfolio.portfolio_composition).toEqual(["AAA"]);
    expect(Object.keys(carl.market.regimes)).toEqual(["sp500", "crypto"]);
    expect(Object.keys(ana.market.regimes)).toEqual(["sp500"]);
    expect(ana.market.market_indicators).toEqual(carl.market.market_indicators.slice(0, 1));
    expect([bea.market.regimes, bea.market.market_indicators]).toEqual([{}, []]);
    expect(carl.market.market_indicators.length).toBeGreaterThan(1);
  });
});
