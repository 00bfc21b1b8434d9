import { expect, test } from "bun:test";
import { createRouter } from "../../src/server/router.ts";
import { openTestServer } from "./harness.ts";

interface Operation {
  tags?: string[];
  summary?: string;
  security?: unknown[];
  responses: Record<string, { content?: Record<string, unknown> }>;
}

const METHODS = ["get", "post", "put", "patch", "delete"];

async function readDocument(server: Awaited<ReturnType<typeof openTestServer>>) {
  return (await (await server.app.request("/openapi.json")).json()) as {
    openapi: string;
    info: { title: string; version: string };
    paths: Record<string, Record<string, Operation>>;
    components: { schemas: Record<string, unknown>; securitySchemes: Record<string, unknown> };
  };
}

test("/openapi.json names version, security and, on every route, summary, tag and problem answer", async () => {
  await using server = await openTestServer();
  const document = await readDocument(server);
  expect(document.openapi).toBe("3.1.0");
  expect(document.info).toMatchObject({ title: "Vigía", version: "0.1.0" });
  expect(document.components.securitySchemes.bearer).toMatchObject({ type: "http", scheme: "bearer" });
  expect(Object.keys(document.components.schemas)).toContain("Problem");
  for (const [path, operations] of Object.entries(document.paths))
    for (const [method, operation] of Object.entries(operations)) {
      const where = `${method} ${path}`;
      expect([where, operation.tags?.length, typeof operation.summary]).toEqual([where, 1, "string"]);
      expect(operation.responses.default?.content?.["application/problem+json"]).toBeDefined();
      if (method === "post") expect([where, operation.security]).toEqual([where, [{ bearer: [] }]]);
    }
});

test("every route that answers is described, but for the description's own pages", async () => {
  await using server = await openTestServer();
  const { paths } = await readDocument(server);
  const served = server.app.routes
    .filter(({ method }) => METHODS.includes(method.toLowerCase()))
    .map(({ method, path }) => `${method.toLowerCase()} ${path.replace(/:(\w+)/g, "{$1}")}`);
  const described = Object.entries(paths).flatMap(([path, methods]) => Object.keys(methods).map((m) => `${m} ${path}`));
  const missing = [...new Set(served)].filter((route) => !described.includes(route));
  expect(missing).toEqual([
    "get /docs",
    "get /docs/start.js",
    "get /docs/swagger-ui.css",
    "get /docs/swagger-ui-bundle.js",
    "get /docs/favicon-32x32.png",
    "get /redoc",
    "get /openapi.json",
  ]);
});

test("a system's routes are described too", async () => {
  const routes = createRouter();
  routes.openapi({ method: "get", path: "/api/own/{id}", responses: { 200: { description: "ok" } } }, (context) =>
    context.text("ok"),
  );
  await using server = await openTestServer({ overrides: { systems: [{ name: "own", routes }] } });
  expect(Object.keys((await readDocument(server)).paths)).toContain("/api/own/{id}");
});

test("the description is cached by its tag", async () => {
  await using server = await openTestServer();
  const etag = (await server.app.request("/openapi.json")).headers.get("etag")!;
  const again = await server.app.request("/openapi.json", { headers: { "If-None-Match": etag } });
  expect(again.status).toBe(304);
});

test("/docs needs no other host, and its policy allows only this server's scripts", async () => {
  await using server = await openTestServer();
  const response = await server.app.request("/docs");
  const page = await response.text();
  expect(page).not.toMatch(/https?:\/\//);
  expect(page).not.toMatch(/<script>/);
  expect(response.headers.get("content-security-policy")).toContain("script-src 'self';");
  const files = [...page.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, file]) => file!);
  expect(files.length).toBeGreaterThan(3);
  for (const file of files) expect([file, (await server.app.request(file)).status]).toEqual([file, 200]);
  const script = await server.app.request("/docs/swagger-ui-bundle.js");
  expect(script.headers.get("content-type")).toContain("text/javascript");
  expect((await script.text()).length).toBeGreaterThan(100_000);
});

test("/redoc moved to /docs", async () => {
  await using server = await openTestServer();
  const response = await server.app.request("/redoc");
  expect([response.status, response.headers.get("location")]).toEqual([308, "/docs"]);
});
