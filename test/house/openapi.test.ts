import { afterAll, expect, test } from "bun:test";
import { FILE_NAMES } from "../../src/db/schema/portfolio.ts";
import { csvOf, members } from "../market/universe/lists.ts";
import { fileLetters, NOWHERE } from "../support/dead-letters.ts";
import { addressesOf, type KnownValues } from "../support/described-reads.ts";
import { openTestHouse } from "../support/house.ts";
import { type Schema, schemaFaults } from "../support/json-schema.ts";
import { type Document, type Route, resolverOf, routesOf } from "../support/openapi.ts";

const house = await openTestHouse({
  settings: { RECOMMENDATION_TICKERS: "YPF,GGAL,PAM", SCHEDULER_ENABLED: "false", ...NOWHERE },
});
afterAll(() => house[Symbol.asyncDispose]());

const send = (method: string, path: string, body?: unknown) => {
  const type = typeof body === "string" ? "text/csv" : "application/json";
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return house.asOperator(path, {
    method,
    ...(body === undefined ? {} : { body: text, headers: { "Content-Type": type } }),
  });
};

const SAMPLE_USER = "5a3b1e00-0001-4000-8000-000000000001";
/** Many symbols, so that some give a signal, and one that has no prices. */
const BUSY_USER = "5a3b1e00-0009-4000-8000-000000000001";
const EMPTY_USER = "5a3b1e00-0009-4000-8000-000000000002";
const SYMBOLS =
  "ABT ADBE AMD AMGN AMT AMZN AVGO AXP BA BAC BLK BMY C CAT CMCSA COST CRM CSCO CVS CVX DE DIS NOPRICES".split(" ");

await house.runJob("daily_analysis", { as_of: "2023-11-01" });
await house.runJob("track_record");
await send("POST", "/api/portfolio/users", { user_id: BUSY_USER });
await send("POST", "/api/portfolio/users", { user_id: EMPTY_USER });
await send("PUT", `/api/portfolio/users/${BUSY_USER}/portfolios/Todo`, {
  assets: SYMBOLS.map((asset_symbol) => ({ asset_symbol, quantity: 2, acquisition_price: 50 })),
});
const earlier = await house.runJob("portfolio_cycle", { as_of: "2024-03-01" });
await house.runJob("portfolio_cycle");

/** As the mirror files them; `replay` and `discard` take one each. */
const LETTERS = ["letter-1", "letter-2", "letter-3"];
await fileLetters(house.settings.vigiaDataDir, LETTERS);

const document = await house.get<Document>("/openapi.json");
const resolve = resolverOf(document);
const routes = routesOf(document);
const nameOf = ({ method, path }: Route) => `${method} ${path}`;
const isSecured = ({ operation }: Route) => operation.security?.some((scheme) => "bearer" in scheme) ?? false;
/** Neither JSON nor ever at an end. */
const STREAM = "/api/events";

/** Every schema in a part of the document, at any depth. */
function* schemasIn(part: unknown): Generator<Schema> {
  if (typeof part !== "object" || part === null) return;
  if ("type" in part || "$ref" in part) yield part as Schema;
  for (const inner of Object.values(part)) yield* schemasIn(inner);
}

test("the description has every route that answers, but for its own pages", () => {
  const served = house.app.routes
    .filter(({ method }) => method !== "ALL")
    .map(({ method, path }) => `${method.toLowerCase()} ${path.replace(/:(\w+)(\{[^}]*\})?/g, "{$1}")}`);
  const names = routes.map(nameOf);
  const missing = [...new Set(served)].filter((name) => !names.includes(name) && !name.startsWith("get /docs"));
  expect(missing.toSorted()).toEqual(["get /openapi.json", "get /redoc"]);
});

test("every reference, tag and security scheme exists, and every heading has routes", () => {
  const tags = document.tags.map(({ name }) => name);
  expect(tags.length).toBe(new Set(tags).size);
  const refs = [...schemasIn(document)].flatMap(({ $ref }) => (typeof $ref === "string" ? [$ref] : []));
  expect(refs.length).toBeGreaterThan(20);
  for (const ref of refs) expect(() => resolve(ref)).not.toThrow();
  for (const { operation, path } of routes) {
    expect([path, operation.tags?.length, tags.includes(operation.tags?.[0] ?? "")]).toEqual([path, 1, true]);
    for (const scheme of (operation.security ?? []).flatMap((one) => Object.keys(one)))
      expect(Object.keys(document.components.securitySchemes)).toContain(scheme);
  }
  expect(tags.filter((tag) => !routes.some(({ operation }) => operation.tags?.includes(tag)))).toEqual([]);
  expect(document.tags.filter(({ description }) => !description)).toEqual([]);
});

test("every route has a summary of its own", () => {
  const summaries = routes.filter(({ operation }) => !operation.deprecated).map(({ operation }) => operation.summary);
  expect(summaries.filter((summary) => !summary)).toEqual([]);
  expect(summaries.filter((summary, index) => summaries.indexOf(summary) !== index)).toEqual([]);
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

test("a place in a path has one name", () => {
  const templates = [...new Set(routes.map(({ path }) => path))];
  const byShape = Map.groupBy(templates, (path) =>
    path
      .split("/")
      .map((part) => part.replace(/^\{\w+\}/, "{}"))
      .join("/"),
  );
  expect([...byShape.values()].filter((same) => same.length > 1)).toEqual([]);
  const ofUsers = templates.filter((path) => path.startsWith("/api/portfolio/users/"));
  expect(ofUsers.filter((path) => !path.startsWith("/api/portfolio/users/{id}"))).toEqual([]);
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
    const isPaged = (operation.parameters ?? []).some((one) => one.name === "cursor");
    if (isPaged) expect([where, statuses.includes("400")]).toEqual([where, true]);
  }
});

const knownValues: KnownValues = (name, path) => {
  if (name === "id" && path.startsWith("/api/dead-letters")) return LETTERS;
  if (name === "id") return path.startsWith("/api/jobs") ? ["1", "3"] : [SAMPLE_USER, BUSY_USER, EMPTY_USER];
  if (name === "name") return path.startsWith("/api/jobs") ? ["daily_analysis", "portfolio_cycle"] : FILE_NAMES;
  if (name === "run_id") return ["latest", String(earlier.id)];
  return { ticker: ["YPF"], symbol: ["CVS", "AAPL", "BTC-USD"], kind: ["macro"], portfolio: ["Todo"] }[name];
};

test("what needs a token says so, with 401 and 403; what does not, answers without", async () => {
  for (const route of routes) {
    const { method, path, operation } = route;
    const where = nameOf(route);
    if (method !== "get") expect([where, isSecured(route)]).toEqual([where, true]);
    if (path === "/metrics" || path === STREAM) continue;
    const [address] = addressesOf(route, knownValues);
    const { status } = await house.fetch(address!, { method: method.toUpperCase() });
    if (!isSecured(route)) expect([where, status]).toEqual([where, 200]);
    else
      expect([where, status, Object.keys(operation.responses)]).toEqual([
        where,
        401,
        expect.arrayContaining(["401", "403"]),
      ]);
  }
});

/** What is wrong with an answer, and whether it shows anything: an empty list proves little. */
async function judge(route: Route, response: Response): Promise<{ faults: string[]; full: boolean }> {
  const described = route.operation.responses[response.status] ?? route.operation.responses.default;
  const type = (response.headers.get("content-type") ?? "").split(";")[0]!;
  const schema = described?.content?.[type]?.schema;
  if (response.status === 204)
    return { faults: route.operation.responses[204] ? [] : ["204 is not described"], full: true };
  if (!schema) return { faults: [`${response.status} with ${type} is not described`], full: true };
  if (!type.endsWith("json")) return { faults: [], full: (await response.arrayBuffer()).byteLength > 0 };
  const body = (await response.json()) as Record<string, unknown>;
  const list = Array.isArray(body) ? body : (body.items ?? body.results);
  const full = response.ok && (!Array.isArray(list) || list.length > 0);
  return { faults: schemaFaults(body, schema, resolve).slice(0, 3), full };
}

/** Nothing fires in this house, and there are no bonds. */
const ALWAYS_EMPTY = ["/api/alerts", "/api/recommendations/bonds"];

test.each(routes.filter(({ method, path }) => method === "get" && path !== STREAM).map((route) => [route.path, route]))(
  "answers of %s are as described: nothing missing, nothing more, right types",
  async (path, route) => {
    let shown = 0;
    for (const address of addressesOf(route, knownValues)) {
      const { faults, full } = await judge(route, await house.asOperator(address));
      expect([address, faults]).toEqual([address, []]);
      if (full) shown++;
    }
    expect([path, shown > 0]).toEqual([path, !ALWAYS_EMPTY.includes(path)]);
  },
);

/** One good request of each route that changes something, in an order in which they work. */
const WRITES: [route: string, path: string, status: number, body?: unknown][] = [
  ["post /api/portfolio/users", "/api/portfolio/users", 201, { first_name: "Prueba" }],
  ["patch /api/portfolio/users/{id}", `/api/portfolio/users/${BUSY_USER}`, 200, { timezone: "America/Lima" }],
  [
    "put /api/portfolio/users/{id}/portfolios/{portfolio}",
    `/api/portfolio/users/${BUSY_USER}/portfolios/Otra`,
    201,
    { assets: [{ asset_symbol: "YPF" }] },
  ],
  ["post /api/portfolio/import", `/api/portfolio/import?user_id=${BUSY_USER}`, 200, "symbol,quantity\nGGAL,1\nBAD!,1"],
  ["delete /api/portfolio/users/{id}/portfolios/{portfolio}", `/api/portfolio/users/${BUSY_USER}/portfolios/Otra`, 204],
  ["delete /api/portfolio/users/{id}", `/api/portfolio/users/${BUSY_USER}`, 204],
  ["post /api/radar/universe/import", "/api/radar/universe/import", 200, csvOf(members(503))],
  [
    "post /api/recommendations/import/{kind}",
    "/api/recommendations/import/macro",
    200,
    "series,date,value\nusd,2024-03-08,900",
  ],
  ["post /api/jobs/{name}/pause", "/api/jobs/track_record/pause", 200],
  ["post /api/jobs/{name}/resume", "/api/jobs/track_record/resume", 200],
  ["post /api/jobs/{name}/run", "/api/jobs/track_record/run", 202, {}],
  ["post /api/jobs/{name}/cancel", "/api/jobs/track_record/cancel", 409],
  ["post /api/dead-letters/{id}/replay", "/api/dead-letters/letter-1/replay", 200],
  ["post /api/dead-letters/{id}/discard", "/api/dead-letters/letter-2/discard", 200],
  ["post /api/dead-letters/replay", "/api/dead-letters/replay", 200, { queue: "mirror", subject: "tenants" }],
  ["post /api/dead-letters/discard", "/api/dead-letters/discard", 200, { queue: "erp" }],
  ["post /api/mirror/pause", "/api/mirror/pause", 200, { stream: "tenants" }],
  ["post /api/mirror/resume", "/api/mirror/resume", 200, {}],
  ["post /api/mirror/flush", "/api/mirror/flush", 202, {}],
  ["post /api/mirror/reconcile", "/api/mirror/reconcile", 202, { streams: ["tenants"], dry_run: true }],
  ["post /api/mirror/directory", "/api/mirror/directory", 202, { dry_run: true }],
];

test("answers to changes are as described", async () => {
  const changes = routes.filter(({ method }) => method !== "get").map(nameOf);
  expect(changes.toSorted()).toEqual(WRITES.map(([name]) => name).toSorted());
  for (const [name, path, status, body] of WRITES) {
    const route = routes.find((one) => nameOf(one) === name)!;
    const response = await send(route.method.toUpperCase(), path, body);
    const answered = response.status;
    const { faults } = await judge(route, response);
    expect([name, answered, faults]).toEqual([name, status, []]);
    for (const { runId } of house.jobs.running) await house.passTimeUntil(house.jobs.waitForRun(runId));
  }
});

test("problems are as described", async () => {
  const schema = document.components.schemas.Problem!;
  for (const [path, status] of [
    ["/api/recommendations/history?from=x", 422],
    ["/api/radar/sp500/history?from=2024-03-08&to=2024-03-01", 422],
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
