import { describe, expect, test } from "bun:test";
import { eq } from "drizzle-orm";
import { SignJWT } from "jose";
import { users } from "../../../src/db/schema/index.ts";
import { createIds } from "../../../src/kit/ids.ts";
import { mintCliToken, mintSelfToken } from "../../../src/server/identity/index.ts";
import { SECRET_KEY } from "../harness.ts";
import { addUser, type Claims, USER_ID } from "./supabase-project.ts";
import { openTokenServer, type TokenServer } from "./token-server.ts";

const SELF = { kind: "self", tenantId: "default", role: "self", userId: USER_ID };

const mint = ({ server: { clock } }: TokenServer, { userId = USER_ID, days = 1, secretKey = SECRET_KEY } = {}) =>
  mintSelfToken({ secretKey, userId, days, clock, ids: createIds(clock) });

/** A token signed with this house's key, with claims of the test's choice. */
function signed({ server }: TokenServer, claims: Claims, alg = "HS256") {
  const now = Math.floor(server.clock.now().getTime() / 1000);
  const all = { iss: "vigia", aud: "api", sub: USER_ID, role: "self", iat: now, exp: now + 60, jti: "x", ...claims };
  return new SignJWT(all).setProtectedHeader({ alg }).sign(new TextEncoder().encode(SECRET_KEY));
}

describe("a self token", () => {
  test("opens its user's scope, from anywhere, until it expires", async () => {
    await using bench = await openTokenServer();
    const token = await mint(bench, { days: 2 });
    const init = { headers: { Authorization: `Bearer ${token}` } };
    const response = await bench.server.from("203.0.113.7", "/probe", init);
    expect([response.status, await response.json()]).toEqual([200, SELF]);
    await bench.server.clock.advance(2 * 86_400_000 + 4_000);
    expect((await bench.ask(token)).status).toBe(200);
    await bench.server.clock.advance(2_000);
    expect((await bench.ask(token)).status).toBe(401);
  });

  test("says sub, role, iat, exp and jti, and needs no Supabase", async () => {
    await using bench = await openTokenServer({ SUPABASE_URL: "" });
    const token = await mint(bench);
    const claims = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString());
    expect(Object.keys(claims).sort()).toEqual(["aud", "exp", "iat", "iss", "jti", "role", "sub"]);
    expect(claims).toMatchObject({ iss: "vigia", aud: "api", sub: USER_ID, role: "self" });
    expect(claims.exp - claims.iat).toBe(86_400);
    expect((await bench.ask(token)).status).toBe(200);
  });

  test("of a user who is unknown or switched off is 403, at once", async () => {
    await using bench = await openTokenServer();
    expect(await bench.ask(await mint(bench, { userId: "nobody" }))).toMatchObject({
      status: 403,
      body: { code: "unknown_user" },
    });
    const token = await mint(bench);
    await bench.server.store.db.write(
      async (tx) => void (await tx.update(users).set({ active: false }).where(eq(users.userId, USER_ID))),
    );
    expect((await bench.ask(token)).status).toBe(403);
  });

  test("and the token of a command do not pass for each other, even for a user called cli", async () => {
    await using bench = await openTokenServer();
    const { clock, store } = bench.server;
    await addUser(store, "cli");
    const ids = createIds(clock);
    expect((await bench.ask(await mint(bench, { userId: "cli" }))).body).toMatchObject({ kind: "self", userId: "cli" });
    const command = await mintCliToken({ secretKey: SECRET_KEY, tenantId: "default", clock, ids });
    expect((await bench.ask(command)).body).toMatchObject({ kind: "cli", role: "admin" });
    const both = await signed(bench, { sub: "cli", tenant_id: "default" });
    expect((await bench.ask(both)).body).toMatchObject({ kind: "self", role: "self" });
  });

  test("counts only as this house makes them", async () => {
    await using bench = await openTokenServer({ SUPABASE_JWT_SECRET: SECRET_KEY });
    const now = Math.floor(bench.server.clock.now().getTime() / 1000);
    const tokens = {
      "another key": await mint(bench, { secretKey: "f".repeat(64) }),
      HS384: await signed(bench, {}, "HS384"),
      "another issuer": await signed(bench, { iss: "social" }),
      "another audience": await signed(bench, { aud: "authenticated" }),
      "no expiry": await signed(bench, { exp: undefined }),
      "no start": await signed(bench, { iat: undefined }),
      "from tomorrow": await signed(bench, { iat: now + 86_400, exp: now + 90_000 }),
      "older than any may be": await signed(bench, { iat: now - 366 * 86_400, exp: now + 60 }),
      "no id": await signed(bench, { jti: undefined }),
      "no subject": await signed(bench, { sub: undefined }),
      "a subject that is a list": await signed(bench, { sub: [USER_ID] }),
      "an account's claims": await signed(bench, { role: "admin", tenant_id: "default", email: "a@b.example", ver: 1 }),
      "the operator's role": await signed(bench, { role: "operator" }),
    };
    expect((await bench.ask(await signed(bench, {}))).status).toBe(200);
    for (const [what, token] of Object.entries(tokens))
      expect(`${what}: ${(await bench.ask(token)).status}`).toBe(`${what}: 401`);
  });

  test("signed by this house as if by Supabase does not count, and the other way round", async () => {
    const secret = "legacy-jwt-secret-of-the-project-0123456789";
    await using bench = await openTokenServer({ SUPABASE_JWT_SECRET: secret });
    const { project } = bench;
    const supabaseClaims = { iss: project.issuer, aud: "authenticated", role: "authenticated" };
    expect((await bench.ask(await signed(bench, supabaseClaims))).status).toBe(401);
    const ours = { iss: "vigia", aud: "api", role: "self", jti: "x" };
    expect((await bench.ask(await project.signWithSecret(secret, ours))).status).toBe(401);
    expect((await bench.ask(await project.sign(ours))).status).toBe(401);
    expect(project.server.requests).toEqual([]);
  });
});

test("unknown ids are counted for each user, wherever they ask from", async () => {
  await using bench = await openTokenServer();
  await addUser(bench.server.store, "other-user");
  const ask = async (ip: string, userId: string) => {
    const init = { headers: { Authorization: `Bearer ${await mint(bench, { userId })}` } };
    return (await bench.server.from(ip, "/api/jobs/runs/999", init)).status;
  };
  for (let index = 0; index < 60; index++) expect(await ask(`203.0.113.${index}`, USER_ID)).toBe(404);
  expect(await ask("198.51.100.1", USER_ID)).toBe(429);
  expect(await ask("203.0.113.1", "other-user")).toBe(404);
});
