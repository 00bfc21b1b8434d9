import { afterEach, beforeEach, expect, test } from "bun:test";
import type { DataSource } from "../../../../src/db/schema/market.ts";
import { saveAnalyses } from "../../../../src/systems/portfolio/store/analyses.ts";
import { analysisOf } from "./analysis-fixture.ts";
import { AT, openPortfolioApi, type PortfolioApi } from "./portfolio-api.ts";

let api: PortfolioApi;
beforeEach(async () => {
  api = await openPortfolioApi();
});
afterEach(() => api[Symbol.asyncDispose]());
const read = (path: string) => api.ask("anonymous", `/portfolio/analyses/${path}`);

function give(symbol: string, dates: readonly string[], { weekly = false, dataSource = "csv" as DataSource } = {}) {
  const view = weekly ? ({ period: "2y", interval: "1wk" } as const) : ({ period: "1y", interval: "1d" } as const);
  const analyses = dates.map((date) => ({ symbol, ...view, analysis: analysisOf(symbol, date, "COMPRAR") }));
  return saveAnalyses(api.db, analyses, { dataSource, computedAt: AT });
}
const datesOf = (items: { as_of: string }[]) => items.map(({ as_of }) => as_of);

test("an analysis has its verdict, source and the whole asset as the files have it", async () => {
  await give("YPF", ["2024-03-08"]);
  const { status, body, headers } = await read("ypf");
  expect([status, headers.get("x-data-source")]).toEqual([200, "csv"]);
  expect(body).toEqual({
    items: [
      {
        symbol: "YPF",
        as_of: "2024-03-08",
        period: "1y",
        interval: "1d",
        profile: "svga-v1",
        data_source: "csv",
        recommendation: "COMPRAR",
        priority: "LOW",
        price: 10,
        asset: analysisOf("YPF", "2024-03-08", "COMPRAR"),
        computed_at: AT,
      },
    ],
    count: 1,
    next_cursor: null,
  });
});

test("P38: analyses are found by symbol, interval and date; generated prices never stand among real ones", async () => {
  await give("YPF", ["2024-03-06", "2024-03-07", "2024-03-08"]);
  await give("YPF", ["2024-03-04"], { weekly: true });
  await give("YPF", ["2024-03-05"], { dataSource: "sample" });
  await give("GGAL", ["2024-03-08"]);
  for (const [path, dates] of [
    ["YPF", ["2024-03-08", "2024-03-07", "2024-03-06"]],
    ["YPF?interval=1d&from=2024-03-07", ["2024-03-08", "2024-03-07"]],
    ["YPF?to=2024-03-06", ["2024-03-06"]],
    ["YPF?interval=1wk", ["2024-03-04"]],
    ["YPF?from=2024-03-09", []],
    ["PAM", []],
    ["%5EGSPC", []],
  ] as const)
    expect([path, datesOf((await read(path)).body.items)]).toEqual([path, [...dates]]);
});

test("pages meet every analysis once; a cursor belongs to its symbol and filters", async () => {
  await give("YPF", ["2024-03-04", "2024-03-05", "2024-03-06"]);
  const first = (await read("YPF?limit=2")).body;
  const rest = (await read(`YPF?limit=2&cursor=${first.next_cursor}`)).body;
  expect([...datesOf(first.items), ...datesOf(rest.items)]).toEqual(["2024-03-06", "2024-03-05", "2024-03-04"]);
  for (const path of ["GGAL?", "YPF?interval=1wk&", "YPF?from=2024-01-01&"])
    expect([path, (await read(`${path}cursor=${first.next_cursor}`)).body.code]).toEqual([path, "bad_cursor"]);
});

test.each([
  ["no%20symbol", "path.symbol"],
  ["A".repeat(25), "path.symbol"],
  ["%00", "path.symbol"],
  ["YPF?interval=1h", "query.interval"],
  ["YPF?from=2024-13-01", "query.from"],
  ["YPF?from=2024-03-08&to=2024-03-07", "query.from"],
  ["YPF?limit=0", "query.limit"],
])("422: %s names %s", async (path, field) => {
  const { status, body } = await read(path);
  expect([status, body.errors[0].path]).toEqual([422, field]);
});
