import { expect, test } from "bun:test";
import { statement } from "../../src/db/index.ts";
import { createAlertBook } from "../../src/jobs/alerts.ts";
import type { HouseEvent } from "../../src/jobs/events.ts";
import { savePaused } from "../../src/jobs/slot-store.ts";
import { minutes } from "../../src/kit/duration.ts";
import { createEventBus } from "../../src/kit/events.ts";
import { createIds } from "../../src/kit/ids.ts";
import { silentLogger } from "../../src/kit/log.ts";
import { clearMirrorAlerts, judgeMirror } from "../../src/mirror/alerts.ts";
import { MIRROR_DRAIN } from "../../src/mirror/job-names.ts";
import { noteOwedSince } from "../../src/mirror/outbox/owed-since.ts";
import { SUPABASE_PEER } from "../../src/mirror/remote/peer.ts";
import type { RowStream } from "../../src/mirror/stream.ts";
import { loadSettings } from "../../src/settings.ts";
import { createFakeClock } from "../support/clock.ts";
import { NOWHERE } from "../support/dead-letters.ts";
import { openThings, things } from "./outbox/things.ts";

const others: RowStream = { ...things, name: "others" };

/** The real book of alerts beside a mirror of two streams. */
async function openAlerts() {
  const store = await openThings([things, others]);
  const { db } = store;
  const clock = createFakeClock();
  const ids = createIds(clock);
  const events = createEventBus<HouseEvent>({ now: clock.now });
  const book = createAlertBook({ db, clock, ids, log: silentLogger, events, onChange() {} });
  const parts = {
    settings: loadSettings(NOWHERE).settings,
    db,
    clock,
    ids,
    log: silentLogger,
    streams: [things, others],
  };
  return {
    ...store,
    clock,
    book,
    judge: async () => {
      await noteOwedSince(db, clock.now());
      await judgeMirror(parts, book);
    },
    firing: async () =>
      (
        (await db.read.all(
          statement(
            `select rule || ' ' || subject || ' ' || level as "alert" from alerts where state = 'firing' order by 1`,
            [],
          ),
        )) as { alert: string }[]
      ).map(({ alert }) => alert),
    message: async () => (await db.read.all(statement("select message from alerts where state = 'firing'", [])))[0],
    letter: (queue: string, state: string) =>
      store.run(
        `insert into dead_letters (id, queue, subject, key, error_type, message, state, first_failed_at, last_failed_at)
           values (?, ?, 'things', ?, 'rejected', 'no', ?, 'x', 'x')`,
        `${queue} ${state}`,
        queue,
        state,
        state,
      ),
    warn: (rule: string, subject: string) => book.raise({ rule, subject, level: "warning", message: "said before" }),
  };
}

test("what is owed for more than 15 minutes raises mirror.lag, which says whether the mirror is paused, and ends it", async () => {
  await using mirror = await openAlerts();
  await mirror.run("insert into things values ('a', 1, 0, null)");
  await mirror.judge();
  await mirror.clock.advance(minutes(15));
  await mirror.judge();
  expect(await mirror.firing()).toEqual([]);
  await mirror.clock.advance(minutes(1));
  await mirror.judge();
  expect(await mirror.firing()).toEqual(["mirror.lag  warning"]);
  expect(await mirror.message()).toEqual({ message: "Supabase is 16 min behind: 2 keys are owed." });
  await savePaused(mirror.db, MIRROR_DRAIN, true, mirror.clock.now().toISOString());
  await mirror.judge();
  expect(await mirror.message()).toEqual({
    message: "Supabase is 16 min behind: 2 keys are owed, and the mirror is paused.",
  });
  await mirror.run("delete from outbox");
  await mirror.judge();
  expect(await mirror.firing()).toEqual([]);
});

test("a blocked stream raises mirror.blocked with its reason until it is sent again", async () => {
  await using mirror = await openAlerts();
  await mirror.run("update mirror_streams set blocked_reason = 'no such table' where stream = 'things'");
  await mirror.judge();
  expect(await mirror.firing()).toEqual(["mirror.blocked things critical"]);
  expect(await mirror.message()).toEqual({ message: "The mirror of things is blocked: no such table" });
  await mirror.run("update mirror_streams set blocked_reason = null");
  await mirror.judge();
  expect(await mirror.firing()).toEqual([]);
});

test("parked letters of the mirror raise dead_letters.parked; open ones and those of other queues do not", async () => {
  await using mirror = await openAlerts();
  await mirror.letter("mirror", "open");
  await mirror.letter("erp", "parked");
  await mirror.judge();
  expect(await mirror.firing()).toEqual([]);
  await mirror.letter("mirror", "parked");
  await mirror.judge();
  expect(await mirror.firing()).toEqual(["dead_letters.parked mirror warning"]);
  await mirror.run("update dead_letters set state = 'discarded'");
  await mirror.judge();
  expect(await mirror.firing()).toEqual([]);
});

test("alerts of a stream that is gone end; those of the project and of other rules stay", async () => {
  await using mirror = await openAlerts();
  for (const subject of ["old_table", "things", SUPABASE_PEER]) await mirror.warn("mirror.count_mismatch", subject);
  for (const subject of ["old_table", SUPABASE_PEER]) await mirror.warn("mirror.blocked", subject);
  await mirror.warn("job.failing", "old_table");
  await mirror.judge();
  expect(await mirror.firing()).toEqual([
    "job.failing old_table warning",
    `mirror.blocked ${SUPABASE_PEER} warning`,
    `mirror.count_mismatch ${SUPABASE_PEER} warning`,
    "mirror.count_mismatch things warning",
  ]);
});

test("switched off, the mirror ends all of its alerts and no others", async () => {
  await using mirror = await openAlerts();
  await mirror.book.raise({ rule: "mirror.lag", level: "warning", message: "said before" });
  for (const subject of ["old_table", "things", SUPABASE_PEER]) await mirror.warn("mirror.blocked", subject);
  await mirror.warn("mirror.count_mismatch", "others");
  for (const subject of ["mirror", "erp"])
    for (const rule of ["dead_letters.parked", "dead_letters.growing"]) await mirror.warn(rule, subject);
  await mirror.warn("job.failing", "mirror");
  await clearMirrorAlerts(mirror.db, mirror.book);
  expect(await mirror.firing()).toEqual([
    "dead_letters.growing erp warning",
    "dead_letters.parked erp warning",
    "job.failing mirror warning",
  ]);
});
