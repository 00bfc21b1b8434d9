import { type Database, statement } from "../../db/index.ts";
import { yieldToEventLoop } from "../../kit/clock.ts";
import { loadPresentKeys } from "../rows.ts";
import type { MirrorStream } from "../stream.ts";
import { dropTriggers, loadTriggers } from "./triggers.ts";

/** Keys looked up, and forgotten, at once. */
const PAGE_KEYS = 1_000;

/** Without a mirror nothing is noted. Switched on again, every row is owed. */
export async function stopNoting(db: Database): Promise<void> {
  const triggers = await loadTriggers(db.read);
  const noted = await db.read.all(
    statement("select 1 from mirror_streams where destination is not null or owed_since is not null limit 1", []),
  );
  if (triggers.size === 0 && noted.length === 0) return;
  await db.write(async (tx) => {
    await dropTriggers(tx, triggers.keys());
    await tx.run(statement("update mirror_streams set destination = null, owed_since = null", []));
  });
}

/**
 * Forgets owed keys whose rows are here, and will be owed again when the mirror is back. The others are deletions, which
 * nothing but the outbox knows of: they stay. Rejects with the signal's reason.
 */
export async function forgetOwedRows(
  db: Database,
  streams: readonly MirrorStream[],
  signal?: AbortSignal,
): Promise<void> {
  for (const stream of streams) {
    for (let after: string | undefined = ""; after !== undefined; ) {
      signal?.throwIfAborted();
      after = await forgetPage(db, stream, after);
      await yieldToEventLoop();
    }
  }
}

/** Returns the last key looked at; undefined when there are no more. */
async function forgetPage(db: Database, stream: MirrorStream, after: string): Promise<string | undefined> {
  return db.write(async (tx) => {
    const page = (await tx.all(
      statement("select key from outbox where stream = ? and key > ? order by key limit ?", [
        stream.name,
        after,
        PAGE_KEYS,
      ]),
    )) as { key: string }[];
    if (page.length === 0) return undefined;
    const present = await loadPresentKeys(
      tx,
      stream,
      page.map(({ key }) => key),
    );
    await tx.run(
      statement("delete from outbox where stream = ? and key in (select value from json_each(?))", [
        stream.name,
        JSON.stringify(present),
      ]),
    );
    return page.length < PAGE_KEYS ? undefined : page.at(-1)!.key;
  });
}
