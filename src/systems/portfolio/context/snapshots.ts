import { addDays, utcDate } from "../../../kit/dates.ts";
import type { SnapshotStore } from "../../../market/snapshot-store.ts";
import type { Feed, FeedName, Reading } from "./feed.ts";

export interface StoredReading {
  reading: Reading;
  fetchedAt: Date;
}

const keyOf = ({ name }: Feed): string => `context:${name}`;

/** Stores a good answer under the day of `now`, replacing an earlier one of that day. */
export function saveReading(store: SnapshotStore, feed: Feed, reading: Reading, now: Date): Promise<void> {
  const { source } = feed;
  return store.save([{ source, key: keyOf(feed), asOf: utcDate(now), fetchedAt: now.toISOString(), payload: reading }]);
}

/**
 * The last good answer of each feed that is known on the day of `now` and not older than its `usableDays`. Midnight is the
 * end of a day: a look back to it must not see what the next one brought.
 */
export async function loadReadings(
  store: SnapshotStore,
  feeds: readonly Feed[],
  now: Date,
): Promise<Map<FeedName, StoredReading>> {
  const asOf = utcDate(new Date(now.getTime() - 1));
  const readings = new Map<FeedName, StoredReading>();
  for (const feed of feeds) {
    const oldest = addDays(asOf, -feed.usableDays);
    const [stored] = await store.load({ sources: [feed.source], key: keyOf(feed), asOf, oldest });
    if (stored) readings.set(feed.name, { reading: stored.payload as Reading, fetchedAt: new Date(stored.fetchedAt) });
  }
  return readings;
}
