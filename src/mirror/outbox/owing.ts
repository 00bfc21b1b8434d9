import { type Database, statement, type Writer } from "../../db/index.ts";
import { yieldToEventLoop } from "../../kit/clock.ts";
import { keyExpression, type MirrorStream, sourceOf } from "../stream.ts";
import { createTriggers, dropTriggers, loadTriggers, renderTriggers } from "./triggers.ts";

/** Keys owed in one transaction, which holds the event loop: about 10 ms. */
const PAGE_ROWS = 1_000;

/** A stream whose rows are all to be owed, and for where. */
interface UnowedStream {
  stream: MirrorStream;
  destination: string;
}

/**
 * Makes every stream note its changes for `destination`. Returns those of which all rows are to be owed by `oweUnowed`, which
 * takes longer the more rows they have: streams that are new, declared otherwise than before, or owed to another destination.
 * Killed anywhere, the next start does the rest.
 */
export async function startNoting(
  db: Database,
  streams: readonly MirrorStream[],
  destinationOf: (stream: MirrorStream) => string,
): Promise<readonly UnowedStream[]> {
  const present = await loadTriggers(db.read);
  const wanted = renderTriggers(streams);
  const unowed: UnowedStream[] = [];
  for (const stream of streams) {
    const triggers = wanted.filter((trigger) => trigger.stream === stream.name);
    const destination = destinationOf(stream);
    const same = triggers.every(({ name, sql }) => present.get(name) === sql);
    if (same && (await loadDestination(db, stream)) === destination) continue;
    await db.write(async (tx) => {
      await dropTriggers(
        tx,
        triggers.map(({ name }) => name),
      );
      await createTriggers(tx, triggers);
      await forgetDelivered(tx, stream);
    });
    unowed.push({ stream, destination });
  }
  const names = new Set(wanted.map(({ name }) => name));
  const others = [...present.keys()].filter((name) => !names.has(name));
  if (others.length > 0) await db.write((tx) => dropTriggers(tx, others));
  return unowed;
}

/** Owes every row of these streams, and notes of each that it did. Rejects with the signal's reason. */
export async function oweUnowed(db: Database, unowed: readonly UnowedStream[], signal?: AbortSignal): Promise<void> {
  for (const { stream, destination } of unowed) {
    await oweAll(db, stream, signal);
    await db.write((tx) =>
      tx.run(statement("update mirror_streams set destination = ? where stream = ?", [destination, stream.name])),
    );
  }
}

async function loadDestination(db: Database, { name }: MirrorStream): Promise<string | null> {
  const [row] = (await db.read.all(statement("select destination from mirror_streams where stream = ?", [name]))) as {
    destination: string | null;
  }[];
  return row?.destination ?? null;
}

/**
 * What was said of the old destination, or of the old declaration, says nothing of this one. `probe_at` stays: it says that a
 * delivery was cut off whose request may still be on its way; and a block ends with each start anyway.
 */
async function forgetDelivered(tx: Writer, { name, kind }: MirrorStream): Promise<void> {
  await tx.run(
    statement(
      `insert into mirror_streams (stream) values (?) on conflict (stream) do update set destination = null,
         failures = 0, batch_rows = null, batches_accepted = 0, dropped_columns = '[]', last_error = null, checked_at = null,
         local_count = null, remote_count = null, reconciled_at = null`,
      [name],
    ),
  );
  if (kind === "objects") await tx.run(statement("delete from mirror_objects where stream = ?", [name]));
}

/** Owes every key of the stream, in pages between which others have their turn. Rejects with the signal's reason. */
export async function oweAll(db: Database, stream: MirrorStream, signal?: AbortSignal): Promise<void> {
  const { from, where } = sourceOf(stream);
  const next = "(select coalesce(max(seq), 0) + 1 from outbox where stream = ?)";
  for (let after: number | null = Number.MIN_SAFE_INTEGER; after !== null; ) {
    signal?.throwIfAborted();
    const start: number = after;
    after = await db.write(async (tx) => {
      const [page] = (await tx.all(
        statement(
          `select max(id) as last, count(*) as rows from
             (select rowid as id from "${stream.table}" where rowid > ? order by rowid limit ?)`,
          [start, PAGE_ROWS],
        ),
      )) as [{ last: number | null; rows: number }];
      if (page.last === null) return null;
      await tx.run(
        statement(
          `insert into outbox (stream, key, seq) select ?, ${keyExpression(stream)}, ${next}
             from ${from} where (${where}) and t.rowid > ? and t.rowid <= ?
           on conflict (stream, key) do update set seq = excluded.seq`,
          [stream.name, stream.name, start, page.last],
        ),
      );
      return page.rows < PAGE_ROWS ? null : page.last;
    });
    // The store is synchronous: without this, awaiting it gives nobody else a turn.
    await yieldToEventLoop();
  }
}
