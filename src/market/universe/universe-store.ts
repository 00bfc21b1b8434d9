import { and, asc, desc, eq, gt, inArray, isNull, lte, or, sql } from "drizzle-orm";
import type { Reader, Writer } from "../../db/index.ts";
import { sourceSnapshots, universeMembers } from "../../db/schema/market.ts";
import type { IsoDate } from "../../kit/dates.ts";
import { IMPORT_SOURCE, saveSnapshot } from "../snapshot-store.ts";
import type { Constituent } from "./constituents-csv.ts";
import type { UniverseChange } from "./validate-constituents.ts";

/** Where a stored list came from. */
export const LIST_SOURCES = ["constituents", IMPORT_SOURCE] as const;
export type ListSource = (typeof LIST_SOURCES)[number];

/** A list as it was received. */
export interface StoredList {
  source: ListSource;
  /** The day of which it speaks. */
  asOf: IsoDate;
}

/** Lists whose origin is remembered: ten years of weeks. The members' own dates stay for ever. */
const KEPT_LISTS = 520;

const keyOf = (universe: string): string => `universe:${universe}`;

type Selecting = Pick<Reader, "select">;

/** The newest list that was known on `asOf`; undefined when there was none. */
export async function loadNewestList(
  reader: Selecting,
  universe: string,
  asOf: IsoDate,
): Promise<StoredList | undefined> {
  const [row] = await reader
    .select({ source: sourceSnapshots.source, asOf: sourceSnapshots.asOf })
    .from(sourceSnapshots)
    .where(
      and(
        inArray(sourceSnapshots.source, [...LIST_SOURCES]),
        eq(sourceSnapshots.key, keyOf(universe)),
        lte(sourceSnapshots.asOf, asOf),
      ),
    )
    .orderBy(desc(sourceSnapshots.asOf), desc(sourceSnapshots.fetchedAt))
    .limit(1);
  return row && { source: row.source as ListSource, asOf: row.asOf };
}

/** Who belonged to the universe on `asOf`, by symbol. `validTo` is the first day without the member. */
export async function loadMembers(reader: Selecting, universe: string, asOf: IsoDate): Promise<Constituent[]> {
  return reader
    .select({ symbol: universeMembers.symbol, name: universeMembers.name, sector: universeMembers.sector })
    .from(universeMembers)
    .where(
      and(
        eq(universeMembers.universe, universe),
        lte(universeMembers.validFrom, asOf),
        or(isNull(universeMembers.validTo), gt(universeMembers.validTo, asOf)),
      ),
    )
    .orderBy(asc(universeMembers.symbol));
}

/** Ends the membership of those who left, begins that of new ones, and takes over changed names and sectors. */
export async function saveMembers(
  tx: Writer,
  list: { universe: string; asOf: IsoDate; members: readonly Constituent[]; previous: readonly Constituent[] },
  { added, removed }: UniverseChange,
): Promise<void> {
  const { universe, asOf, members, previous } = list;
  const isOpen = and(eq(universeMembers.universe, universe), isNull(universeMembers.validTo));
  if (removed.length > 0)
    await tx
      .update(universeMembers)
      .set({ validTo: asOf })
      .where(and(isOpen, inArray(universeMembers.symbol, removed)));
  const isNew = new Set(added);
  const newRows = members
    .filter(({ symbol }) => isNew.has(symbol))
    .map((member) => ({ universe, ...member, validFrom: asOf }));
  if (newRows.length > 0)
    // Left and came back on one day: the row of that day is open again.
    await tx
      .insert(universeMembers)
      .values(newRows)
      .onConflictDoUpdate({
        target: [universeMembers.universe, universeMembers.symbol, universeMembers.validFrom],
        set: { name: sql`excluded.name`, sector: sql`excluded.sector`, validTo: null },
      });
  const before = new Map(previous.map((member) => [member.symbol, member]));
  for (const { symbol, name, sector } of members) {
    const known = before.get(symbol);
    if (!known || (known.name === name && known.sector === sector)) continue;
    await tx
      .update(universeMembers)
      .set({ name, sector })
      .where(and(isOpen, eq(universeMembers.symbol, symbol)));
  }
}

/** Remembers where the list came from, when it was checked, and what it changed. */
export async function saveList(
  tx: Writer,
  { universe, source, asOf }: StoredList & { universe: string },
  { payload, now }: { payload: UniverseChange & { total: number }; now: Date },
): Promise<void> {
  const fetchedAt = now.toISOString();
  await saveSnapshot(tx, { source, key: keyOf(universe), asOf, fetchedAt, payload }, KEPT_LISTS);
}
