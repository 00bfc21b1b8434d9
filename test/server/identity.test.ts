import { describe, expect, test } from "bun:test";
import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { SignJWT } from "jose";
import { auditLogs, tenants } from "../../src/db/schema/index.ts";
import { HOUSE_TENANT, makeScope } from "../../src/db/scope.ts";
import { createIds } from "../../src/kit/ids.ts";
import type { HttpClient } from "../../src/net/client.ts";
import {
  createIdentity,
  createTenantStores,
  ensureHouseTenant,
  loadOperatorToken,
  loadSecretKey,
  mintCliToken,
  mintSelfToken,
} from "../../src/server/identity/index.ts";
import { openTestDatabase } from "../support/database.ts";
import { ADMIN_TOKEN, openTestServer, operator, SECRET_KEY, type TestServer } from "./harness.ts";
import { addUser, startSupabaseProject, USER_ID } from "./identity/supabase-project.ts";

const refuse = async (): Promise<never> => {
  throw new Error("no call is expected");
};
const NO_NETWORK: HttpClient = { call: refuse, budgetLeft: refuse };

const bearer = (token: string): RequestInit => ({ headers: { Authorization: `Bearer ${token}` } });

const cliToken = (server: TestServer, tenantId = HOUSE_TENANT, secretKey = SECRET_KEY) =>
  mintCliToken({ secretKey, tenantId, clock: server.clock, ids: createIds(server.clock) });

const selfToken = (server: TestServer, userId = USER_ID) =>
  mintSelfToken({ secretKey: SECRET_KEY, userId, days: 1, clock: server.clock, ids: createIds(server.clock) });

/** A signed token with claims of the test's choice. */
function signed(server: TestServer, claims: Record<string, unknown>, { alg = "HS256", key = SECRET_KEY } = {}) {
  const now = Math.floor(server.clock.now().getTime() / 1000);
  const all = { iss: "vigia", aud: "api", sub: "cli", tenant_id: HOUSE_TENANT, iat: now, exp: now + 60, ...claims };
  return new SignJWT(all).setProtectedHeader({ alg }).sign(new TextEncoder().encode(key));
}

async function addTenant(server: TestServer, tenantId: string, status: "active" | "inactive" = "active") {
  const now = server.clock.now().toISOString();
  await server.store.db.write(async (tx) => {
    await tx.insert(tenants).values({
      tenantId,
      name: tenantId,
      nameFolded: tenantId,
      status,
      timezone: "UTC",
      settings: {},
      createdAt: now,
      updatedAt: now,
    });
  });
}

describe("the operator's token", () => {
  test("a configured one counts from anywhere", async () => {
    await using server = await openTestServer();
    expect((await server.from("203.0.113.7", "/api/alerts", operator())).status).toBe(200);
    expect(existsSync(join(server.store.dir, "admin-token"))).toBe(false);
  });

  test("a generated one counts from this machine only", async () => {
    await using server = await openTestServer({ generatedToken: true });
    const { token, generated, created } = server.options.identity.operatorToken;
    expect({ generated, created }).toEqual({ generated: true, created: true });
    expect((await server.from("127.0.0.1", "/api/alerts", bearer(token))).status).toBe(200);
    expect((await server.from("::1", "/api/alerts", bearer(token))).status).toBe(200);
    expect((await server.app.request("/api/alerts", bearer(token))).status).toBe(200);
    expect((await server.from("203.0.113.7", "/api/alerts", bearer(token))).status).toBe(401);
  });

  test("through an unknown proxy on this machine the generated one does not count", async () => {
    await using server = await openTestServer({ generatedToken: true });
    const { token } = server.options.identity.operatorToken;
    const forwarded = { headers: { Authorization: `Bearer ${token}`, "X-Forwarded-For": "127.0.0.1" } };
    expect((await server.from("127.0.0.1", "/api/alerts", forwarded)).status).toBe(401);
  });

  test("it is made once per data directory, in a file for its owner only", async () => {
    await using store = await openTestDatabase();
    const first = loadOperatorToken(store.dir, { vigiaAdminToken: undefined });
    const second = loadOperatorToken(store.dir, { vigiaAdminToken: undefined });
    expect(second).toEqual({ ...first, created: false });
    expect(first.token.length).toBeGreaterThanOrEqual(43);
    const path = join(store.dir, "admin-token");
    expect(statSync(path).mode & 0o777).toBe(0o600);
    chmodSync(path, 0o644);
    loadOperatorToken(store.dir, { vigiaAdminToken: undefined });
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  test("the rest of an interrupted write is replaced", async () => {
    await using store = await openTestDatabase();
    writeFileSync(join(store.dir, "secret-key"), "");
    const key = loadSecretKey(store.dir, { secretKey: undefined });
    expect(key.length).toBeGreaterThanOrEqual(43);
    expect(readFileSync(join(store.dir, "secret-key"), "utf8")).toBe(key);
    expect(loadSecretKey(store.dir, { secretKey: SECRET_KEY })).toBe(SECRET_KEY);
  });
});

describe("cli tokens", () => {
  test("count as admin of their tenant, from this machine, for 60 s", async () => {
    await using server = await openTestServer();
    const token = await cliToken(server);
    expect((await server.from("127.0.0.1", "/api/alerts", bearer(token))).status).toBe(200);
    expect((await server.from("203.0.113.7", "/api/alerts", bearer(token))).status).toBe(401);
    await server.clock.advance(66_000);
    expect((await server.from("127.0.0.1", "/api/alerts", bearer(token))).status).toBe(401);
  });

  test("of another tenant may not read or run what is the house's", async () => {
    await using server = await openTestServer();
    await addTenant(server, "demo-norte");
    const token = await cliToken(server, "demo-norte");
    expect((await server.app.request("/api/alerts", bearer(token))).status).toBe(403);
    const run = await server.app.request("/api/jobs/daily_analysis/run", { method: "POST", ...bearer(token) });
    expect(run.status).toBe(403);
    expect(server.jobs.calls).toEqual([]);
  });

  test("of an unknown or inactive tenant do not count", async () => {
    await using server = await openTestServer();
    await addTenant(server, "closed", "inactive");
    expect((await server.app.request("/api/alerts", bearer(await cliToken(server, "closed")))).status).toBe(401);
    expect((await server.app.request("/api/alerts", bearer(await cliToken(server, "nobody")))).status).toBe(401);
  });

  test("tampered, foreign and malformed tokens do not count", async () => {
    await using server = await openTestServer();
    const good = await cliToken(server);
    const [header = "", payload = "", signature = ""] = good.split(".");
    const none = Buffer.from('{"alg":"none"}').toString("base64url");
    const now = Math.floor(server.clock.now().getTime() / 1000);
    const tokens = {
      "another key": await cliToken(server, HOUSE_TENANT, "f".repeat(64)),
      "alg none": `${none}.${payload}.`,
      "alg none, signed": `${none}.${payload}.${signature}`,
      "changed signature": `${header}.${payload}.${signature.slice(0, -2)}xx`,
      HS512: await signed(server, {}, { alg: "HS512" }),
      "another issuer": await signed(server, { iss: "social" }),
      "another audience": await signed(server, { aud: "web" }),
      "another subject": await signed(server, { sub: "someone@example.com" }),
      "no expiry": await signed(server, { exp: undefined }),
      "a long life": await signed(server, { iat: now - 300, exp: now + 86_400 }),
      "not yet valid": await signed(server, { nbf: now + 3_600 }),
      "no tenant": await signed(server, { tenant_id: undefined }),
      garbage: "a.b.c",
      empty: "",
      "10 kB": "x".repeat(10_240),
    };
    expect((await server.app.request("/api/alerts", bearer(await signed(server, {})))).status).toBe(200);
    for (const [what, token] of Object.entries(tokens)) {
      const response = await server.app.request("/api/alerts", bearer(token));
      expect(`${what}: ${response.status}`).toBe(`${what}: 401`);
    }
  });
});

describe("bad tokens", () => {
  test("are 401 on public routes too, with one text for every reason", async () => {
    await using server = await openTestServer();
    const response = await server.app.request("/api/jobs/status", bearer(`${ADMIN_TOKEN}x`));
    expect(response.status).toBe(401);
    expect(response.headers.get("www-authenticate")).toBe('Bearer error="invalid_token"');
    expect(await response.json()).toMatchObject({ code: "invalid_token", detail: "Could not validate credentials" });
  });

  test("no token is 401 with its own text where one is needed", async () => {
    await using server = await openTestServer();
    const response = await server.app.request("/api/alerts");
    expect(response.headers.get("www-authenticate")).toBe("Bearer");
    expect(await response.json()).toMatchObject({ code: "not_authenticated", detail: "Not authenticated" });
  });

  test("probes answer whatever token comes along", async () => {
    await using server = await openTestServer();
    for (const path of ["/health", "/health/live", "/health/ready"])
      expect((await server.app.request(path, bearer("wrong"))).status).toBe(200);
  });
});

describe("the role matrix", () => {
  const who = [
    "nobody",
    "bad token",
    "expired cli",
    "remote cli",
    "cli",
    "cli of another tenant",
    "self",
    "Supabase user",
    "unknown user",
    "operator",
  ] as const;
  type Who = (typeof who)[number];
  const everyone = (status: number): Record<Who, number> => ({
    nobody: status,
    "bad token": 401,
    "expired cli": 401,
    "remote cli": 401,
    cli: status,
    "cli of another tenant": status,
    self: status,
    "Supabase user": status,
    "unknown user": 403,
    operator: status,
  });
  const house = (status: number): Record<Who, number> => ({
    ...everyone(status),
    nobody: 401,
    "cli of another tenant": 403,
    self: 403,
    "Supabase user": 403,
  });
  const open = (status: number): Record<Who, number> => ({
    ...everyone(status),
    "bad token": status,
    "expired cli": status,
    "remote cli": status,
    "unknown user": status,
  });
  const hidden = (status: number): Record<Who, number> => ({
    ...everyone(status),
    nobody: 404,
    "cli of another tenant": 404,
    self: 404,
    "Supabase user": 404,
  });

  const routes: [method: string, path: string, expected: Record<Who, number>][] = [
    ["GET", "/", everyone(200)],
    ["GET", "/health", open(200)],
    ["GET", "/health/live", open(200)],
    ["GET", "/health/ready", open(200)],
    ["GET", "/docs", everyone(200)],
    ["GET", "/redoc", everyone(308)],
    ["GET", "/openapi.json", everyone(200)],
    ["GET", "/api/jobs/status", everyone(200)],
    ["GET", "/api/jobs/daily_analysis/runs", everyone(200)],
    ["GET", "/api/jobs/retention/runs", hidden(200)],
    ["GET", "/api/jobs/runs/1", everyone(200)],
    ["GET", "/api/jobs/runs/2", hidden(200)],
    ["GET", "/api/jobs/runs", house(200)],
    ["GET", "/api/alerts", house(200)],
    ["GET", "/api/events", everyone(200)],
    ["POST", "/api/jobs/daily_analysis/run", house(202)],
    ["POST", "/api/jobs/daily_analysis/pause", house(200)],
    ["POST", "/api/jobs/daily_analysis/resume", house(200)],
    ["POST", "/api/jobs/daily_analysis/cancel", house(409)],
    ["GET", "/metrics", { ...everyone(403), "bad token": 403, "expired cli": 403, "remote cli": 403, operator: 200 }],
  ];

  test.each(routes)("%s %s", async (method, path, expected) => {
    let now = new Date();
    await using project = await startSupabaseProject(() => now);
    const environment = { METRICS_ALLOWED_IPS: "192.0.2.1", SUPABASE_URL: project.url };
    await using server = await openTestServer({ environment });
    await addTenant(server, "demo-norte");
    await addUser(server.store);
    const { runView } = await import("./fake-jobs.ts");
    server.jobs.stored.push(runView(1), runView(2, { job_name: "retention" }));
    const expired = await cliToken(server);
    await server.clock.advance(120_000);
    server.jobs.lastTickAt = server.clock.now();
    now = server.clock.now();
    const fresh = await cliToken(server);
    const asked: Record<Who, [ip: string, init: RequestInit]> = {
      nobody: ["127.0.0.1", {}],
      "bad token": ["127.0.0.1", bearer("no-such-token")],
      "expired cli": ["127.0.0.1", bearer(expired)],
      "remote cli": ["203.0.113.7", bearer(fresh)],
      cli: ["127.0.0.1", bearer(fresh)],
      "cli of another tenant": ["127.0.0.1", bearer(await cliToken(server, "demo-norte"))],
      self: ["203.0.113.7", bearer(await selfToken(server))],
      "Supabase user": ["203.0.113.7", bearer(await project.sign())],
      "unknown user": ["203.0.113.7", bearer(await selfToken(server, "nobody"))],
      operator: ["203.0.113.7", operator()],
    };
    const answers: Partial<Record<Who, number>> = {};
    for (const name of who) {
      const [ip, init] = asked[name];
      const response = await server.from(ip, path, { ...init, method });
      answers[name] = response.status;
      await response.body?.cancel();
    }
    expect(answers as Record<Who, number>).toEqual(expected);
    const refused = Object.values(expected).every((status) => status !== 202);
    if (refused) expect(server.jobs.calls.filter((call) => call.startsWith("run"))).toEqual([]);
  });

  test("covers every route of the house", async () => {
    await using server = await openTestServer();
    const document = (await (await server.app.request("/openapi.json")).json()) as {
      paths: Record<string, Record<string, unknown>>;
    };
    const documented = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const covered = new Set(
      routes.map(
        ([method, path]) =>
          `${method} ${path.replace(/daily_analysis|retention/, "{name}").replace(/runs\/\d$/, "runs/{id}")}`,
      ),
    );
    expect(documented.filter((route) => !covered.has(route))).toEqual([]);
  });
});

test("O-c6: X-Tenant-ID and tenant_id choose nothing", async () => {
  await using server = await openTestServer();
  await addTenant(server, "demo-norte");
  const token = await cliToken(server, "demo-norte");
  const response = await server.app.request("/api/alerts?tenant_id=default", {
    headers: { Authorization: `Bearer ${token}`, "X-Tenant-ID": "default" },
  });
  expect(response.status).toBe(403);
});

test("every change leaves an audit row with who, what and from where", async () => {
  await using server = await openTestServer();
  const token = await cliToken(server);
  const init = { method: "POST", headers: { Authorization: `Bearer ${token}`, "X-Request-ID": "audited-request" } };
  await server.from("127.0.0.1", "/api/jobs/daily_analysis/pause", init);
  await server.from("203.0.113.7", "/api/jobs/daily_analysis/run", operator({ method: "POST" }));
  await server.app.request("/api/jobs/nope/pause", operator({ method: "POST" }));
  const rows = await server.store.db.read.select().from(auditLogs).orderBy(auditLogs.uid);
  expect(rows.map(({ actor, action, entityId }) => ({ actor, action, entityId }))).toEqual([
    { actor: "cli", action: "job.pause", entityId: "daily_analysis" },
    { actor: "operator", action: "job.run", entityId: "daily_analysis" },
  ]);
  expect(rows[0]?.correlationId).toBe("audited-request");
  expect(rows[1]?.ipHash).toMatch(/^h:[0-9a-f]{12}$/);
  expect(rows[1]?.details).toEqual({ run_id: 77 });
});

describe("tenants", () => {
  test("the house tenant is made once and then left alone", async () => {
    await using server = await openTestServer();
    await ensureHouseTenant(server.store.db, { timezone: "UTC", clock: server.clock });
    const rows = await server.store.db.read.select().from(tenants);
    expect(rows.map(({ tenantId, timezone, status }) => ({ tenantId, timezone, status }))).toEqual([
      { tenantId: "default", timezone: "America/Argentina/Buenos_Aires", status: "active" },
    ]);
  });

  test("a store shows the operator all tenants, others their own; a foreign id is like an unknown one", async () => {
    await using server = await openTestServer();
    await addTenant(server, "demo-norte");
    const stores = createTenantStores(server.store.db);
    const all = stores.for(makeScope({ kind: "operator", tenantId: HOUSE_TENANT, role: "operator" }));
    expect((await all.list()).map((tenant) => tenant.tenant_id)).toEqual(["default", "demo-norte"]);
    const own = stores.for(makeScope({ kind: "cli", tenantId: "demo-norte", role: "admin" }));
    expect((await own.list()).map((tenant) => tenant.tenant_id)).toEqual(["demo-norte"]);
    expect(await own.load("default")).toBeUndefined();
    expect(await own.load("nobody")).toBeUndefined();
    expect((await own.load("demo-norte"))?.name).toBe("demo-norte");
  });
});

test("one identity reads the key that another process kept", async () => {
  await using store = await openTestDatabase();
  await using server = await openTestServer();
  const { clock } = server;
  await ensureHouseTenant(store.db, { timezone: "UTC", clock });
  const settings = {
    secretKey: undefined,
    vigiaAdminToken: undefined,
    supabaseUrl: undefined,
    supabaseJwtSecret: undefined,
  };
  const identity = createIdentity({
    db: store.db,
    settings,
    clock,
    ids: createIds(clock),
    dataDir: store.dir,
    http: NO_NETWORK,
  });
  const secretKey = loadSecretKey(store.dir, settings);
  const token = await mintCliToken({ secretKey, tenantId: HOUSE_TENANT, clock, ids: createIds(clock) });
  expect(await identity.authenticate(`Bearer ${token}`, { local: true })).toMatchObject({ kind: "cli", role: "admin" });
  expect(identity.authenticate(`Basic ${token}`, { local: true })).rejects.toThrow("Could not validate credentials");
});
