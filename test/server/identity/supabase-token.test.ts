import { describe, expect, spyOn, test } from "bun:test";
import { eq } from "drizzle-orm";
import { exportJWK, exportSPKI } from "jose";
import { users } from "../../../src/db/schema/index.ts";
import { createFakeClock } from "../../support/clock.ts";
import { html, json, startFaultServer } from "../../support/faults.ts";
import { SECRET_KEY } from "../harness.ts";
import { type Claims, makeKey, type SupabaseProject, USER_ID } from "./supabase-project.ts";
import { openTokenServer, type TokenServer } from "./token-server.ts";

const JWT_SECRET = "legacy-jwt-secret-of-the-project-0123456789";
const SELF = { kind: "self", tenantId: "default", role: "self", userId: USER_ID };
const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");

describe("a Supabase user's token", () => {
  test("signed with ES256 makes the scope of that user", async () => {
    await using bench = await openTokenServer();
    expect(await bench.ask(await bench.project.sign())).toMatchObject({ status: 200, body: SELF });
  });

  test("signed with RS256 does too, also beside an ES256 key", async () => {
    await using bench = await openTokenServer();
    const { project } = bench;
    const rsa = await makeKey("RS256", "rsa-key");
    project.list(project.key, rsa);
    expect(await bench.ask(await project.sign({}, { key: rsa }))).toMatchObject({ status: 200, body: SELF });
    expect((await bench.ask(await project.sign())).status).toBe(200);
  });

  test("counts from anywhere", async () => {
    await using bench = await openTokenServer();
    const init = { headers: { Authorization: `Bearer ${await bench.project.sign()}` } };
    expect((await bench.server.from("203.0.113.7", "/probe", init)).status).toBe(200);
  });

  test("takes tenant and role from nothing that the user may edit", async () => {
    await using bench = await openTokenServer();
    const wanted = { tenant_id: "demo-norte", role: "admin", user_id: "someone-else" };
    const token = await bench.project.sign({ user_metadata: wanted, app_metadata: wanted, tenant_id: "demo-norte" });
    expect((await bench.ask(token)).body).toEqual(SELF);
  });

  test("is forgiven five seconds of clock difference, not more", async () => {
    await using bench = await openTokenServer();
    const now = Math.floor(bench.server.clock.now().getTime() / 1000);
    expect((await bench.ask(await bench.project.sign({ exp: now - 4 }))).status).toBe(200);
    expect((await bench.ask(await bench.project.sign({ exp: now - 6 }))).status).toBe(401);
  });

  test("of a project with a path and a mixed-case address is recognised by the address's plain form", async () => {
    await using bench = await openTokenServer();
    const { port } = bench.project.server;
    await using other = await openTokenServer({ SUPABASE_URL: `http://LOCALHOST:${port}/project/` });
    const iss = `http://localhost:${port}/project/auth/v1`;
    expect((await other.ask(await bench.project.sign({ iss }))).status).toBe(200);
    expect(bench.project.server.requests.map(({ path }) => path)).toEqual(["/project/auth/v1/.well-known/jwks.json"]);
  });

  test("counts for nothing where no project is configured", async () => {
    await using bench = await openTokenServer({ SUPABASE_URL: "" });
    expect((await bench.ask(await bench.project.sign())).status).toBe(401);
    expect(bench.project.server.requests).toEqual([]);
  });
});

describe("the user behind a token", () => {
  test("who is unknown here gets 403, on public routes too", async () => {
    await using bench = await openTokenServer();
    const token = await bench.project.sign({ sub: "00000000-0000-4000-8000-000000000000" });
    expect(await bench.ask(token)).toMatchObject({ status: 403, body: { code: "unknown_user" } });
    const init = { headers: { Authorization: `Bearer ${token}` } };
    expect((await bench.server.app.request("/api/jobs/status", init)).status).toBe(403);
  });

  test("who is switched off is out at once, and back at once", async () => {
    await using bench = await openTokenServer();
    const { store } = bench.server;
    const token = await bench.project.sign();
    const statuses: number[] = [];
    for (const active of [true, false, true]) {
      await store.db.write(
        async (tx) => void (await tx.update(users).set({ active }).where(eq(users.userId, USER_ID))),
      );
      statuses.push((await bench.ask(token)).status);
    }
    await store.db.write(async (tx) => void (await tx.delete(users)));
    statuses.push((await bench.ask(token)).status);
    expect(statuses).toEqual([200, 403, 200, 403]);
  });

  test("costs one read for a good token and none for a bad one", async () => {
    await using bench = await openTokenServer();
    const good = await bench.project.sign();
    const stranger = await makeKey("ES256", bench.project.key.kid);
    const bad = [await bench.project.sign({}, { key: stranger }), await bench.project.sign({ role: "anon" }), "x.y.z"];
    await bench.ask(good);
    const select = spyOn(bench.server.store.db.read, "select");
    for (const token of bad) expect((await bench.ask(token)).status).toBe(401);
    expect(select).toHaveBeenCalledTimes(0);
    await bench.ask(good);
    expect(select).toHaveBeenCalledTimes(1);
    select.mockRestore();
  });
});

describe("legacy HS256 tokens", () => {
  test("count with the project's secret as text, beside the key set", async () => {
    await using bench = await openTokenServer({ SUPABASE_JWT_SECRET: JWT_SECRET });
    const { project } = bench;
    expect(await bench.ask(await project.signWithSecret(JWT_SECRET))).toMatchObject({ status: 200, body: SELF });
    expect(project.server.requests).toEqual([]);
    expect((await bench.ask(await project.sign())).status).toBe(200);
    const decoded = new Uint8Array(Buffer.from(JWT_SECRET, "base64"));
    expect((await bench.ask(await project.signWithSecret(decoded))).status).toBe(401);
    expect((await bench.ask(await project.signWithSecret(SECRET_KEY))).status).toBe(401);
  });

  test("count for nothing without it, and nobody is asked about them", async () => {
    await using bench = await openTokenServer();
    expect((await bench.ask(await bench.project.signWithSecret(JWT_SECRET))).status).toBe(401);
    expect(bench.project.server.requests).toEqual([]);
  });

  test("of the project itself (anon, service_role) are not taken for users", async () => {
    await using bench = await openTokenServer({ SUPABASE_JWT_SECRET: JWT_SECRET });
    for (const role of ["anon", "service_role"]) {
      const key = { iss: "supabase", ref: "abcdefghijklmnopqrst", role, sub: undefined, aud: undefined };
      expect((await bench.ask(await bench.project.signWithSecret(JWT_SECRET, key))).status).toBe(401);
      const disguised = { ...key, iss: bench.project.issuer, aud: "authenticated", sub: USER_ID };
      expect((await bench.ask(await bench.project.signWithSecret(JWT_SECRET, disguised))).status).toBe(401);
    }
  });
});

describe("a token that does not count is 401 with one text, whatever is wrong:", () => {
  const HOUR = 3_600;
  const now = Math.floor(createFakeClock().now().getTime() / 1000);
  const wrongClaims: [what: string, claims: Claims][] = [
    ["expired", { exp: now - HOUR }],
    ["without expiry", { exp: undefined }],
    ["an expiry that is no number", { exp: "tomorrow" }],
    ["not valid yet", { nbf: now + HOUR }],
    ["another audience", { aud: "anon" }],
    ["no audience", { aud: undefined }],
    ["this house's audience", { aud: "api" }],
    ["another project", { iss: "https://other.supabase.co/auth/v1" }],
    ["no issuer", { iss: undefined }],
    ["an issuer that is a list", { iss: ["x"] }],
    ["no subject", { sub: undefined }],
    ["a subject that is no uuid", { sub: "cli" }],
    ["a subject with something behind it", { sub: `${USER_ID} or 1=1` }],
    ["the service role", { role: "service_role" }],
    ["no role", { role: undefined }],
    ["roles", { role: ["authenticated"] }],
    ["an anonymous user", { is_anonymous: true }],
    ["anonymous by text", { is_anonymous: "true" }],
  ];
  test.each(wrongClaims)("%s", async (_, claims) => {
    await using bench = await openTokenServer();
    await expectRefused(bench, await bench.project.sign(claims));
  });

  test("the issuer with something before, behind or beside it", async () => {
    await using bench = await openTokenServer();
    const { issuer, url } = bench.project;
    for (const iss of [`${issuer}/`, `x${issuer}`, url, `${url}/auth/v2`, issuer.toUpperCase(), `${issuer}?`])
      await expectRefused(bench, await bench.project.sign({ iss }));
  });

  const forged: [what: string, forge: (project: SupabaseProject) => Promise<string>][] = [
    ["alg none", async (project) => withHeader(await project.sign(), { alg: "none" }).replace(/[^.]*$/, "")],
    ["alg None, signed", async (project) => withHeader(await project.sign(), { alg: "None" })],
    ["no alg", async (project) => withHeader(await project.sign(), {})],
    [
      "HS256 with the public key's PEM",
      async (project) => signedWithKeyText(project, await exportSPKI(project.key.public)),
    ],
    ["HS256 with the key set's entry", (project) => signedWithKeyText(project, JSON.stringify(project.key.jwk))],
    ["HS256 with a zero byte", (project) => signedWithKeyText(project, "\0")],
    ["RS256 said, ES256 signed", async (project) => withHeader(await project.sign(), header(project, "RS256"))],
    ["ES384 said", async (project) => withHeader(await project.sign(), header(project, "ES384"))],
    ["EdDSA said", async (project) => withHeader(await project.sign(), header(project, "EdDSA"))],
    ["another key under the same id", async ({ sign, key }) => sign({}, { key: await makeKey("ES256", key.kid) })],
    [
      "the kind of key that the id is not of",
      async ({ sign, key }) => sign({}, { key: await makeKey("RS256", key.kid) }),
    ],
    ["a key of its own in the header", signedWithOwnKey],
    ["a critical header that nobody knows", (project) => project.sign({}, { header: { crit: ["x"], x: 1 } })],
    [
      "a signature of other claims",
      async ({ sign }) => replacePart(await sign(), 2, (await sign({ aal: "aal2" })).split(".")[2]),
    ],
    ["no signature", async ({ sign }) => replacePart(await sign(), 2, "")],
    ["two parts", async ({ sign }) => (await sign()).replace(/\.[^.]*$/, "")],
    ["five parts", async ({ sign }) => `${await sign()}.x.y`],
    ["a payload that is a list", async ({ sign }) => replacePart(await sign(), 1, encode([]))],
    ["a payload that is no JSON", async ({ sign }) => replacePart(await sign(), 1, "ew")],
    [
      "deep nesting",
      async ({ sign }) => replacePart(await sign(), 1, Buffer.from("[".repeat(4_000)).toString("base64url")),
    ],
    ["more than is looked at", ({ sign }) => sign({ user_metadata: { picture: "x".repeat(9_000) } })],
  ];
  test.each(forged)("%s", async (_, forge) => {
    for (const environment of [{}, { SUPABASE_JWT_SECRET: JWT_SECRET }] as Record<string, string>[]) {
      await using bench = await openTokenServer(environment);
      await expectRefused(bench, await forge(bench.project));
    }
  });

  test("an address of keys in the header is not called", async () => {
    await using bench = await openTokenServer();
    await using elsewhere = await startFaultServer();
    const own = await makeKey("ES256", "own-key");
    elsewhere.otherwise(json({ keys: [own.jwk] }));
    const jku = `${elsewhere.url}/auth/v1/.well-known/jwks.json`;
    await expectRefused(bench, await bench.project.sign({}, { key: own, header: { jku, x5u: jku } }));
    expect(elsewhere.requests).toEqual([]);
  });
});

test("neither tokens nor secrets get into the log or an answer", async () => {
  await using bench = await openTokenServer({ SUPABASE_JWT_SECRET: JWT_SECRET });
  const { project, server } = bench;
  const tokens = [
    await project.sign(),
    await project.sign({ exp: 1 }),
    await project.sign({ sub: "00000000-0000-4000-8000-000000000000" }),
    await project.signWithSecret(JWT_SECRET, { role: "service_role" }),
  ];
  const said: string[] = [];
  for (const token of tokens) said.push(JSON.stringify(await bench.ask(token)));
  await server.clock.advance(601_000);
  project.server.otherwise(html());
  said.push(JSON.stringify(await bench.ask(await project.sign())));
  expect(said.at(-1)).toContain("keys_unreachable");
  const written =
    said.join("\n") +
    JSON.stringify(server.log.lines, (_, value) => (value instanceof Error ? Bun.inspect(value) : value));
  for (const secret of [
    ...tokens.flatMap((token) => token.split(".").slice(1)),
    JWT_SECRET,
    SECRET_KEY,
    "someone@example.com",
  ])
    expect(written).not.toContain(secret);
});

async function expectRefused(bench: TokenServer, token: string): Promise<void> {
  const { status, headers, body } = await bench.ask(token);
  const { request_id: _id, ...problem } = body;
  expect({ status, challenge: headers.get("www-authenticate"), problem }).toEqual(REFUSAL);
}

const REFUSAL = {
  status: 401,
  challenge: 'Bearer error="invalid_token"',
  problem: {
    type: "about:blank",
    title: "Unauthorized",
    status: 401,
    detail: "Could not validate credentials",
    code: "invalid_token",
  },
};

const header = ({ key }: SupabaseProject, alg: string) => ({ alg, kid: key.kid });
const withHeader = (token: string, value: Claims) => replacePart(token, 0, encode(value));
const replacePart = (token: string, index: number, part = "") =>
  token
    .split(".")
    .map((old, at) => (at === index ? part : old))
    .join(".");

/** The classic confusion: the verifier's public key taken for a shared secret. */
const signedWithKeyText = (project: SupabaseProject, text: string) =>
  project.signWithSecret(text, {}, { kid: project.key.kid });

async function signedWithOwnKey({ sign, key }: SupabaseProject): Promise<string> {
  const own = await makeKey("ES256", key.kid);
  return sign({}, { key: own, header: { jwk: await exportJWK(own.public) } });
}
