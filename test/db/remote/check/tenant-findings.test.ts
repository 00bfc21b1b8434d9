import { afterAll, beforeAll, expect, test } from "bun:test";
import { findTenantFaults } from "../../../../src/db/remote/check/tenant-findings.ts";
import { connectRemote, type RemoteDatabase } from "../../../../src/db/remote/connect.ts";
import { createSystemClock } from "../../../../src/kit/clock.ts";
import { migratedDatabase, type PostgresDatabase } from "../../../support/postgres/index.ts";

let database: PostgresDatabase;
let remote: RemoteDatabase;
const connect = (url: string) =>
  connectRemote({ url, settings: { environment: "development" }, clock: createSystemClock() });

beforeAll(async () => {
  database = await migratedDatabase();
  await database.sql`insert into public.tenants (tenant_id, name) values ('hotel-a', 'Hotel A')`;
  remote = connect(database.url);
});
afterAll(async () => {
  await remote.close();
  await database[Symbol.asyncDispose]();
});

test("A9: a reader of one tenant sees no other through withTenant, and what opens that is an error", async () => {
  expect(await findTenantFaults(remote, "public")).toEqual([]);
  await database.sql`create policy todo on public.tenants for select to app_runtime using (true)`;
  expect(await findTenantFaults(remote, "public")).toMatchObject([
    { id: "RLS008", level: "error", object: "public.tenants" },
  ]);
  await database.sql`drop policy todo on public.tenants`;
});

test("a login that may not take the role is told as a warning, with the SQL that helps", async () => {
  await database.sql.unsafe("create role plain_login login password 'plain'");
  const url = new URL(database.url);
  [url.username, url.password] = ["plain_login", "plain"];
  const plain = connect(url.href);
  expect(await findTenantFaults(plain, "public")).toMatchObject([
    { id: "RLS007", level: "warning", message: expect.stringContaining("42501"), fix: expect.stringMatching(/^grant/) },
  ]);
  await plain.close();
  await database.sql.unsafe("drop role plain_login");
});

test("a table that is not there is told by others, a server that is not there is thrown", async () => {
  expect(await findTenantFaults(remote, "elsewhere")).toEqual([]);
  const url = new URL(database.url);
  url.port = "1";
  await expect(findTenantFaults(connect(url.href), "public")).rejects.toMatchObject({ code: "postgres_failed" });
});
