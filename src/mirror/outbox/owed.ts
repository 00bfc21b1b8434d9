import { type Reader, statement, type Writer } from "../../db/index.ts";

/** A key that is owed, and the change number that its delivery has to match. */
export interface OwedRow {
  key: string;
  seq: number;
}

/** How many keys of a stream are owed, counted up to `limit`. */
export async function countOwed(read: Reader, stream: string, limit: number): Promise<number> {
  const [row] = (await read.all(
    statement("select count(*) as owed from (select 1 from outbox where stream = ? limit ?)", [stream, limit]),
  )) as { owed: number }[];
  return row?.owed ?? 0;
}

/** Everything that is owed, by stream. */
export async function countAllOwed(read: Reader): Promise<ReadonlyMap<string, number>> {
  const rows = (await read.all(statement("select stream, count(*) as owed from outbox group by stream", []))) as {
    stream: string;
    owed: number;
  }[];
  return new Map(rows.map(({ stream, owed }) => [stream, owed]));
}

/** Takes accepted keys out; one that changed again in the meantime has another change number and stays. */
export async function settleOwed(tx: Writer, stream: string, rows: readonly OwedRow[]): Promise<void> {
  await tx.run(
    statement(
      `delete from outbox where rowid in (select o.rowid from json_each(?2) j cross join outbox o
         where o.stream = ?1 and o.key = j.value ->> 0 and o.seq = j.value ->> 1)`,
      [stream, JSON.stringify(rows.map(({ key, seq }) => [key, seq]))],
    ),
  );
}

/** Owes keys as a change would. */
export async function owe(tx: Writer, stream: string, keys: readonly string[]): Promise<void> {
  await tx.run(
    statement(
      `insert into outbox (stream, key, seq)
         select ?1, value, (select coalesce(max(seq), 0) + 1 from outbox where stream = ?1) from json_each(?2) where true
       on conflict (stream, key) do update set seq = excluded.seq`,
      [stream, JSON.stringify(keys)],
    ),
  );
}
