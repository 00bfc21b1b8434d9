import { and, desc, eq, getTableColumns, inArray, lt, sql } from "drizzle-orm";
import type { Reader } from "../../db/index.ts";
import { type DeadLetterQueue, type DeadLetterState, deadLetters } from "../../db/schema/mirror.ts";
import { VigiaError } from "../../kit/errors.ts";

const { payload: _, ...summary } = getTableColumns(deadLetters);

export type DeadLetter = typeof deadLetters.$inferSelect;
/** Without the payload, which lists need not carry. */
export type DeadLetterSummary = Omit<DeadLetter, "payload">;

export interface DeadLetterFilter {
  queue?: DeadLetterQueue | undefined;
  subject?: string | undefined;
  state?: DeadLetterState | undefined;
}

/** Letters, newest first: at most `limit` of those before the id `cursor`. */
export async function listDeadLetters(
  read: Reader,
  { queue, subject, state, limit, cursor }: DeadLetterFilter & { limit: number; cursor?: string | undefined },
): Promise<DeadLetterSummary[]> {
  // Ids are uuids v7: they sort by time.
  return read
    .select(summary)
    .from(deadLetters)
    .where(
      and(
        queue === undefined ? undefined : eq(deadLetters.queue, queue),
        subject === undefined ? undefined : eq(deadLetters.subject, subject),
        state === undefined ? undefined : eq(deadLetters.state, state),
        cursor === undefined ? undefined : lt(deadLetters.id, cursor),
      ),
    )
    .orderBy(desc(deadLetters.id))
    .limit(limit);
}

/** One letter with its payload. Error: `unknown_dead_letter`. */
export async function showDeadLetter(read: Reader, id: string): Promise<DeadLetter> {
  const [letter] = await read.select().from(deadLetters).where(eq(deadLetters.id, id));
  if (!letter) throw unknownDeadLetter();
  return letter;
}

export interface DeadLetterCount {
  queue: DeadLetterQueue;
  subject: string;
  state: DeadLetterState;
  letters: number;
  firstFailedAt: string;
}

/** How many letters there are of each queue, subject and state, and since when. */
export async function deadLetterStats(
  read: Reader,
  { queue, subject }: Pick<DeadLetterFilter, "queue" | "subject"> = {},
): Promise<DeadLetterCount[]> {
  return read
    .select({
      queue: deadLetters.queue,
      subject: deadLetters.subject,
      state: deadLetters.state,
      letters: sql<number>`count(*)`,
      firstFailedAt: sql<string>`min(${deadLetters.firstFailedAt})`,
    })
    .from(deadLetters)
    .where(
      and(
        queue === undefined ? undefined : eq(deadLetters.queue, queue),
        subject === undefined ? undefined : eq(deadLetters.subject, subject),
      ),
    )
    .groupBy(deadLetters.queue, deadLetters.subject, deadLetters.state)
    .orderBy(deadLetters.queue, deadLetters.subject, deadLetters.state);
}

/** How many letters of each queue and subject wait for a try or for a person. */
export async function countWaitingLetters(
  read: Reader,
): Promise<{ queue: DeadLetterQueue; subject: string; letters: number }[]> {
  return read
    .select({ queue: deadLetters.queue, subject: deadLetters.subject, letters: sql<number>`count(*)` })
    .from(deadLetters)
    .where(inArray(deadLetters.state, ["open", "parked"]))
    .groupBy(deadLetters.queue, deadLetters.subject);
}

export const unknownDeadLetter = () =>
  new VigiaError("unknown_dead_letter", "There is no dead letter with this id.", {
    hint: "`vigia dead-letters list` shows those that there are.",
  });
