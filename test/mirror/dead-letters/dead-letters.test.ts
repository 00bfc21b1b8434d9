import { expect, test } from "bun:test";
import { statement } from "../../../src/db/index.ts";
import type { DeadLetterQueue } from "../../../src/db/schema/mirror.ts";
import { createSystemClock } from "../../../src/kit/clock.ts";
import { hours } from "../../../src/kit/duration.ts";
import { createIds } from "../../../src/kit/ids.ts";
import { discardDeadLetters, replayDeadLetters } from "../../../src/mirror/dead-letters/act.ts";
import { dlqStream } from "../../../src/mirror/dead-letters/dlq-stream.ts";
import { deadLetterStats, listDeadLetters, showDeadLetter } from "../../../src/mirror/dead-letters/read.ts";
import { type NewDeadLetter, saveDeadLetters } from "../../../src/mirror/dead-letters/save.ts";
import { computeNextTry } from "../../../src/mirror/dead-letters/schedule.ts";
import { loadRows } from "../../../src/mirror/rows.ts";
import { openTestDatabase, type TestDatabase } from "../../support/database.ts";
import { startOwing } from "../../support/start-owing.ts";
import { openMirrorBench } from "../delivery/bench.ts";

const NOW = new Date("2026-03-02T12:00:00.000Z");
const ids = createIds(createSystemClock());

const letter = (more: Partial<NewDeadLetter> = {}): NewDeadLetter => ({
  queue: "mirror",
  subject: "prices",
  key: '["A"]',
  errorType: "rejected",
  code: "23514",
  message: "no",
  payload: { id: "A" },
  ...more,
});

const save = ({ db }: TestDatabase, letters: NewDeadLetter[], now = NOW) =>
  db.write((tx) => saveDeadLetters(tx, letters, { ids, now }));

const owed = ({ db }: TestDatabase) => db.read.all(statement("select stream, key from outbox order by key", []));

test("tries follow after 1, 6, 24, 24 and 24 hours; a missing parent is waited for five drains before that", () => {
  const waits = (code: string, failures: number[]) =>
    failures.map((attempts) => {
      const next = computeNextTry(attempts, code, NOW);
      return next.state === "parked" ? "parked" : (next.at.getTime() - NOW.getTime()) / hours(1);
    });
  expect(waits("23514", [1, 2, 3, 4, 5, 6, 7])).toEqual([1, 6, 24, 24, 24, "parked", "parked"]);
  expect(waits("23503", [1, 5, 6, 7, 10, 11])).toEqual([0, 0, 1, 6, 24, "parked"]);
});

test("a key has one open letter, which counts its failures and keeps the last one", async () => {
  await using store = await openTestDatabase();
  expect(await save(store, [letter(), letter({ key: '["B"]' })])).toEqual(['["A"]', '["B"]']);
  const later = new Date(NOW.getTime() + hours(1));
  await save(store, [letter({ code: "22P02", message: "not a number", payload: { id: "A", n: "x" } })], later);
  const letters = await listDeadLetters(store.db.read, { limit: 10 });
  expect(letters).toHaveLength(2);
  expect(letters.find(({ key }) => key === '["A"]')).toMatchObject({
    attempts: 2,
    code: "22P02",
    message: "not a number",
    firstFailedAt: NOW.toISOString(),
    lastFailedAt: later.toISOString(),
    nextTryAt: new Date(later.getTime() + hours(6)).toISOString(),
  });
});

test("payloads beyond 64 KiB leave their size and hash; messages end after 2,000 characters", async () => {
  await using store = await openTestDatabase();
  await save(store, [letter({ payload: { text: "ñ".repeat(40_000) }, message: "m".repeat(9_000) })]);
  const [summary] = await listDeadLetters(store.db.read, { limit: 1 });
  expect(summary).not.toHaveProperty("payload");
  const { payload, message } = await showDeadLetter(store.db.read, summary!.id);
  expect(payload).toEqual({ left_out: { bytes: 80_011, sha256: summary!.payloadSha256 } });
  expect(message).toHaveLength(2_000);
});

test("lists page through filters, newest first, and statistics count them", async () => {
  await using store = await openTestDatabase();
  for (let number = 0; number < 7; number++) await save(store, [letter({ key: `["${number}"]` })]);
  await save(store, [letter({ queue: "erp", subject: "documents" })]);
  const first = await listDeadLetters(store.db.read, { queue: "mirror", limit: 4 });
  const rest = await listDeadLetters(store.db.read, { queue: "mirror", limit: 4, cursor: first.at(-1)!.id });
  expect([...first, ...rest].map(({ key }) => key)).toEqual([6, 5, 4, 3, 2, 1, 0].map((number) => `["${number}"]`));
  expect(await listDeadLetters(store.db.read, { subject: "documents", state: "parked", limit: 4 })).toEqual([]);
  expect(await deadLetterStats(store.db.read)).toMatchObject([
    { queue: "erp", subject: "documents", state: "open", letters: 1 },
    { queue: "mirror", subject: "prices", state: "open", letters: 7 },
  ]);
});

test("replaying owes the key again and keeps the letter; discarding closes it; a closed or unknown one is refused", async () => {
  await using store = await openTestDatabase();
  await save(store, [letter(), letter({ key: '["B"]' })]);
  const target = { queue: "mirror" as const, subject: "prices" };
  expect(await replayDeadLetters(store.db, target, NOW)).toBe(2);
  expect(await owed(store)).toEqual([
    { stream: "prices", key: '["A"]' },
    { stream: "prices", key: '["B"]' },
  ]);
  const [one] = await listDeadLetters(store.db.read, { state: "open", limit: 1 });
  expect(await discardDeadLetters(store.db, { id: one!.id }, NOW)).toBe(1);
  expect(await showDeadLetter(store.db.read, one!.id)).toMatchObject({ state: "discarded", resolution: "discarded" });
  await expect(replayDeadLetters(store.db, { id: one!.id }, NOW)).rejects.toMatchObject({ code: "dead_letter_closed" });
  await expect(showDeadLetter(store.db.read, "none")).rejects.toMatchObject({ code: "unknown_dead_letter" });
  await expect(discardDeadLetters(store.db, { id: "none" }, NOW)).rejects.toMatchObject({
    code: "unknown_dead_letter",
  });
});

test("other queues can be discarded, and say that they cannot be replayed", async () => {
  await using store = await openTestDatabase();
  for (const queue of ["erp", "inbound", "outbound", "job"] satisfies DeadLetterQueue[]) {
    await save(store, [letter({ queue })]);
    await expect(replayDeadLetters(store.db, { queue }, NOW)).rejects.toMatchObject({ code: "not_replayable" });
    expect(await discardDeadLetters(store.db, { queue }, NOW)).toBe(1);
  }
  expect(await owed(store)).toEqual([]);
});

test("letters that were ever parked are mirrored as permanent failures, but never the stream's own", async () => {
  await using store = await openTestDatabase();
  await startOwing(store.db, [dlqStream], () => "there");
  await save(store, [
    letter({ tenantId: "hotel", payload: { id: "A" } }),
    letter({ subject: "dlq_permanent_failures" }),
  ]);
  expect(await owed(store)).toEqual([]);
  await store.db.write((tx) =>
    tx.run(statement("update dead_letters set state = 'parked', attempts = 6, parked_at = ?", [NOW.toISOString()])),
  );
  const [{ key } = { key: "" }, ...others] = (await owed(store)) as { key: string }[];
  expect(others).toEqual([]);
  await store.db.write((tx) =>
    tx.run(
      statement("update dead_letters set state = 'resolved', resolution = 'delivered', resolved_at = ?", [
        NOW.toISOString(),
      ]),
    ),
  );
  const rows = await loadRows(store.db.read, dlqStream, [key]);
  expect(rows.get(key)).toMatchObject({
    tenant_id: "hotel",
    channel: "mirror",
    message_id: 'prices ["A"]',
    error_message: "no",
    retry_count: 6,
    payload: { id: "A" },
    created_at: NOW.toISOString(),
    resolution: "replayed",
  });
});

test("a parked letter arrives in dlq_permanent_failures as the remote schema has it", async () => {
  await using bench = await openMirrorBench({ streams: [dlqStream] });
  await bench.supabase.sql.unsafe(await Bun.file("supabase/migrations/0004_add_dlq.sql").text());
  await bench.supabase.sql.unsafe("grant all on dlq_permanent_failures to service_role");
  await save(bench.store, [letter()]);
  await bench.run("update dead_letters set state = 'parked', parked_at = ?", [NOW.toISOString()]);
  expect(await bench.drain()).toMatchObject({ delivered: { dlq_permanent_failures: 1 }, filed: 0, left: 0 });
  expect(await bench.remote("dlq_permanent_failures")).toMatchObject([
    { channel: "mirror", message_id: 'prices ["A"]', retry_count: 1, resolved_at: null },
  ]);
});
