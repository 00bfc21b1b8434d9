import { afterAll, beforeAll, expect, test } from "bun:test";
import { openSupabase, type TestSupabase } from "../support/supabase/index.ts";
import { clientOf, readJson, toldBy } from "./supabase-clients.ts";

const BUCKET = "files";
const JSON_TYPE = { contentType: "application/json" };
let supabase: TestSupabase;

beforeAll(async () => {
  supabase = await openSupabase({ database: "bare" });
  await clientOf(supabase).storage.createBucket(BUCKET);
  const own = `bucket_id = '${BUCKET}' and (storage.foldername(name))[1] = (select auth.uid()::text)`;
  await supabase.sql.unsafe(`
    create policy own_select on storage.objects for select to authenticated using (${own});
    create policy own_insert on storage.objects for insert to authenticated with check (${own});
    create policy own_update on storage.objects for update to authenticated using (${own});
    create policy own_delete on storage.objects for delete to authenticated using (${own});`);
});
afterAll(() => supabase[Symbol.asyncDispose]());

async function signIn() {
  const sub = crypto.randomUUID();
  const token = await supabase.userToken({ sub });
  return { sub, token, files: clientOf(supabase, supabase.anonKey, token).storage.from(BUCKET) };
}

const upload = (files: Awaited<ReturnType<typeof signIn>>["files"], key: string, upsert = false) =>
  files.upload(key, Buffer.from("{}"), { ...JSON_TYPE, upsert });

test("a user does everything in the own folder", async () => {
  const { sub, files } = await signIn();
  const key = `${sub}/a.json`;
  expect((await upload(files, key)).error).toBeNull();
  expect((await upload(files, key, true)).error).toBeNull();
  expect((await files.download(key)).error).toBeNull();
  expect((await files.list(sub)).data?.map(({ name }) => name)).toEqual(["a.json"]);
  const [row] = await supabase.sql`select owner, owner_id from storage.objects where name = ${key}`;
  expect(row).toEqual({ owner: sub, owner_id: sub });
  expect((await files.remove([key])).data?.length).toBe(1);
});

test("another user's folder refuses writes, and reads as if it were empty", async () => {
  const [ana, other] = [await signIn(), await signIn()];
  const key = `${ana.sub}/a.json`;
  await upload(ana.files, key);
  for (const refused of [await upload(other.files, `${ana.sub}/b.json`), await upload(other.files, key, true)]) {
    expect(toldBy(refused.error)).toEqual([400, "403", "AccessDenied", "new row violates row-level security policy"]);
  }
  const hidden = await fetch(`${supabase.url}/storage/v1/object/${BUCKET}/${key}`, {
    headers: { authorization: `Bearer ${other.token}` },
  });
  expect([hidden.status, await hidden.json()]).toEqual([
    400,
    { statusCode: "404", error: "not_found", message: "Object not found", code: "NoSuchKey" },
  ]);
  expect((await other.files.list(ana.sub)).data).toEqual([]);
  expect((await other.files.remove([key])).data).toEqual([]);
  expect((await ana.files.exists(key)).data).toBe(true);
});

test("the service role passes every policy", async () => {
  const { sub } = await signIn();
  const files = clientOf(supabase).storage.from(BUCKET);
  expect((await upload(files, `${sub}/s.json`)).error).toBeNull();
  expect((await files.remove([`${sub}/s.json`])).data?.length).toBe(1);
});

test("a download treats a bad token as none: the private bucket does not exist", async () => {
  const { sub, files } = await signIn();
  await upload(files, `${sub}/a.json`);
  const expired = await supabase.userToken({ sub, exp: 1_000 });
  const forged = await supabase.sign({ sub, role: "service_role" }, "another secret, long enough for HS256");
  for (const authorization of [`Bearer ${expired}`, `Bearer ${forged}`, "Bearer rubbish", undefined]) {
    const response = await fetch(`${supabase.url}/storage/v1/object/${BUCKET}/${sub}/a.json`, {
      headers: authorization === undefined ? {} : { authorization },
    });
    expect([response.status, (await readJson(response)).code]).toEqual([400, "NoSuchBucket"]);
  }
});

test("every other route refuses bad tokens in its own words", async () => {
  const sub = crypto.randomUUID();
  const list = async (authorization?: string) => {
    const response = await fetch(`${supabase.url}/storage/v1/object/list/${BUCKET}`, {
      method: "POST",
      headers: { "content-type": "application/json", ...(authorization ? { authorization } : {}) },
      body: '{"prefix":""}',
    });
    const { statusCode, error, message, code } = await readJson(response);
    return [response.status, statusCode, error, message, code];
  };
  const denied = (message: string) => [400, "403", "Unauthorized", message, "AccessDenied"];
  expect(await list(`Bearer ${await supabase.userToken({ sub, exp: 1_000 })}`)).toEqual(
    denied('"exp" claim timestamp check failed'),
  );
  expect(await list(`Bearer ${await supabase.sign({ sub }, "another secret, long enough for HS256")}`)).toEqual(
    denied("signature verification failed"),
  );
  expect(await list(`Bearer sb_secret_${"of_another_project"}`)).toEqual(denied("Invalid Compact JWS"));
  expect(await list()).toEqual([
    400,
    "400",
    "Error",
    "headers must have required property 'authorization'",
    "InvalidRequest",
  ]);
  const unknownRole = await list(`Bearer ${await supabase.sign({ role: "nobody_knows" })}`);
  expect([unknownRole[0], unknownRole[1], unknownRole[4]]).toEqual([500, "500", "DatabaseError"]);
  // A token without a role is anonymous, and sees nothing.
  expect((await list(`Bearer ${await supabase.sign({ sub })}`))[0]).toBe(200);
});

test("the new secret key is the service role, the publishable one anonymous", async () => {
  const secret = clientOf(supabase, supabase.secretKey).storage;
  expect((await secret.getBucket(BUCKET)).data?.id).toBe(BUCKET);
  const publishable = clientOf(supabase, supabase.publishableKey).storage;
  expect(toldBy((await publishable.getBucket(BUCKET)).error)[2]).toBe("NoSuchBucket");
});
