import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { saveAnalyses } from "../../../../src/systems/portfolio/store/analyses.ts";
import { giveUser } from "../people/people-fixtures.ts";
import { analysisOf } from "./analysis-fixture.ts";
import { AT, giveAlerts, giveCycle, giveResult, openPortfolioApi, type PortfolioApi } from "./portfolio-api.ts";
import { FOREIGN, OWN } from "./roles.ts";

let api: PortfolioApi;
beforeEach(async () => {
  api = await openPortfolioApi();
  for (const userId of [OWN, FOREIGN]) await giveUser(api.db, { userId });
});
afterEach(() => api[Symbol.asyncDispose]());
const mine = (path: string) => api.ask("self", `/portfolio/users/me${path}`);

/** Everything of a list from `cursor` on, page by page. */
async function walk(path: string, limit: number, cursor?: string): Promise<Record<string, unknown>[]> {
  const { status, body } = await mine(`${path}?limit=${limit}${cursor ? `&cursor=${cursor}` : ""}`);
  expect([path, status, body.count]).toEqual([path, 200, body.items.length]);
  return body.next_cursor === null ? body.items : [...body.items, ...(await walk(path, limit, body.next_cursor))];
}

describe("history", () => {
  async function giveResults(runs: readonly number[]) {
    for (const runId of runs) {
      await giveCycle(api.db, { id: runId });
      const failure =
        runId === 2 ? ({ state: "failed", problem: "The source was down.", filesChanged: 0 } as const) : {};
      await giveResult(api.db, { runId, userId: OWN, ...failure });
      await giveResult(api.db, { runId, userId: FOREIGN });
    }
  }

  test("P36: a user reads how their last cycles ended, newest first", async () => {
    await giveResults([1, 2, 3]);
    const { body } = await mine("/history");
    expect(body.items.map(({ run_id, state, error }: never) => [run_id, state, error])).toEqual([
      [3, "ok", null],
      [2, "failed", "The source was down."],
      [1, "ok", null],
    ]);
    expect(body.items[0]).toEqual({
      run_id: 3,
      state: "ok",
      symbols: 3,
      failed_symbols: 1,
      files_changed: 4,
      error: null,
      timestamp: AT,
    });
  });

  test("pages meet every run once, and a run that ends between them shifts nothing", async () => {
    await giveResults([1, 2, 3, 4, 5]);
    const first = (await mine("/history?limit=2")).body;
    await giveResults([6]);
    const rest = await walk("/history", 2, first.next_cursor);
    expect([...first.items, ...rest].map(({ run_id }) => run_id)).toEqual([5, 4, 3, 2, 1]);
  });

  test("a cursor belongs to its user and its list", async () => {
    await giveResults([1, 2]);
    const { next_cursor: cursor } = (await mine("/history?limit=1")).body;
    const foreign = await api.ask("operator", `/portfolio/users/${FOREIGN}/history?cursor=${cursor}`);
    expect([foreign.status, foreign.body.code]).toEqual([400, "bad_cursor"]);
    expect((await mine(`/alerts?cursor=${cursor}`)).status).toBe(400);
    expect((await api.ask("operator", `/portfolio/users/${OWN}/history?cursor=${cursor}`)).status).toBe(200);
  });
});

describe("alerts", () => {
  const SIGNALS = [
    ["YPF", "2024-03-08", "SOBREVENTA"],
    ["YPF", "2024-03-08", "DIVERGENCIA_ALCISTA"],
    ["GGAL", "2024-03-08", "SOBREVENTA"],
    ["YPF", "2024-03-07", "SOBREVENTA"],
    ["BTC-USD", "2024-03-01", "SOBRECOMPRA"],
  ] as const;
  const shown = (items: Record<string, unknown>[]) =>
    items.map(({ bar_date, symbol, type }) => [symbol, bar_date, type]);
  const ORDER = [2, 1, 0, 3, 4].map((index) => [...SIGNALS[index]!]);

  test("P38: are found by user, symbol and date", async () => {
    await giveAlerts(api.db, OWN, SIGNALS);
    await giveAlerts(api.db, FOREIGN, [["PAM", "2024-03-08", "SOBREVENTA"]]);
    const queries: [query: string, indexes: number[]][] = [
      ["", [0, 1, 2, 3, 4]],
      ["?symbol=ypf", [1, 2, 3]],
      ["?symbol=PAM", []],
      ["?from=2024-03-07", [0, 1, 2, 3]],
      ["?to=2024-03-07", [3, 4]],
      ["?from=2024-03-07&to=2024-03-07", [3]],
      ["?symbol=YPF&from=2024-03-08", [1, 2]],
    ];
    for (const [query, indexes] of queries)
      expect([query, shown((await mine(`/alerts${query}`)).body.items)]).toEqual([
        query,
        indexes.map((at) => ORDER[at]!),
      ]);
    const foreign = await api.ask("admin", `/portfolio/users/${FOREIGN}/alerts`);
    expect(shown(foreign.body.items)).toEqual([["PAM", "2024-03-08", "SOBREVENTA"]]);
  });

  test("P38: the same signal of a bar is there once, however often a cycle meets it", async () => {
    await giveAlerts(api.db, OWN, SIGNALS);
    await giveAlerts(api.db, OWN, SIGNALS);
    expect((await mine("/alerts")).body.count).toBe(5);
  });

  test("pages of any size meet every alert once, in order", async () => {
    await giveAlerts(api.db, OWN, SIGNALS);
    for (const limit of [1, 2, 3, 5, 500]) {
      const seen = await walk("/alerts", limit);
      expect([limit, shown(seen)]).toEqual([limit, ORDER]);
    }
  });

  test("a cursor belongs to its filters and its user", async () => {
    await giveAlerts(api.db, OWN, SIGNALS);
    const { next_cursor: cursor } = (await mine("/alerts?limit=1")).body;
    for (const query of ["&symbol=YPF", "&from=2024-03-01", "&to=2024-03-08"])
      expect([query, (await mine(`/alerts?limit=1&cursor=${cursor}${query}`)).status]).toEqual([query, 400]);
    expect((await api.ask("operator", `/portfolio/users/${FOREIGN}/alerts?limit=1&cursor=${cursor}`)).status).toBe(400);
    expect((await mine(`/alerts?limit=3&cursor=${cursor}`)).status).toBe(200);
  });

  test("say which source their prices came from, as long as it is known", async () => {
    await giveAlerts(api.db, OWN, SIGNALS);
    const facts = { period: "1y", interval: "1d" } as const;
    const analysis = analysisOf("YPF", "2024-03-08");
    await saveAnalyses(api.db, [{ symbol: "YPF", ...facts, analysis }], { dataSource: "sample", computedAt: AT });
    // By the week the symbol is a candidate: another analysis of the same day.
    await saveAnalyses(
      api.db,
      [{ symbol: "GGAL", period: "2y", interval: "1wk", analysis: analysisOf("GGAL", "2024-03-08") }],
      {
        dataSource: "csv",
        computedAt: AT,
      },
    );
    const { items } = (await mine("/alerts")).body;
    expect(items.map(({ data_source }: { data_source: string }) => data_source)).toEqual([
      null,
      "sample",
      "sample",
      null,
      null,
    ]);
  });

  test.each([
    ["?from=2024-02-30", "query.from"],
    ["?from=2024-03-08&to=2024-03-07", "query.from"],
    ["?to=tomorrow", "query.to"],
    ["?symbol=no%20symbol", "query.symbol"],
    ["?limit=501", "query.limit"],
    ["?limit=1.5", "query.limit"],
  ])("422: %s names %s", async (query, path) => {
    const { status, body } = await mine(`/alerts${query}`);
    expect([status, body.errors[0].path]).toEqual([422, path]);
  });
});
