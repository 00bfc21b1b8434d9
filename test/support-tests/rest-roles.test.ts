import { afterAll, beforeAll, expect, test } from "bun:test";
import type { SupabaseClient } from "@supabase/supabase-js";
import { openRest, type RestBed } from "./rest-harness.ts";

const ANA = "11111111-1111-4111-8111-111111111111";
const LUIS = "22222222-2222-4222-8222-222222222222";

let rest: RestBed;
let service: SupabaseClient;
let anon: SupabaseClient;
let ana: SupabaseClient;

beforeAll(async () => {
  rest = await openRest({ maxRows: 5 });
  service = rest.as("service_role");
  anon = rest.as("anon");
  ana = rest.as("authenticated", { sub: ANA, app_metadata: { tenant_id: "t" } });
});
afterAll(() => rest[Symbol.asyncDispose]());

test("a missing GRANT is 401 for anon and 403 for everybody else, the service role included", async () => {
  const answers = await Promise.all([anon, ana, service].map((client) => client.from("closed").select()));
  expect(answers.map(({ status, error }) => [status, error?.code, error?.message])).toEqual([
    [401, "42501", "permission denied for table closed"],
    [403, "42501", "permission denied for table closed"],
    [403, "42501", "permission denied for table closed"],
  ]);
  await anon.from("closed").select();
  expect(rest.last().headers.get("www-authenticate")).toBe("Bearer");
});

test("policies see the claims: own rows only, and foreign ones cannot be made", async () => {
  const luis = rest.as("authenticated", { sub: LUIS });
  await service.from("trades").insert({ tenant_id: "t", source_id: "luis", owner: LUIS });
  expect(
    (await ana.from("trades").insert({ tenant_id: "t", source_id: "ana" }, { defaultToNull: false })).error,
  ).toBeNull();
  expect(
    (await ana.from("trades").insert([{ tenant_id: "t", source_id: "ana2" }], { defaultToNull: false })).error,
  ).toBeNull();
  expect((await ana.from("trades").select("source_id").order("source_id")).data).toEqual([
    { source_id: "ana" },
    { source_id: "ana2" },
  ]);
  expect((await luis.from("trades").select("source_id")).data).toEqual([{ source_id: "luis" }]);
  const forged = await ana.from("trades").insert({ tenant_id: "t", source_id: "x", owner: LUIS });
  expect([forged.status, forged.error?.code, forged.error?.message]).toEqual([
    403,
    "42501",
    'new row violates row-level security policy for table "trades"',
  ]);
  const foreign = await ana.from("trades").delete({ count: "exact" }).eq("source_id", "luis");
  expect([foreign.status, foreign.count]).toEqual([204, 0]);
  expect((await service.from("trades").select()).data).toHaveLength(3);
});

test("the database sees the request, and nothing of it afterwards", async () => {
  const seen = (await ana.rpc("who")).data as Record<string, unknown>;
  expect(seen).toMatchObject({
    role: "authenticated",
    uid: ANA,
    claims: { sub: ANA, role: "authenticated", app_metadata: { tenant_id: "t" } },
    path: "/rpc/who",
    method: "POST",
    timeout: "8s",
    search_path: '"public", extensions',
  });
  expect(String(seen.agent)).toStartWith("supabase-js/");
  expect((await anon.rpc("who")).data).toMatchObject({ role: "anon", uid: null, timeout: "3s" });
  expect((await service.rpc("who")).data).toMatchObject({ role: "service_role", timeout: "8s" });
});

test("200 interleaved requests of two users never see each other", async () => {
  const users = [ANA, LUIS].map((sub) => ({ sub, client: rest.as("authenticated", { sub }) }));
  const seen = await Promise.all(
    Array.from({ length: 200 }, async (_, index) => {
      const { sub, client } = users[index % 2]!;
      const { data } = await client.rpc("who");
      return (data as { uid: string }).uid === sub;
    }),
  );
  expect(seen.filter((own) => !own)).toEqual([]);
});

test("a statement ends after the time of the caller's role", async () => {
  await rest.sql`alter role anon set statement_timeout = '100ms'`;
  const cut = await anon.rpc("slow", { seconds: 5 });
  expect([cut.status, cut.error?.code, cut.error?.message]).toEqual([
    500,
    "57014",
    "canceling statement due to statement timeout",
  ]);
  expect((await service.rpc("slow", { seconds: 0.15 })).error).toBeNull();
  await rest.sql`alter role anon set statement_timeout = '3s'`;
});

test("a role that the database does not know, and one that the login may not become", async () => {
  const unknown = await rest.as("nobody_here").from("prices").select();
  expect([unknown.status, unknown.error?.code, unknown.error?.message]).toEqual([
    401,
    "22023",
    'role "nobody_here" does not exist',
  ]);
  const superuser = await rest.as("postgres").from("prices").select();
  expect([superuser.status, superuser.error?.code]).toEqual([403, "42501"]);
});

test("the number of rows of one answer can be set", async () => {
  await service.from("numbers").insert(Array.from({ length: 8 }, (_, n) => ({ n })));
  expect((await service.from("numbers").select()).data).toHaveLength(5);
  expect((await service.from("numbers").update({ n: 100 }).eq("n", 7).select()).data).toHaveLength(1);
});

test("a database that is gone is 503", async () => {
  await using other = await openRest();
  expect((await other.as("service_role").from("numbers").select()).error).toBeNull();
  const [{ name } = { name: "" }] = await other.sql<{ name: string }[]>`select current_database() as name`;
  await rest.sql.unsafe(`drop database ${name} with (force)`);
  const { status } = await other.as("service_role").from("numbers").select();
  expect(status).toBe(503);
});
