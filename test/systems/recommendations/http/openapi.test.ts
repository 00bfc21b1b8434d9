import { afterAll, expect, test } from "bun:test";
import { openTestHouse } from "../../../support/house.ts";
import { type Schema, schemaFaults } from "../../../support/json-schema.ts";
import { type Document, resolverOf, routesOf } from "../../../support/openapi.ts";

const house = await openTestHouse({ settings: { RECOMMENDATION_TICKERS: "YPF,GGAL,PAM" } });
await house.runJob("daily_analysis", { as_of: "2023-11-01" });
await house.runJob("track_record");
afterAll(() => house[Symbol.asyncDispose]());

const document = await house.get<Document>("/openapi.json");
const resolve = resolverOf(document);
const routes = routesOf(document);
const names = routes.map(({ method, path }) => `${method} ${path}`);

/** Every schema in a part of the document, at any depth. */
function* schemasIn(part: unknown): Generator<Schema> {
  if (typeof part !== "object" || part === null) return;
  if ("type" in part || "$ref" in part) yield part as Schema;
  for (const inner of Object.values(part)) yield* schemasIn(inner);
}

test("the description has every route that answers, but for its own pages", () => {
  const served = house.app.routes
    .filter(({ method }) => method !== "ALL")
    .map(({ method, path }) => `${method.toLowerCase()} ${path.replace(/:(\w+)/g, "{$1}")}`);
  const missing = [...new Set(served)].filter((name) => !names.includes(name) && !name.startsWith("get /docs"));
  expect(missing.toSorted()).toEqual(["get /openapi.json", "get /redoc"]);
});

test("every reference, tag and security scheme exists", () => {
  const tags = document.tags.map(({ name }) => name);
  const refs = [...schemasIn(document)].flatMap(({ $ref }) => (typeof $ref === "string" ? [$ref] : []));
  expect(refs.length).toBeGreaterThan(20);
  for (const ref of refs) expect(() => resolve(ref)).not.toThrow();
  for (const { operation, path } of routes) {
    expect([path, operation.tags?.length, tags.includes(operation.tags?.[0] ?? "")]).toEqual([path, 1, true]);
    for (const scheme of (operation.security ?? []).flatMap((one) => Object.keys(one)))
      expect(Object.keys(document.components.securitySchemes)).toContain(scheme);
  }
});

test("path parameters are those of the path, required; query parameters have schemas and names once", () => {
  for (const { path, operation } of routes) {
    const parameters = operation.parameters ?? [];
    const inPath = parameters.filter((parameter) => parameter.in === "path");
    const wanted = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!);
    expect([path, inPath.map(({ name }) => name)]).toEqual([path, wanted]);
    expect(inPath.every(({ required }) => required === true)).toBe(true);
    expect(new Set(parameters.map((one) => `${one.in} ${one.name}`)).size).toBe(parameters.length);
    for (const { name, schema } of parameters)
      expect([path, name, Object.keys(schema).length > 0]).toEqual([path, name, true]);
  }
});

test("every route says what success and failure look like", () => {
  for (const { method, path, operation } of routes) {
    const where = `${method} ${path}`;
    const statuses = Object.keys(operation.responses);
    expect([where, statuses.some((status) => /^2\d\d$/.test(status))]).toEqual([where, true]);
    expect([where, statuses.filter((status) => !/^([1-5]\d\d|default)$/.test(status))]).toEqual([where, []]);
    for (const [status, response] of Object.entries(operation.responses)) {
      expect([where, status, typeof response.description]).toEqual([where, status, "string"]);
      if (!/^4|default/.test(status) || path === "/metrics") continue;
      expect([where, Object.keys(response.content ?? {})]).toEqual([where, ["application/problem+json"]]);
    }
    const takesInput = (operation.parameters ?? []).some((one) => one.in !== "header");
    if (takesInput) expect([where, statuses.includes("422")]).toEqual([where, true]);
  }
});

test("what needs a token says so, with 401 and 403; what does not, does not", () => {
  for (const { method, path, operation } of routes) {
    const secured = operation.security?.some((scheme) => "bearer" in scheme) ?? false;
    const where = `${method} ${path}`;
    if (method !== "get") expect([where, secured]).toEqual([where, true]);
    if (path === "/metrics") continue;
    if (secured) expect(Object.keys(operation.responses)).toEqual(expect.arrayContaining(["401", "403"]));
    if (/^\/api\/(recommendations|analysis|scores)/.test(path) && method === "get")
      expect([where, secured]).toEqual([where, false]);
  }
});

test("exactly the old routes are deprecated", () => {
  const deprecated = routes.filter(({ operation }) => operation.deprecated).map(({ path }) => path);
  expect(deprecated.toSorted()).toEqual([
    "/api/analysis/{ticker}",
    "/api/recommendations/daily",
    "/api/scores/{ticker}",
  ]);
});

const READS: Record<string, string[]> = {
  "/": ["/"],
  "/health": ["/health"],
  "/health/live": ["/health/live"],
  "/health/ready": ["/health/ready"],
  "/api/health": ["/api/health"],
  "/api/alerts": ["/api/alerts"],
  "/api/jobs/status": ["/api/jobs/status"],
  "/api/jobs/runs": ["/api/jobs/runs"],
  "/api/jobs/{name}/runs": ["/api/jobs/daily_analysis/runs"],
  "/api/jobs/runs/{id}": ["/api/jobs/runs/1", "/api/jobs/runs/3"],
  "/api/recommendations/latest": ["", "?format=envelope", "?mode=live", "?mode=live&format=envelope"].map(
    (query) => `/api/recommendations/latest${query}`,
  ),
  "/api/recommendations/history": ["/api/recommendations/history?from=2023-11-01&limit=20"],
  "/api/recommendations/track-record": ["/api/recommendations/track-record"],
  "/api/recommendations/stocks": ["/api/recommendations/stocks"],
  "/api/recommendations/bonds": ["/api/recommendations/bonds"],
  "/api/recommendations/daily": ["/api/recommendations/daily"],
  "/api/analysis/{ticker}/latest": ["/api/analysis/YPF/latest", "/api/analysis/YPF/latest?mode=live"],
  "/api/analysis/{ticker}/history": ["", "?type=technical", "?type=sentiment"].map(
    (query) => `/api/analysis/YPF/history${query}`,
  ),
  "/api/analysis/{ticker}": ["/api/analysis/YPF"],
  "/api/scores/{ticker}": ["/api/scores/YPF"],
};
/** Not JSON. */
const STREAMS = ["/metrics", "/api/events"];

test("answers are as described: nothing missing, nothing more, right types", async () => {
  const described = routes.filter(({ method }) => method === "get").map(({ path }) => path);
  expect(described.filter((path) => !(path in READS) && !STREAMS.includes(path))).toEqual([]);
  for (const [path, examples] of Object.entries(READS)) {
    for (const example of examples) {
      const response = await house.asOperator(example);
      const schema = document.paths[path]?.get?.responses[response.status]?.content?.["application/json"]?.schema;
      expect([example, schema !== undefined]).toEqual([example, true]);
      expect([example, schemaFaults(await response.json(), schema!, resolve).slice(0, 3)]).toEqual([example, []]);
    }
  }
});

test("problems are as described", async () => {
  const schema = document.components.schemas.Problem!;
  for (const [path, status] of [
    ["/api/recommendations/history?from=x", 422],
    ["/api/analysis/NOSUCH/latest", 404],
    ["/api/recommendations/history?cursor=x", 400],
    ["/api/alerts", 401],
    ["/nowhere", 404],
  ] as const) {
    const response = await house.fetch(path);
    expect([path, response.status]).toEqual([path, status]);
    expect([path, schemaFaults(await response.json(), schema, resolve)]).toEqual([path, []]);
  }
});
