import { type Database, statement } from "../../db/index.ts";

/**
 * Notes for each stream since when something has been owed without a break, and forgets it where nothing is. Looked at every
 * few seconds, so that triggers need no clock: the age of a debt is right to that.
 */
export async function noteOwedSince(db: Database, now: Date): Promise<void> {
  const changed = await db.read.all(statement(`select 1 from mirror_streams where ${STALE} limit 1`, []));
  if (changed.length === 0) return;
  await db.write((tx) =>
    tx.run(
      statement(`update mirror_streams set owed_since = case when owed_since is null then ? end where ${STALE}`, [
        now.toISOString(),
      ]),
    ),
  );
}

const STALE = "(owed_since is null) = exists (select 1 from outbox where outbox.stream = mirror_streams.stream)";
