import { type Database, statement } from "../../db/index.ts";

/**
 * Notes for each stream since when something has been owed without a break, and forgets it where nothing is. Looked at every
 * few seconds, so that triggers need no clock: the age of a debt is right to that. A time that has not come yet is of a clock
 * that was wrong or moved (`VIGIA_NOW`), and would keep the stream waiting until then: its debt counts from now.
 */
export async function noteOwedSince(db: Database, now: Date): Promise<void> {
  const at = now.toISOString();
  const changed = await db.read.all(statement(`select 1 from mirror_streams where ${STALE} limit 1`, [at]));
  if (changed.length === 0) return;
  await db.write((tx) =>
    tx.run(statement(`update mirror_streams set owed_since = case when ${IS_OWED} then ?1 end where ${STALE}`, [at])),
  );
}

const IS_OWED = "exists (select 1 from outbox where outbox.stream = mirror_streams.stream)";
const STALE = `((owed_since is null) = ${IS_OWED} or owed_since > ?1)`;
