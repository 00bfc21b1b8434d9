import { type Reader, statement } from "../../db/index.ts";
import type { OwedRow } from "../outbox/owed.ts";

/** A place in a stream's outbox: change numbers are shared by keys that were owed together. */
interface WalkPlace {
  seq: number;
  id: number;
}

export const WALK_START: WalkPlace = { seq: 0, id: 0 };

/** The next owed keys behind a place, in the order of their changes, and where they end. */
export async function loadOwedAfter(
  read: Reader,
  stream: string,
  { after, throughSeq, limit }: { after: WalkPlace; throughSeq: number; limit: number },
): Promise<{ owed: OwedRow[]; end: WalkPlace }> {
  const rows = (await read.all(
    statement(
      `select key, seq, rowid as id from outbox
        where stream = ?1 and seq >= ?2 and (seq > ?2 or rowid > ?3) and seq <= ?4 order by seq, rowid limit ?5`,
      [stream, after.seq, after.id, throughSeq, limit],
    ),
  )) as (OwedRow & WalkPlace)[];
  const last = rows.at(-1);
  return { owed: rows.map(({ key, seq }) => ({ key, seq })), end: last ? { seq: last.seq, id: last.id } : after };
}

/** The newest change number of every stream, all of one moment: what a child points at is part of the same cut. */
export async function loadCut(read: Reader): Promise<ReadonlyMap<string, number>> {
  // Grouping the outbox would read all of it; every stream that ever noted anything is in the other table.
  const rows = (await read.all(
    statement(
      `select stream, last from (
         select stream, (select max(seq) from outbox where outbox.stream = mirror_streams.stream) as last from mirror_streams
       ) where last is not null`,
      [],
    ),
  )) as { stream: string; last: number }[];
  return new Map(rows.map(({ stream, last }) => [stream, last]));
}

/** Which of these keys are still owed at exactly this change. */
export async function loadStillOwed(
  read: Pick<Reader, "all">,
  stream: string,
  owed: readonly OwedRow[],
): Promise<ReadonlySet<string>> {
  const rows = (await read.all(
    statement(
      `select o.key from json_each(?2) j cross join outbox o
        where o.stream = ?1 and o.key = j.value ->> 0 and o.seq = j.value ->> 1`,
      [stream, JSON.stringify(owed.map(({ key, seq }) => [key, seq]))],
    ),
  )) as { key: string }[];
  return new Set(rows.map(({ key }) => key));
}
