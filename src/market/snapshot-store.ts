import { and, desc, eq, gte, inArray, lte, notInArray } from "drizzle-orm";
import type { Database, Writer } from "../db/index.ts";
import { sourceSnapshots } from "../db/schema/market.ts";
import type { IsoDate } from "../kit/dates.ts";

/** Source name of what was imported from a file. */
export const IMPORT_SOURCE = "import";

/** Answers kept per source and key: enough for an analysis of last week, no archive. */
const KEPT = 10;

export interface Snapshot {
  source: string;
  /** `fundamentals:YPF`, `macro:usd`, `context:stocks`, `universe:sp500`. */
  key: string;
  /** Date on which the payload was known. */
  asOf: IsoDate;
  fetchedAt: string;
  payload: unknown;
}

export interface SnapshotStore {
  /** Stores the answers of one call in one transaction, replacing those of the same source, key and date. */
  save(snapshots: readonly Snapshot[]): Promise<void>;
  /** The newest answer of each of `sources` that was known on `asOf` and not before `oldest`; newest first. */
  load(query: { sources: readonly string[]; key: string; asOf: IsoDate; oldest: IsoDate }): Promise<Snapshot[]>;
}

/** Last good answers of slow sources: reused as stale within limits, never invented. */
export function createSnapshotStore(db: Database): SnapshotStore {
  return {
    save: (snapshots) =>
      db.write(async (tx) => {
        for (const snapshot of snapshots) await saveSnapshot(tx, snapshot);
      }),
    async load({ sources, key, asOf, oldest }) {
      const rows = await db.read
        .select()
        .from(sourceSnapshots)
        .where(
          and(
            inArray(sourceSnapshots.source, [...sources]),
            eq(sourceSnapshots.key, key),
            lte(sourceSnapshots.asOf, asOf),
            gte(sourceSnapshots.asOf, oldest),
          ),
        )
        .orderBy(desc(sourceSnapshots.asOf), desc(sourceSnapshots.fetchedAt));
      return rows.filter((row, index) => rows.findIndex(({ source }) => source === row.source) === index);
    },
  };
}

/** Stores one answer in place of that of the same source, key and date; of source and key the newest `kept` dates stay. */
export async function saveSnapshot(tx: Writer, snapshot: Snapshot, kept = KEPT): Promise<void> {
  const { source, key, asOf, fetchedAt, payload } = snapshot;
  await tx
    .insert(sourceSnapshots)
    .values({ source, key, asOf, fetchedAt, payload })
    .onConflictDoUpdate({
      target: [sourceSnapshots.source, sourceSnapshots.key, sourceSnapshots.asOf],
      set: { fetchedAt, payload },
    });
  const same = and(eq(sourceSnapshots.source, source), eq(sourceSnapshots.key, key));
  const newest = tx
    .select({ asOf: sourceSnapshots.asOf })
    .from(sourceSnapshots)
    .where(same)
    .orderBy(desc(sourceSnapshots.asOf))
    .limit(kept);
  await tx.delete(sourceSnapshots).where(and(same, notInArray(sourceSnapshots.asOf, newest)));
}
