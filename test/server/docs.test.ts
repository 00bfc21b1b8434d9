import { expect, test } from "bun:test";
import { createHash } from "node:crypto";
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
  expect(missing).toEqual(["get /docs", "get /redoc", "get /openapi.json"]);
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

test("/docs needs no other host, and its policy allows exactly its own script and style", async () => {
  await using server = await openTestServer();
  const response = await server.app.request("/docs");
  const page = await response.text();
  expect(page).not.toMatch(/(src|href)=["']?(https?:)?\/\//);
  expect(page).not.toMatch(/https?:\/\//);
  expect(page).not.toContain("innerHTML");
  const policy = response.headers.get("content-security-policy")!;
  for (const tag of ["script", "style"]) {
    const content = new RegExp(`<${tag}>([\\s\\S]*?)</${tag}>`).exec(page)![1]!;
    expect(policy).toContain(`${tag}-src 'sha256-${createHash("sha256").update(content).digest("base64")}'`);
  }
  expect(policy).toContain("default-src 'none'");
  expect(policy).not.toContain("unsafe");
});

test("the page's script can be read and uses only what the description has", async () => {
  await using server = await openTestServer();
  const page = await (await server.app.request("/docs")).text();
  const script = /<script>([\s\S]*?)<\/script>/.exec(page)![1]!;
  expect(() => new Bun.Transpiler({ loader: "js" }).transformSync(script)).not.toThrow();
});

test("/redoc moved to /docs", async () => {
  await using server = await openTestServer();
  const response = await server.app.request("/redoc");
  expect([response.status, response.headers.get("location")]).toEqual([308, "/docs"]);
});
