import { afterAll, beforeAll, expect, test } from "bun:test";
import { createClient, type SupabaseClient } from "@supabase/supabase-js";
import { openSupabase, type TestSupabase } from "../support/supabase/index.ts";
import { clientOf, readJson } from "./supabase-clients.ts";

let supabase: TestSupabase;
let auth: SupabaseClient["auth"];
let count = 0;

beforeAll(async () => {
  supabase = await openSupabase({ database: "bare" });
  auth = clientOf(supabase).auth;
});
afterAll(() => supabase[Symbol.asyncDispose]());

const newEmail = () => `user${++count}@example.org`;

async function createUser(attributes: Record<string, unknown> = {}) {
  const email = newEmail();
  const { data, error } = await auth.admin.createUser({
    email,
    password: "long enough",
    email_confirm: true,
    ...attributes,
  });
  expect(error).toBeNull();
  return { ...data.user!, email };
}

const told = (error: unknown) => {
  const { status, code } = error as { status?: unknown; code?: unknown };
  return [status, code];
};

test("a created user is a row of auth.users, and is found by id", async () => {
  const user = await createUser({ user_metadata: { name: "Ñandú" }, app_metadata: { tenant_id: "default" } });
  expect(user).toMatchObject({
    aud: "authenticated",
    role: "authenticated",
    user_metadata: { name: "Ñandú" },
    app_metadata: { provider: "email", providers: ["email"], tenant_id: "default" },
    is_anonymous: false,
  });
  expect(user).not.toHaveProperty("banned_until");
  expect((await auth.admin.getUserById(user.id)).data.user?.email).toBe(user.email);
  const [row] = await supabase.sql`select email from auth.users where id = ${user.id}`;
  expect(row?.email).toBe(user.email);
});

test("users are listed newest first, in pages, with their total", async () => {
  await using own = await openSupabase({ database: "bare" });
  await own.sql`insert into auth.users (id, email, created_at)
    select gen_random_uuid(), 'u' || n || '@example.org', timestamptz '2026-01-01' + n * interval '1 minute'
    from generate_series(1, 125) n`;
  const { admin } = clientOf(own).auth;
  const first = await admin.listUsers();
  expect(first.error).toBeNull();
  expect(first.data.users.length).toBe(50);
  expect(first.data.users[0]?.email).toBe("u125@example.org");
  const third = (await admin.listUsers({ page: 3, perPage: 50 })).data;
  expect([third.users.length, third.users.at(-1)?.email]).toEqual([25, "u1@example.org"]);
  expect(third).toMatchObject({ aud: "authenticated", total: 125, nextPage: null, lastPage: 3 });
  expect((await admin.listUsers({ page: 9, perPage: 50 })).data.users).toEqual([]);
});

test("page 12 of the link reads as 1 in the client: only the users themselves tell the end", async () => {
  await using own = await openSupabase({ database: "bare" });
  await own.sql`insert into auth.users (id) select gen_random_uuid() from generate_series(1, 12)`;
  const { data } = await clientOf(own).auth.admin.listUsers({ page: 11, perPage: 1 });
  expect(data).toMatchObject({ nextPage: 1, lastPage: 1 });
});

test("a project without users has a well-formed list", async () => {
  await using own = await openSupabase({ database: "bare" });
  const { data, error } = await clientOf(own).auth.admin.listUsers();
  expect(error).toBeNull();
  expect(data.users).toEqual([]);
});

test("an address is registered once; odd ones and short passwords are refused", async () => {
  const { email } = await createUser();
  const again = await auth.admin.createUser({ email: email.toUpperCase() });
  expect(told(again.error)).toEqual([422, "email_exists"]);
  expect(told((await auth.admin.createUser({ email: "nobody" })).error)).toEqual([400, "validation_failed"]);
  expect(told((await auth.admin.createUser({})).error)).toEqual([400, "validation_failed"]);
  const weak = await auth.admin.createUser({ email: newEmail(), password: "12345" });
  expect(weak.error?.name).toBe("AuthWeakPasswordError");
});

test("an invitation makes an unconfirmed user, may be repeated, and is refused once confirmed", async () => {
  const email = newEmail();
  const invited = await auth.admin.inviteUserByEmail(email, { data: { name: "Ana" } });
  expect(invited.data.user).toMatchObject({ email, user_metadata: { name: "Ana" } });
  expect(invited.data.user).not.toHaveProperty("email_confirmed_at");
  expect((await auth.admin.inviteUserByEmail(email)).data.user?.id).toBe(invited.data.user!.id);
  const { data } = await auth.admin.updateUserById(invited.data.user!.id, {
    app_metadata: { tenant_id: "default", role: "admin" },
    email_confirm: true,
  });
  expect(data.user?.app_metadata).toMatchObject({ provider: "email", tenant_id: "default", role: "admin" });
  expect(told((await auth.admin.inviteUserByEmail(email)).error)).toEqual([422, "email_exists"]);
});

test("a deleted user is gone; an unknown one is not found", async () => {
  const { id } = await createUser();
  expect((await auth.admin.deleteUser(id)).error).toBeNull();
  expect(told((await auth.admin.getUserById(id)).error)).toEqual([404, "user_not_found"]);
  expect(told((await auth.admin.deleteUser(id)).error)).toEqual([404, "user_not_found"]);
});

test("the service key administers, in both generations; nobody else does", async () => {
  expect((await clientOf(supabase, supabase.secretKey).auth.admin.listUsers()).error).toBeNull();
  for (const key of [supabase.anonKey, supabase.publishableKey]) {
    expect(told((await clientOf(supabase, key).auth.admin.listUsers()).error)).toEqual([403, "not_admin"]);
  }
});

test("signing in gives a token that knows its user, until the user signs out", async () => {
  const user = await createUser({ app_metadata: { tenant_id: "default" } });
  const browser = clientOf(supabase, supabase.anonKey).auth;
  const { data } = await browser.signInWithPassword({ email: user.email, password: "long enough" });
  const token = data.session!.access_token;
  expect((await auth.getUser(token)).data.user?.id).toBe(user.id);
  expect((await auth.admin.signOut(token)).error).toBeNull();
  expect((await auth.getUser(token)).error?.name).toBe("AuthSessionMissingError");
});

test("wrong passwords and unconfirmed or banned users do not get in", async () => {
  const browser = clientOf(supabase, supabase.anonKey).auth;
  const password = "long enough";
  const known = await createUser();
  const wrong = await browser.signInWithPassword({ email: known.email, password: "something else" });
  expect(told(wrong.error)).toEqual([400, "invalid_credentials"]);
  const unconfirmed = await createUser({ email_confirm: false });
  const early = await browser.signInWithPassword({ email: unconfirmed.email, password });
  expect(told(early.error)).toEqual([400, "email_not_confirmed"]);
  await auth.admin.updateUserById(known.id, { ban_duration: "24h" });
  expect(told((await browser.signInWithPassword({ email: known.email, password })).error)).toEqual([
    400,
    "user_banned",
  ]);
  const token = await supabase.userToken({ sub: known.id });
  expect(told((await auth.getUser(token)).error)).toEqual([403, "user_banned"]);
});

test("getUser refuses expired, forged and foreign tokens, and tokens of nobody", async () => {
  const sub = crypto.randomUUID();
  const refused = async (token: string) => told((await auth.getUser(token)).error);
  expect(await refused(await supabase.userToken({ sub }))).toEqual([403, "user_not_found"]);
  expect(await refused(await supabase.userToken({ sub, exp: 1_000 }))).toEqual([403, "bad_jwt"]);
  expect(await refused(await supabase.sign({ sub }, "another secret, long enough for HS256"))).toEqual([
    403,
    "bad_jwt",
  ]);
  expect(await refused("rubbish")).toEqual([403, "bad_jwt"]);
  expect(await refused(supabase.serviceKey)).toEqual([403, "bad_jwt"]);
});

test("the error's shape follows the API version that is asked for", async () => {
  const get = (headers: Record<string, string>) =>
    fetch(`${supabase.url}/auth/v1/admin/users`, { headers: { apikey: supabase.anonKey, ...headers } });
  const old = await get({});
  expect([old.status, await readJson(old)]).toEqual([
    401,
    { code: 401, error_code: "no_authorization", msg: "This endpoint requires a valid Bearer token" },
  ]);
  const current = await get({ "x-supabase-api-version": "2024-01-01" });
  expect(current.headers.get("x-sb-error-code")).toBe("no_authorization");
  expect(await readJson(current)).toEqual({
    code: "no_authorization",
    message: "This endpoint requires a valid Bearer token",
  });
});

test("the key set needs no key, and never lists the legacy secret", async () => {
  const response = await fetch(`${supabase.url}/auth/v1/.well-known/jwks.json`);
  expect(await readJson(response)).toEqual({ keys: [] });
  expect(response.headers.get("cache-control")).toContain("max-age=600");
});

test("a client with a user's token is that user", async () => {
  const user = await createUser();
  const token = await supabase.userToken({ sub: user.id });
  const client = createClient(supabase.url, supabase.anonKey, { accessToken: async () => token });
  expect((await client.storage.from("none").list()).error).toBeNull();
  expect(supabase.history.requests.at(-1)?.role).toBe("authenticated");
});
