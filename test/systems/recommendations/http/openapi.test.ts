import { afterAll, expect, test } from "bun:test";
import { openTestHouse } from "../../../support/house.ts";
import { type Document, routesOf } from "../../../support/openapi.ts";

const house = await openTestHouse({ settings: { RECOMMENDATION_TICKERS: "YPF" }, analyzed: false });
afterAll(() => house[Symbol.asyncDispose]());

const routes = routesOf(await house.get<Document>("/openapi.json"));

test("reads need no token", () => {
  const reads = routes.filter(
    ({ method, path }) => method === "get" && /^\/api\/(recommendations|analysis|scores)/.test(path),
  );
  expect(reads.length).toBeGreaterThan(8);
  expect(reads.filter(({ operation }) => operation.security).map(({ path }) => path)).toEqual([]);
});

test("exactly the old routes are deprecated", () => {
  const old = routes.filter(({ operation }) => operation.deprecated && operation.tags?.[0] !== "mirror");
  const deprecated = old.map(({ path }) => path);
  expect(deprecated.toSorted()).toEqual([
    "/api/analysis/{ticker}",
    "/api/recommendations/daily",
    "/api/scores/{ticker}",
  ]);
});
