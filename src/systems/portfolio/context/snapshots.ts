import { and, desc, eq, gte, inArray, lte, notInArray } from "drizzle-orm";
import type { Database } from "../../../db/index.ts";
import { sourceSnapshots } from "../../../db/schema/market.ts";
import { addDays, utcDate } from "../../../kit/dates.ts";
import type { Feed, FeedName, Reading } from "./feed.ts";

/** Answers kept per figure; only the newest is used, the others are for who wants to look. */
const KEPT = 10;

export interface StoredReading {
  reading: Reading;
  fetchedAt: Date;
}

const keyOf = ({ name }: Feed): string => `context:${name}`;

/** Stores a good answer under the day of `now`, replacing an earlier one of that day. */
export async function saveReading(db: Database, feed: Feed, reading: Reading, now: Date): Promise<void> {
  const row = {
    source: feed.source,
    key: keyOf(feed),
    asOf: utcDate(now),
    fetchedAt: now.toISOString(),
    payload: reading,
  };
  const same = and(eq(sourceSnapshots.source, row.source), eq(sourceSnapshots.key, row.key));
  await db.write(async (tx) => {
    await tx
      .insert(sourceSnapshots)
      .values(row)
      .onConflictDoUpdate({
        target: [sourceSnapshots.source, sourceSnapshots.key, sourceSnapshots.asOf],
        set: { fetchedAt: row.fetchedAt, payload: reading },
      });
    const newest = tx
      .select({ asOf: sourceSnapshots.asOf })
      .from(sourceSnapshots)
      .where(same)
      .orderBy(desc(sourceSnapshots.asOf))
      .limit(KEPT);
    await tx.delete(sourceSnapshots).where(and(same, notInArray(sourceSnapshots.asOf, newest)));
  });
}

/** The last good answer of each feed that is known on the day of `now` and not older than its `usableDays`. */
export async function loadReadings(
  db: Database,
  feeds: readonly Feed[],
  now: Date,
): Promise<Map<FeedName, StoredReading>> {
  const today = utcDate(now);
  const oldest = addDays(today, -Math.max(...feeds.map(({ usableDays }) => usableDays)));
  const rows = await db.read
    .select()
    .from(sourceSnapshots)
    .where(
      and(
        inArray(sourceSnapshots.key, feeds.map(keyOf)),
        lte(sourceSnapshots.asOf, today),
        gte(sourceSnapshots.asOf, oldest),
      ),
    )
    .orderBy(desc(sourceSnapshots.asOf));
  const readings = new Map<FeedName, StoredReading>();
  for (const feed of feeds) {
    const since = addDays(today, -feed.usableDays);
    const row = rows.find(({ source, key, asOf }) => source === feed.source && key === keyOf(feed) && asOf >= since);
    if (row) readings.set(feed.name, { reading: row.payload as Reading, fetchedAt: new Date(row.fetchedAt) });
  }
  return readings;
}
