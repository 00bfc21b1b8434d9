import { type Reader, statement, type Writer } from "../../db/index.ts";
import type { DeadLetterQueue } from "../../db/schema/mirror.ts";

/** Whether a subject has letters that an accepted key would resolve: mostly not, and then nobody needs to look them up. */
export async function hasOpenLetters(read: Reader, queue: DeadLetterQueue, subject: string): Promise<boolean> {
  const found = await read.all(
    statement("select 1 from dead_letters where queue = ? and subject = ? and state in ('open', 'parked') limit 1", [
      queue,
      subject,
    ]),
  );
  return found.length > 0;
}

/** What was refused has been accepted, in this revision or a newer one. */
export async function resolveLetters(
  tx: Writer,
  { queue, subject, keys, now }: { queue: DeadLetterQueue; subject: string; keys: readonly string[]; now: Date },
): Promise<void> {
  await tx.run(
    statement(
      `update dead_letters set state = 'resolved', resolution = 'delivered', resolved_at = ?, next_try_at = null
        where queue = ? and subject = ? and state in ('open', 'parked') and key in (select value from json_each(?))`,
      [now.toISOString(), queue, subject, JSON.stringify(keys)],
    ),
  );
}
