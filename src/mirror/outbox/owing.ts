import { type Database, statement, type Writer } from "../../db/index.ts";
import { keyExpression, type MirrorStream, sourceOf } from "../stream.ts";
import { createTriggers, dropTriggers, loadTriggers, renderTriggers } from "./triggers.ts";

/** Keys owed in one transaction: a table of half a million rows must not hold up the other writers. */
const PAGE_ROWS = 5_000;

/**
 * Makes every stream note its changes for `destination`. A stream that is new, declared otherwise than before, or owed to
 * another destination owes all of its rows again, once. Killed anywhere, the next start does the rest.
 */
export async function startOwing(
  db: Database,
  streams: readonly MirrorStream[],
  destinationOf: (stream: MirrorStream) => string,
): Promise<void> {
  const present = await loadTriggers(db.read);
  const wanted = new Set<string>();
  for (const stream of streams) {
    const triggers = renderTriggers(stream);
    for (const { name } of triggers) wanted.add(name);
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
    await oweAll(db, stream);
    await db.write((tx) =>
      tx.run(statement("update mirror_streams set destination = ? where stream = ?", [destination, stream.name])),
    );
  }
  await dropOthers(db, present, wanted, streams);
}

async function loadDestination(db: Database, { name }: MirrorStream): Promise<string | null> {
  const [row] = (await db.read.all(statement("select destination from mirror_streams where stream = ?", [name]))) as {
    destination: string | null;
  }[];
  return row?.destination ?? null;
}

/** What was said of the old destination, or of the old declaration, says nothing of this one. */
async function forgetDelivered(tx: Writer, { name, kind }: MirrorStream): Promise<void> {
  await tx.run(
    statement(
      `insert into mirror_streams (stream) values (?) on conflict (stream) do update set destination = null,
         blocked_reason = null, blocked_code = null, blocked_at = null, probe_at = null, batch_rows = null,
         batches_accepted = 0, dropped_columns = '[]', last_error = null, checked_at = null, local_count = null,
         remote_count = null, reconciled_at = null`,
      [name],
    ),
  );
  if (kind === "objects") await tx.run(statement("delete from mirror_objects where stream = ?", [name]));
}

/** Streams that this version does not have any more. */
async function dropOthers(
  db: Database,
  present: ReadonlyMap<string, string>,
  wanted: ReadonlySet<string>,
  streams: readonly MirrorStream[],
): Promise<void> {
  const names = JSON.stringify(streams.map(({ name }) => name));
  const triggers = [...present.keys()].filter((name) => !wanted.has(name));
  await db.write(async (tx) => {
    await dropTriggers(tx, triggers);
    for (const table of ["outbox", "mirror_streams"])
      await tx.run(statement(`delete from ${table} where stream not in (select value from json_each(?))`, [names]));
  });
}

/** Owes every key of the stream, in pages. */
export async function oweAll(db: Database, stream: MirrorStream): Promise<void> {
  const { from, where } = sourceOf(stream);
  const next = "(select coalesce(max(seq), 0) + 1 from outbox where stream = ?)";
  for (let after: number | null = 0; after !== null; ) {
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
  }
}
