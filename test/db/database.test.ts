import { expect, test } from "bun:test";
import { eq } from "drizzle-orm";
import { tenants } from "../../src/db/schema/index.ts";
import { openTestDatabase } from "../support/database.ts";

const tenant = (tenantId: string) => ({
  tenantId,
  name: tenantId,
  nameFolded: tenantId,
  timezone: "UTC",
  createdAt: "2026-01-01T00:00:00.000Z",
  updatedAt: "2026-01-01T00:00:00.000Z",
});

test("every pooled connection has foreign keys on and waits for locks", async () => {
  await using store = await openTestDatabase();
  const held = [];
  for (let connection = 0; connection < 4; connection++) {
    const foreignKeys = await store.db.client.execute("PRAGMA foreign_keys");
    const synchronous = await store.db.client.execute("PRAGMA synchronous");
    const busy = await store.db.client.execute("PRAGMA busy_timeout");
    expect(Number(foreignKeys.rows[0]?.[0])).toBe(1);
    expect(Number(synchronous.rows[0]?.[0])).toBe(1);
    expect(Number(busy.rows[0]?.[0])).toBe(5_000);
    if (connection < 3) held.push(await store.db.client.transaction("deferred"));
  }
  for (const transaction of held) await transaction.rollback();
});

test("a write that throws stores nothing, and the next one works", async () => {
  await using store = await openTestDatabase();
  const failing = store.db.write(async (tx) => {
    await tx.insert(tenants).values(tenant("norte"));
    throw new Error("half way");
  });
  await expect(failing).rejects.toThrow("half way");
  await store.db.write(async (tx) => void (await tx.insert(tenants).values(tenant("sur"))));
  const rows = await store.db.read.select({ id: tenants.tenantId }).from(tenants);
  expect(rows).toEqual([{ id: "sur" }]);
});

test("concurrent writers queue instead of blocking each other", async () => {
  await using store = await openTestDatabase();
  await store.db.write(async (tx) => void (await tx.insert(tenants).values(tenant("norte"))));
  const rename = (index: number) =>
    store.db.write(async (tx) => {
      const [row] = await tx.select().from(tenants).where(eq(tenants.tenantId, "norte"));
      await Bun.sleep(1);
      await tx
        .update(tenants)
        .set({ name: `${row?.name}${index % 10}` })
        .where(eq(tenants.tenantId, "norte"));
    });
  await Promise.all(Array.from({ length: 30 }, (_, index) => rename(index)));
  const [row] = await store.db.read.select().from(tenants);
  expect(row?.name).toHaveLength("norte".length + 30);
});

test("writes are visible to reads at once", async () => {
  await using store = await openTestDatabase();
  for (let round = 0; round < 20; round++) {
    await store.db.write(async (tx) => void (await tx.insert(tenants).values(tenant(`t${round}x`))));
    expect(await store.db.read.$count(tenants)).toBe(round + 1);
  }
});
