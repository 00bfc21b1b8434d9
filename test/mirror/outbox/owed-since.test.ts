import { expect, test } from "bun:test";
import { statement } from "../../../src/db/index.ts";
import { minutes } from "../../../src/kit/duration.ts";
import { hasDueLetters, retryDue } from "../../../src/mirror/dead-letters/retry.ts";
import { hasDueStream } from "../../../src/mirror/delivery/due.ts";
import { noteOwedSince } from "../../../src/mirror/outbox/owed-since.ts";
import { loadMirrorStatus } from "../../../src/mirror/status.ts";
import { loadSettings } from "../../../src/settings.ts";
import { createFakeClock } from "../../support/clock.ts";
import { NOWHERE } from "../../support/dead-letters.ts";
import { openMirrorBench, parents } from "../delivery/bench.ts";
import { openThings, owedKeys, things } from "./things.ts";

const NOW = new Date("2026-03-02T12:00:00.000Z");
const LATER = new Date(NOW.getTime() + minutes(5));
const FUTURE = "2031-01-01T00:00:00.000Z";
const { settings } = loadSettings(NOWHERE);
const idle: ReadonlySet<string> = new Set();

/** One owed row, and what the mirror remembers of its stream and says about it. */
async function openDebt() {
  const store = await openThings();
  await store.fill(1);
  const { db } = store;
  return {
    ...store,
    since: async () => {
      const [row] = (await db.read.all(statement("select owed_since as since from mirror_streams", []))) as {
        since: string | null;
      }[];
      return row?.since;
    },
    lag: async (now: Date) =>
      (await loadMirrorStatus({ db, streams: [things], settings, clock: createFakeClock(now.toISOString()) }))
        .lag_seconds,
  };
}

test("a debt has the age that it had when it was first seen, until nothing is owed", async () => {
  await using debt = await openDebt();
  await noteOwedSince(debt.db, NOW);
  await noteOwedSince(debt.db, LATER);
  expect([await debt.since(), await debt.lag(LATER)]).toEqual([NOW.toISOString(), 300]);
  await debt.run("delete from outbox");
  await noteOwedSince(debt.db, LATER);
  expect(await debt.since()).toBeNull();
});

test("a debt noted by a clock that ran ahead counts from now, and grows old again", async () => {
  await using debt = await openDebt();
  await noteOwedSince(debt.db, new Date(FUTURE));
  await noteOwedSince(debt.db, NOW);
  await noteOwedSince(debt.db, LATER);
  expect([await debt.since(), await debt.lag(LATER)]).toEqual([NOW.toISOString(), 300]);
});

test("a time ahead is forgotten where nothing is owed", async () => {
  await using debt = await openDebt();
  await noteOwedSince(debt.db, new Date(FUTURE));
  await debt.run("delete from outbox");
  await noteOwedSince(debt.db, NOW);
  expect(await debt.since()).toBeNull();
});

test("a dead letter whose next try lies later than any schedule goes is tried now, and then by the schedule", async () => {
  await using store = await openThings();
  for (const [key, at] of [
    ["ahead", FUTURE],
    ["tomorrow", new Date(NOW.getTime() + minutes(60 * 24)).toISOString()],
  ])
    await store.run(
      `insert into dead_letters (id, queue, subject, key, error_type, message, state, first_failed_at, last_failed_at, next_try_at)
         values (?1, 'mirror', 'things', ?1, 'rejected', 'no', 'open', 'x', 'x', ?2)`,
      key!,
      at!,
    );
  expect(await hasDueLetters(store.db.read, NOW, ["things"])).toBeTrue();
  expect(await retryDue(store.db, NOW, ["things"])).toEqual(new Set(["things"]));
  expect(await owedKeys(store.db)).toEqual(["things ahead"]);
  expect(await hasDueLetters(store.db.read, NOW, ["things"])).toBeFalse();
});

for (const blocked of [false, true])
  test(`a ${blocked ? "blocked" : "free"} stream that is not to be tried before a time far ahead is delivered all the same`, async () => {
    await using bench = await openMirrorBench({ streams: [{ ...parents, writers: ["job"] }] });
    await bench.addParents(["a"]);
    await bench.run("update mirror_streams set probe_at = ?, blocked_reason = ?", [FUTURE, blocked ? "no" : null]);
    expect(await hasDueStream(bench.parts, idle)).toBeTrue();
    // Whoever left that time may have sent something: for a minute nothing may overtake it.
    expect(await bench.drain({ all: false })).toMatchObject({ left: 1 });
    bench.clock.jump(minutes(1));
    expect(await bench.drain({ all: false })).toMatchObject({ delivered: { parents: 1 }, left: 0 });
  });
