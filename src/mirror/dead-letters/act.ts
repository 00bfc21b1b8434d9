import { type Database, statement, type Writer } from "../../db/index.ts";
import type { DeadLetterQueue } from "../../db/schema/mirror.ts";
import { VigiaError } from "../../kit/errors.ts";
import { unknownDeadLetter } from "./read.ts";
import { oweLetters } from "./retry.ts";

/** Which letters are meant: one, or all of a queue that wait. */
export type DeadLetterTarget = { id: string } | { queue: DeadLetterQueue; subject?: string | undefined };

interface Waiting {
  id: string;
  queue: DeadLetterQueue;
  subject: string;
  key: string;
  state: string;
}

/** Letters taken in one transaction. */
const PAGE = 1_000;

/**
 * Tries again now what waiting letters are about; they close when it is accepted. Returns how many. Errors: `unknown_dead_letter`,
 * `dead_letter_closed`, `not_replayable` for queues whose work nobody repeats yet.
 */
export async function replayDeadLetters(db: Database, target: DeadLetterTarget, now: Date): Promise<number> {
  return forEachPage(db, target, async (tx, letters) => {
    const other = letters.find(({ queue }) => queue !== "mirror");
    if (other) throw notReplayable(other.queue);
    await oweLetters(tx, letters, now);
  });
}

/**
 * Gives up what waiting letters are about: it is not filed again while it stays as it is. Returns how many. Errors:
 * `unknown_dead_letter`, `dead_letter_closed`.
 */
export async function discardDeadLetters(db: Database, target: DeadLetterTarget, now: Date): Promise<number> {
  return forEachPage(db, target, (tx, letters) =>
    tx.run(
      statement(
        `update dead_letters set state = 'discarded', resolution = 'discarded', resolved_at = ?, next_try_at = null
          where id in (select value from json_each(?))`,
        [now.toISOString(), JSON.stringify(letters.map(({ id }) => id))],
      ),
    ),
  );
}

async function forEachPage(
  db: Database,
  target: DeadLetterTarget,
  work: (tx: Writer, letters: readonly Waiting[]) => Promise<unknown>,
): Promise<number> {
  let done = 0;
  for (let after = ""; ; ) {
    const page = await db.write(async (tx) => {
      const letters = "id" in target ? [await loadOne(tx, target.id)] : await loadWaiting(tx, target, after);
      if (letters.length > 0) await work(tx, letters);
      return letters;
    });
    done += page.length;
    if (page.length < PAGE) return done;
    after = page.at(-1)!.id;
  }
}

async function loadOne(tx: Writer, id: string): Promise<Waiting> {
  const [letter] = (await tx.all(
    statement("select id, queue, subject, key, state from dead_letters where id = ?", [id]),
  )) as Waiting[];
  if (!letter) throw unknownDeadLetter();
  if (letter.state !== "open" && letter.state !== "parked") throw closed(letter.state);
  return letter;
}

async function loadWaiting(
  tx: Writer,
  { queue, subject }: { queue: DeadLetterQueue; subject?: string | undefined },
  after: string,
): Promise<Waiting[]> {
  return (await tx.all(
    statement(
      `select id, queue, subject, key, state from dead_letters
        where queue = ?1 and (?2 is null or subject = ?2) and state in ('open', 'parked') and id > ?3 order by id limit ?4`,
      [queue, subject ?? null, after, PAGE],
    ),
  )) as Waiting[];
}

const closed = (state: string) =>
  new VigiaError("dead_letter_closed", `This dead letter is ${state} already.`, {
    hint: "Only open and parked ones can be replayed or discarded.",
  });

const notReplayable = (queue: DeadLetterQueue) =>
  new VigiaError("not_replayable", `Dead letters of the queue ${queue} cannot be replayed.`, {
    hint: "Discard them, or let their system try the work again.",
  });
