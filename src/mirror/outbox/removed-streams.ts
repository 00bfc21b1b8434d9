import { type Database, statement } from "../../db/index.ts";
import type { MirrorStream } from "../stream.ts";

/** Lets go of streams that this version does not have any more: nobody would send what they owe, or retry their letters. */
export async function forgetRemovedStreams(db: Database, streams: readonly MirrorStream[], now: Date): Promise<void> {
  const names = JSON.stringify(streams.map(({ name }) => name));
  const found = await db.read.all(
    statement(`select 1 where exists (${REMOVED}) or exists (select 1 from dead_letters where ${WAITING})`, [names]),
  );
  if (found.length === 0) return;
  await db.write(async (tx) => {
    // The list of what is removed goes last.
    for (const table of ["outbox", "mirror_objects", "mirror_streams"])
      await tx.run(statement(`delete from ${table} where stream in (${REMOVED})`, [names]));
    await tx.run(
      statement(
        `update dead_letters set state = 'discarded', resolution = 'discarded', resolved_at = ?2, next_try_at = null
          where ${WAITING}`,
        [names, now.toISOString()],
      ),
    );
  });
}

/** Each stream that ever noted anything has a row there. */
const REMOVED = "select stream from mirror_streams where stream not in (select value from json_each(?1))";
const WAITING = `queue = 'mirror' and state in ('open', 'parked')
  and subject not in (select value from json_each(?1))`;
