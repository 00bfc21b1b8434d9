import { describe, expect, test } from "bun:test";
import { eq } from "drizzle-orm";
import { sourceSnapshots } from "../../src/db/schema/market.ts";
import { createSnapshotStore, saveSnapshot } from "../../src/market/snapshot-store.ts";
import { openTestDatabase } from "../support/database.ts";

const days = Array.from({ length: 14 }, (_, day) => `2026-01-${String(day + 10)}`);
const usd = {
  source: "bcra",
  key: "macro:usd",
  asOf: "2026-01-20",
  fetchedAt: "2026-01-20T10:00:00.000Z",
  payload: [],
};

describe("answers of slow sources", () => {
  test("only the newest answers of a source and key are kept", async () => {
    await using bench = await openTestDatabase();
    const store = createSnapshotStore(bench.db);
    for (const asOf of days) await store.save([{ ...usd, asOf }]);
    await store.save([{ ...usd, source: "import", asOf: "2020-01-01" }]);
    const kept = await bench.db.read.select().from(sourceSnapshots).where(eq(sourceSnapshots.source, "bcra"));
    expect(kept.map(({ asOf }) => asOf).sort()).toEqual(days.slice(4));
    const all = { sources: ["bcra", "import"], key: "macro:usd", asOf: "2026-01-20", oldest: "2019-01-01" };
    expect((await store.load(all)).map(({ source, asOf }) => [source, asOf])).toEqual([
      ["bcra", "2026-01-20"],
      ["import", "2020-01-01"],
    ]);
  });

  test("a caller may keep more, or fewer, than the usual", async () => {
    await using bench = await openTestDatabase();
    for (const kept of [14, 3]) {
      await bench.db.write(async (tx) => {
        for (const asOf of days) await saveSnapshot(tx, { ...usd, asOf }, kept);
      });
      expect(await bench.db.read.$count(sourceSnapshots)).toBe(kept);
    }
  });

  test("a second answer of one day takes the place of the first", async () => {
    await using bench = await openTestDatabase();
    const store = createSnapshotStore(bench.db);
    const later = { ...usd, fetchedAt: "2026-01-20T18:00:00.000Z", payload: [{ date: "2026-01-20", value: 1 }] };
    await store.save([usd, later]);
    const query = { sources: ["bcra"], key: "macro:usd", asOf: "2026-01-31", oldest: "2026-01-20" };
    expect(await store.load(query)).toEqual([later]);
    expect(await store.load({ ...query, oldest: "2026-01-21" })).toEqual([]);
    expect(await store.load({ ...query, asOf: "2026-01-19" })).toEqual([]);
    expect(await store.load({ ...query, key: "macro:cer" })).toEqual([]);
  });
});
