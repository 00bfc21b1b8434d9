import type { Database } from "../db/index.ts";
import type { Clock } from "../kit/clock.ts";
import { seconds } from "../kit/duration.ts";
import { toError } from "../kit/errors.ts";
import type { Ids } from "../kit/ids.ts";
import type { Logger } from "../kit/log.ts";
import { createAlertDelivery, type DeliverAlert } from "./alert-delivery.ts";
import {
  createDatabaseErrorRule,
  type DiskSpace,
  judgeDisk,
  judgeEndedRun,
  judgeOverdue,
  judgeSlow,
} from "./alert-rules.ts";
import { type AlertBook, createAlertBook } from "./alerts.ts";
import type { HouseEvents } from "./events.ts";
import type { JobEntry } from "./job-entry.ts";
import type { Runner } from "./runner.ts";
import type { RunRow } from "./views.ts";

/** Judges the house's rules every 30 s and after each run, and gets undelivered alerts out. */
export interface AlertWatch {
  readonly book: AlertBook;
  start(): void;
  /** Looks at everything once. */
  judge(): Promise<void>;
  judgeRun(entry: JobEntry, row: RunRow): Promise<void>;
  reportDatabaseError(): void;
  stop(): Promise<void>;
}

const JUDGE_EVERY_MS = seconds(30);

export interface AlertWatchOptions {
  db: Database;
  clock: Clock;
  ids: Ids;
  log: Logger;
  events: HouseEvents;
  entries: ReadonlyMap<string, JobEntry>;
  runner: () => Runner;
  takesSlots: (entry: JobEntry) => boolean;
  firstSeenAt: (job: string) => string | undefined;
  diskFree: () => DiskSpace | undefined;
  deliver: DeliverAlert | undefined;
  /** Rules of the systems, judged in the same round. */
  judges?: readonly ((book: AlertBook) => Promise<void>)[];
}

export function createAlertWatch(options: AlertWatchOptions): AlertWatch {
  const { db, clock, entries, log } = options;
  const stopping = new AbortController();
  const delivery = createAlertDelivery(options);
  const book = createAlertBook({
    ...options,
    onChange: (row) => void (row.state === "firing" ? delivery.deliverPending() : delivery.deliverResolved(row)),
  });
  const databaseErrors = createDatabaseErrorRule(clock, book);
  let loop: Promise<void> = Promise.resolve();

  const guarded = async (work: () => Promise<void>) => {
    try {
      await work();
    } catch (thrown) {
      log.warn("alerts.unjudged", "The alert rules could not be judged; trying again.", { error: toError(thrown) });
    }
  };
  const judgeIdle = async (entry: JobEntry) => {
    // While it runs its time limit is what ends it; that it is due is being answered.
    if (options.runner().active(entry.definition.name)) return;
    const firstSeenAt = options.firstSeenAt(entry.definition.name);
    await judgeOverdue(db, book, entry, { clock, takesSlots: options.takesSlots(entry), firstSeenAt });
  };
  const judge = () =>
    guarded(async () => {
      await judgeDisk(book, options.diskFree());
      await databaseErrors.judge();
      for (const judgeOwn of options.judges ?? []) await judgeOwn(book);
      for (const entry of entries.values()) await judgeIdle(entry);
      for (const { entry, row } of options.runner().all)
        await judgeSlow(db, book, entry, { run: row, nowMs: clock.now().getTime() });
      void delivery.deliverPending();
    });
  const keepJudging = async () => {
    void delivery.deliverPending();
    while (!stopping.signal.aborted) {
      await clock.sleep(JUDGE_EVERY_MS, stopping.signal).catch(() => undefined);
      if (!stopping.signal.aborted) await judge();
    }
  };

  return {
    book,
    start() {
      loop = keepJudging();
    },
    judge,
    judgeRun: (entry, row) =>
      guarded(async () => {
        await judgeEndedRun(db, book, entry, row);
        await judgeIdle(entry);
      }),
    reportDatabaseError: databaseErrors.report,
    async stop() {
      stopping.abort();
      await loop;
      await delivery.stop();
    },
  };
}
