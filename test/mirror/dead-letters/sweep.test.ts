import { expect, test } from "bun:test";
import { statement } from "../../../src/db/index.ts";
import { DEAD_LETTER_QUEUES, DEAD_LETTER_STATES } from "../../../src/db/schema/mirror.ts";
import { days } from "../../../src/kit/duration.ts";
import { dlqStream } from "../../../src/mirror/dead-letters/dlq-stream.ts";
import { sweepDeadLetters } from "../../../src/mirror/dead-letters/sweep.ts";
import { openTestDatabase, type TestDatabase } from "../../support/database.ts";
import { startOwing } from "../../support/start-owing.ts";

const NOW = new Date("2026-03-02T12:00:00.000Z");
const ago = (ms: number) => new Date(NOW.getTime() - ms).toISOString();
const LIMIT_MS = days(90);

interface Filed {
  id: string;
  queue?: string;
  state: string;
  closedAt: string;
  parkedAt?: string;
}

const file = ({ db }: TestDatabase, letters: readonly Filed[]) =>
  db.write((tx) =>
    tx.run(
      statement(
        `insert into dead_letters (id, queue, subject, key, error_type, message, state, first_failed_at, last_failed_at,
           parked_at, resolved_at)
         select value ->> 'id', coalesce(value ->> 'queue', 'mirror'), 'prices', value ->> 'id', 'rejected', 'no',
           value ->> 'state', ?1, ?1, value ->> 'parkedAt', value ->> 'closedAt' from json_each(?2)`,
        [ago(days(400)), JSON.stringify(letters)],
      ),
    ),
  );

const left = async ({ db }: TestDatabase) =>
  ((await db.read.all(statement("select id from dead_letters order by id", []))) as { id: string }[]).map(
    ({ id }) => id,
  );

test("letters of every queue that were closed more than 90 days ago go, and none that wait however old", async () => {
  await using store = await openTestDatabase();
  const letters = DEAD_LETTER_QUEUES.flatMap((queue) =>
    DEAD_LETTER_STATES.flatMap((state) => {
      const each = (id: string, closedAt: string) => ({ id: `${queue} ${state} ${id}`, queue, state, closedAt });
      return [each("old", ago(LIMIT_MS + 1)), each("young", ago(LIMIT_MS))];
    }),
  );
  await file(store, letters);
  expect(await sweepDeadLetters(store.db, NOW)).toBe(DEAD_LETTER_QUEUES.length * 2);
  const stays = letters.filter(({ id, state }) => id.endsWith("young") || state === "open" || state === "parked");
  expect(await left(store)).toEqual(stays.map(({ id }) => id).sort());
  expect(await sweepDeadLetters(store.db, NOW)).toBe(0);
});

test("many go in transactions of at most 1,000", async () => {
  await using store = await openTestDatabase();
  const letters = Array.from({ length: 2_500 }, (_, index) => ({
    id: `letter ${index}`,
    state: "resolved",
    closedAt: ago(LIMIT_MS + 1),
  }));
  await file(store, letters);
  const sizes: number[] = [];
  const counting: typeof store.db = {
    ...store.db,
    read: store.db.read,
    write: async (work, ...rest) => {
      const before = (await left(store)).length;
      const result = await store.db.write(work, ...rest);
      sizes.push(before - (await left(store)).length);
      return result;
    },
  };
  expect(await sweepDeadLetters(counting, NOW)).toBe(2_500);
  expect(sizes).toEqual([1_000, 1_000, 500]);
});

test("what was mirrored of a letter leaves Supabase with it", async () => {
  await using store = await openTestDatabase();
  await startOwing(store.db, [dlqStream], () => "there");
  const closedAt = ago(LIMIT_MS + 1);
  await file(store, [
    { id: "given up", state: "discarded", closedAt, parkedAt: ago(days(200)) },
    { id: "never given up", state: "resolved", closedAt },
  ]);
  await store.db.write((tx) => tx.run(statement("delete from outbox", [])));
  expect(await sweepDeadLetters(store.db, NOW)).toBe(2);
  expect(await store.db.read.all(statement("select key from outbox", []))).toEqual([{ key: '["given up"]' }]);
});
