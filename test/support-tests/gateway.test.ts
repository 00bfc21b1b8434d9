import { afterAll, beforeAll, beforeEach, expect, test } from "bun:test";
import { openSupabase, type TestSupabase } from "../support/supabase/index.ts";
import { clientOf, readJson } from "./supabase-clients.ts";

let supabase: TestSupabase;

beforeAll(async () => {
  supabase = await openSupabase({ database: "bare" });
  await supabase.sql.unsafe(`
    create table public.things (id int primary key, text text, price numeric, at timestamptz);
    alter table public.things enable row level security;
    create policy mine on public.things to authenticated using (text = (select auth.uid()::text));
    grant all on public.things to service_role;
    grant select, insert on public.things to authenticated;
    create table public.ungranted (id int primary key);`);
});
afterAll(() => supabase[Symbol.asyncDispose]());
beforeEach(() => supabase.history.clear());

const get = (path: string, headers: Record<string, string> = {}) => fetch(supabase.url + path, { headers });
const THINGS = "/rest/v1/things?select=*";

test("rest needs a key of the project; the body of the refusal has no code", async () => {
  const missing = await get(THINGS);
  expect([missing.status, (await readJson(missing)).message]).toEqual([401, "No API key found in request"]);
  const wrong = await get(THINGS, { apikey: `sb_secret_${"of_another_project"}` });
  const body = await readJson(wrong);
  expect([wrong.status, body.message, body.code]).toEqual([401, "Invalid API key", undefined]);
});

test("each key stands for its role, as legacy JWT and as opaque key", async () => {
  const roles: unknown[] = [];
  for (const key of ["serviceKey", "secretKey", "anonKey", "publishableKey"] as const) {
    await clientOf(supabase, supabase[key]).from("things").select();
    roles.push(supabase.history.requests.at(-1)?.role);
  }
  expect(roles).toEqual(["service_role", "service_role", "anon", "anon"]);
});

test("opaque keys look like the real ones, and no two projects share one", async () => {
  await using other = await openSupabase({ database: "bare" });
  expect(supabase.secretKey).toMatch(/^sb_secret_[\w-]{22}_[\w-]{8}$/);
  expect(supabase.publishableKey).toMatch(/^sb_publishable_[\w-]{22}_[\w-]{8}$/);
  expect(other.secretKey).not.toBe(supabase.secretKey);
  const { error } = await clientOf(other, supabase.serviceKey).from("things").select();
  expect(error?.message).toBe("Invalid API key");
});

test("a secret key from a browser is refused", async () => {
  const response = await get(THINGS, { apikey: supabase.secretKey, "user-agent": "Mozilla/5.0" });
  expect(response.status).toBe(401);
});

test("tokens of rest: expired is PGRST303 beyond 30 s, unreadable PGRST301", async () => {
  const ask = async (token: string) => {
    const { error, status } = await clientOf(supabase, supabase.anonKey, token).from("things").select();
    return [status, error?.code, error?.message];
  };
  const sub = crypto.randomUUID();
  const now = Math.floor(Date.now() / 1_000);
  expect(await ask(await supabase.userToken({ sub, exp: now - 60 }))).toEqual([401, "PGRST303", "JWT expired"]);
  expect((await ask(await supabase.userToken({ sub, exp: now - 5 })))[0]).toBe(200);
  expect(await ask(await supabase.sign({ sub, exp: now + 60 }, "another secret, long enough for HS256"))).toEqual([
    401,
    "PGRST301",
    "No suitable key or wrong key type",
  ]);
  expect(await ask("rubbish")).toEqual([401, "PGRST301", "Expected 3 parts in JWT; got 1"]);
});

test("a user's claims reach the policies", async () => {
  const sub = crypto.randomUUID();
  await clientOf(supabase)
    .from("things")
    .insert([
      { id: 1, text: sub },
      { id: 2, text: "somebody else" },
    ]);
  const user = clientOf(supabase, supabase.anonKey, await supabase.userToken({ sub }));
  expect((await user.from("things").select("id")).data).toEqual([{ id: 1 }]);
  const refused = await user.from("things").insert({ id: 3, text: "somebody else" });
  expect([refused.status, refused.error?.code]).toEqual([403, "42501"]);
});

test("a table without a GRANT is refused to the service role too", async () => {
  const { error, status } = await clientOf(supabase).from("ungranted").select();
  expect([status, error?.message]).toEqual([403, "permission denied for table ungranted"]);
});

test("the history knows each request: target, role, status, rows and whether it took effect", async () => {
  const client = clientOf(supabase);
  await client.from("things").upsert([
    { id: 10, text: "a", price: 1.5 },
    { id: 11, text: "b", price: 2 },
  ]);
  await client.from("things").insert({ id: 10, text: "again" });
  await client.from("things").select().eq("id", 10);
  await client.storage.from("bucket").list("folder");
  const seen = supabase.history.requests.map((entry) => ({
    ...{ method: entry.method, table: entry.table, bucket: entry.bucket, role: entry.role },
    ...{ status: entry.status, committed: entry.committed, rowCount: entry.rowCount },
  }));
  const things = { table: "things", bucket: undefined, role: "service_role" };
  expect(seen).toEqual([
    { ...things, method: "POST", status: 201, committed: true, rowCount: 2 },
    { ...things, method: "POST", status: 409, committed: false, rowCount: 1 },
    { ...things, method: "GET", status: 200, committed: false, rowCount: 0 },
    { ...things, table: undefined, bucket: "bucket", method: "POST", status: 200, committed: false, rowCount: 0 },
  ]);
  const [write] = supabase.history.committedTo("things");
  expect(write?.rows?.map(({ id }) => id)).toEqual([10, 11]);
  expect(write?.body).toContain('"price":1.5');
  expect(supabase.history.requests.every(({ startedMs, endedMs = 0 }) => endedMs >= startedMs)).toBe(true);
});

test("the history counts how many requests were open at once, and when each began", async () => {
  const client = clientOf(supabase);
  for (let n = 0; n < 3; n++) await client.from("things").select();
  expect(supabase.history.maxOpen).toBe(1);
  supabase.faults.during(3, { kind: "slow", delayMs: 60 });
  await Promise.all([1, 2, 3].map(() => client.from("things").select()));
  expect(supabase.history.maxOpen).toBe(3);
  const starts = supabase.history.startsMs;
  expect(starts).toEqual(starts.toSorted((a, b) => a - b));
  expect([supabase.history.open, starts.length]).toEqual([0, 6]);
});

test("the history runs on the clock it is given", async () => {
  let now = 1_000;
  await using own = await openSupabase({ database: "bare", nowMs: () => now, recordBodies: false });
  await clientOf(own).from("none").insert({ id: 1 });
  now = 1_500;
  await clientOf(own).from("none").insert({ id: 1 });
  expect(own.history.startsMs).toEqual([1_000, 1_500]);
  expect(own.history.requests[0]?.rows).toBeUndefined();
});

test("a body over the limit is 413 with a page of HTML, and nothing is written", async () => {
  supabase.limits.maxBodyBytes = 200;
  const { error, status } = await clientOf(supabase)
    .from("things")
    .insert({ id: 50, text: "x".repeat(300) });
  supabase.limits.maxBodyBytes = Number.POSITIVE_INFINITY;
  expect([status, error?.message.startsWith("<html>"), error?.code]).toEqual([413, true, undefined]);
  expect(await supabase.sql`select 1 from things where id = 50`).toHaveLength(0);
});

test("the limit of rows and the statement timeout can be changed between requests", async () => {
  await supabase.sql`insert into things select n, 'many' from generate_series(1000, 2099) n`;
  const client = clientOf(supabase);
  expect((await client.from("things").select("id")).data?.length).toBe(1_000);
  supabase.limits.maxRows = 7;
  expect((await client.from("things").select("id")).data?.length).toBe(7);
  supabase.limits.maxRows = 1_000;
  await supabase.sql.unsafe(`create function public.nap() returns void language sql as 'select pg_sleep(5)';
    grant execute on function public.nap() to service_role`);
  supabase.limits.statementTimeoutMs = 50;
  const { error, status } = await client.rpc("nap");
  supabase.limits.statementTimeoutMs = undefined;
  expect([status, error?.code]).toEqual([500, "57014"]);
});

test("a path of no service has no route", async () => {
  const response = await get("/functions/v1/hello");
  expect([response.status, await readJson(response)]).toEqual([404, { message: "no Route matched with those values" }]);
});

test("a project that is closed refuses connections", async () => {
  const own = await openSupabase({ database: "bare" });
  await own[Symbol.asyncDispose]();
  await expect(fetch(own.url)).rejects.toThrow();
});
