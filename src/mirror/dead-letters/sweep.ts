import { type Database, statement } from "../../db/index.ts";
import { DEAD_LETTER_QUEUES } from "../../db/schema/mirror.ts";
import { yieldToEventLoop } from "../../kit/clock.ts";
import { days } from "../../kit/duration.ts";

/** Concordance 3. */
const CLOSED_DAYS = 90;
/** Letters of one transaction: others get their turn between two. */
const LETTERS_A_PAGE = 1_000;

/** Deletes letters of all queues that were resolved or discarded more than 90 days ago. Returns how many. */
export async function sweepDeadLetters(db: Database, now: Date): Promise<number> {
  const before = new Date(now.getTime() - days(CLOSED_DAYS)).toISOString();
  // All queues are named because the index begins with them.
  const closed = statement(
    `delete from dead_letters where id in (
       select id from dead_letters
        where queue in (select value from json_each(?)) and state in ('resolved', 'discarded') and resolved_at < ? limit ?)`,
    [JSON.stringify(DEAD_LETTER_QUEUES), before, LETTERS_A_PAGE],
  );
  for (let deleted = 0; ; ) {
    const { rowsAffected } = await db.write((tx) => tx.run(closed));
    deleted += rowsAffected;
    if (rowsAffected < LETTERS_A_PAGE) return deleted;
    await yieldToEventLoop();
  }
}
