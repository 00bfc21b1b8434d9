import { afterAll, beforeAll, expect, test } from "bun:test";
import { connectRemote, type RemoteDatabase } from "../../../src/db/remote/connect.ts";
import { withTenant } from "../../../src/db/remote/with-tenant.ts";
import { createSystemClock } from "../../../src/kit/clock.ts";
import { migratedDatabase, type PostgresDatabase } from "../../support/postgres/index.ts";

let database: PostgresDatabase;
let remote: RemoteDatabase;

beforeAll(async () => {
  database = await migratedDatabase();
  await database.sql`insert into public.tenants (tenant_id, name) values ('hotel-a', 'Hotel A'), ('hotel-b', 'Hotel B')`;
  await database.sql`insert into public.tenant_user_identifiers (tenant_id, kind, identifier)
    values ('hotel-a', 'phone', '1'), ('hotel-b', 'phone', '2')`;
  const settings = { environment: "development", postgresPoolSize: 3 } as const;
  remote = connectRemote({ url: database.url, settings, clock: createSystemClock() });
});
afterAll(async () => {
  await remote.close();
  await database[Symbol.asyncDispose]();
});

const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => "done",
    (thrown) => thrown.sqlState ?? thrown.code,
  );
const loadMine = "select tenant_id, identifier from public.tenant_user_identifiers";

test("200 interleaved transactions of two tenants over three connections see their own rows alone", async () => {
  const seen = await Promise.all(
    Array.from({ length: 200 }, async (_, index) => {
      const tenantId = index % 2 === 0 ? "hotel-a" : "hotel-b";
      const rows = await withTenant(remote, tenantId, (query) => query(loadMine), { readOnly: true });
      return rows.length === 1 && rows[0]?.tenant_id === tenantId;
    }),
  );
  expect(seen).toEqual(Array(200).fill(true));
});

test("role and tenant end with the transaction", async () => {
  await withTenant(remote, "hotel-a", (query) => query(loadMine));
  const after = await Promise.all(
    [1, 2, 3].map(() =>
      remote.transaction({}, (query) =>
        query("select current_user as who, nullif(current_setting('app.current_tenant_id', true), '') as tenant"),
      ),
    ),
  );
  expect(after.flat()).toEqual(Array(3).fill({ who: "postgres", tenant: null }));
});

test("another tenant's rows cannot be read, made, moved or taken over", async () => {
  const as = (text: string) => withTenant(remote, "hotel-a", (query) => query(text));
  expect(await as(`${loadMine} where tenant_id = 'hotel-b'`)).toEqual([]);
  const insert = "insert into public.tenant_user_identifiers (tenant_id, kind, identifier)";
  expect(await codeOf(as(`${insert} values ('hotel-b', 'phone', '3')`))).toBe("42501");
  expect(await codeOf(as("update public.tenant_user_identifiers set tenant_id = 'hotel-b'"))).toBe("42501");
  expect(await as("delete from public.tenant_user_identifiers where tenant_id = 'hotel-b' returning 1")).toEqual([]);
  const upsert = `${insert} values ('hotel-a', 'phone', '2') on conflict (kind, identifier) do update set tenant_id = 'hotel-a'`;
  expect(await codeOf(as(upsert))).toBe("42501");
});

test("what is no active tenant is refused before anything is sent", async () => {
  const silent = { transaction: () => Promise.reject(new Error("something was sent")) };
  const hostile = [
    "",
    "a",
    "A-B",
    "hotel a",
    "hotel-a'; --",
    "../x",
    "x".repeat(51),
    "é1",
    "null\u0000",
    "a".repeat(10_000),
  ];
  for (const tenantId of [...hostile, undefined, null, 7] as string[])
    expect(await codeOf(withTenant(silent, tenantId, async () => 1))).toBe("tenant_unknown");
  const options = { isActive: (tenantId: string) => tenantId !== "hotel-a" };
  expect(await codeOf(withTenant(silent, "hotel-a", async () => 1, options))).toBe("tenant_unknown");
});

test("a login that may not take the role gets no further", async () => {
  await database.sql.unsafe("create role stranger_login login password 'stranger'");
  const url = new URL(database.url);
  [url.username, url.password] = ["stranger_login", "stranger"];
  const stranger = connectRemote({
    url: url.href,
    settings: { environment: "development" },
    clock: createSystemClock(),
  });
  let reached = false;
  const refused = withTenant(stranger, "hotel-a", async () => {
    reached = true;
  });
  expect([await codeOf(refused), reached]).toEqual(["42501", false]);
  await stranger.close();
  await database.sql.unsafe("drop role stranger_login");
});
