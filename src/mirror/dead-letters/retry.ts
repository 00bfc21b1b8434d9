import { type Database, type Reader, statement, type Writer } from "../../db/index.ts";
import { hours } from "../../kit/duration.ts";
import { owe } from "../outbox/owed.ts";
import { LONGEST_RETRY_DELAY_MS } from "./schedule.ts";

/** Letters owed again in one transaction. */
const LETTERS_PER_DRAIN = 1_000;
/** A letter that is owed again and still open a day later has lost its debt, and is owed once more. */
const ASK_AGAIN_MS = hours(24);

/** Its time has come, or is later than any that is noted now: the clock was wrong then, or moved (`VIGIA_NOW`). */
const DUE = "(next_try_at <= ?1 or next_try_at > ?2)";
const dueArgs = (now: Date, streams: readonly string[]): string[] => [
  now.toISOString(),
  new Date(now.getTime() + Math.max(LONGEST_RETRY_DELAY_MS, ASK_AGAIN_MS)).toISOString(),
  JSON.stringify(streams),
];

/** Whether the time of a letter of one of these streams has come. */
export async function hasDueLetters(read: Reader, now: Date, streams: readonly string[]): Promise<boolean> {
  const found = await read.all(
    statement(
      `select 1 from dead_letters
        where queue = 'mirror' and state = 'open' and ${DUE} and subject in (select value from json_each(?3)) limit 1`,
      dueArgs(now, streams),
    ),
  );
  return found.length > 0;
}

/** Owes the rows of these streams again whose letters' time has come. Returns the streams that have some. */
export async function retryDue(db: Database, now: Date, streams: readonly string[]): Promise<ReadonlySet<string>> {
  if (!(await hasDueLetters(db.read, now, streams))) return new Set();
  return db.write(async (tx) => {
    const due = (await tx.all(
      statement(
        `select id, subject, key from dead_letters
          where queue = 'mirror' and state = 'open' and ${DUE} and subject in (select value from json_each(?3))
          order by next_try_at limit ?4`,
        [...dueArgs(now, streams), LETTERS_PER_DRAIN],
      ),
    )) as MirrorLetter[];
    await oweLetters(tx, due, now);
    return new Set(due.map(({ subject }) => subject));
  });
}

interface MirrorLetter {
  id: string;
  subject: string;
  key: string;
}

/** Owes what these letters are about. They stay open until it is accepted. */
export async function oweLetters(tx: Writer, letters: readonly MirrorLetter[], now: Date): Promise<void> {
  const keys = Map.groupBy(letters, ({ subject }) => subject);
  for (const [stream, group] of keys)
    await owe(
      tx,
      stream,
      group.map(({ key }) => key),
    );
  await tx.run(
    statement(
      `update dead_letters set next_try_at = ?
        where state = 'open' and id in (select value from json_each(?))`,
      [new Date(now.getTime() + ASK_AGAIN_MS).toISOString(), JSON.stringify(letters.map(({ id }) => id))],
    ),
  );
}
