import type { Database } from "../db/index.ts";
import type { Clock } from "../kit/clock.ts";
import { days, seconds } from "../kit/duration.ts";
import { toError } from "../kit/errors.ts";
import type { Ids } from "../kit/ids.ts";
import type { Logger } from "../kit/log.ts";
import type { HouseEvents } from "./events.ts";
import type { JobEntry } from "./job-entry.ts";
import type { PendingRetries } from "./pending-retries.ts";
import { hasRun, insertRun, loadRuns, type NewRun } from "./run-store.ts";
import type { Runner } from "./runner.ts";
import {
  type ClaimedSlots,
  claimSlots,
  forgetSlotsAhead,
  type JobMemory,
  loadJobMemories,
  saveScheduledThrough,
  takeBackShutdownSlots,
} from "./slot-store.ts";
import { decideFates, endsOlderRetries, type SlotFate } from "./slots.ts";

/** Longest sleep between two looks at the clock: a jump of the clock is noticed within this. */
const LOOK_EVERY_MS = seconds(30);
/** Wait after a look that failed: the database refused. */
const AGAIN_MS = seconds(5);
/** Wait when something came due during the look. */
const SHORTEST_NAP_MS = 100;
/** Smaller steps back are the ordinary work of a time service. */
const STEP_BACK_MS = seconds(1);
/** `slot.skipped` events of one look; a long downtime must not push everything else out of the bus's memory. */
const SKIP_EVENTS_AT_ONCE = 20;

export interface Scheduler {
  /** Meets missed slots, pending retries and jobs that never ran; then goes on in the background. */
  start(): Promise<void>;
  /** Takes no more slots. Resolves when the loop has ended. */
  stop(): Promise<void>;
  /** Slots that came due while stopping are recorded as `skipped(shutdown)`. */
  recordShutdownSlots(): Promise<void>;
  /** Looks at the clock now: a run has ended, a retry was planned, a job was paused. */
  wake(): void;
  readonly lastTickAt: Date | null;
}

export interface SchedulerOptions {
  db: Database;
  clock: Clock;
  ids: Ids;
  log: Logger;
  events: HouseEvents;
  bootId: string;
  entries: ReadonlyMap<string, JobEntry>;
  runner: Runner;
  retries: PendingRetries;
  /** A disabled or paused job, or a scheduler that is switched off, takes no slots. */
  takesSlots: (entry: JobEntry) => boolean;
}

/** What is known of a job between two looks. */
interface Position {
  /** Slots up to here have their fate. */
  through: Date;
  /** The next slot after it, computed once. */
  next: Date | undefined;
}

export function createScheduler(options: SchedulerOptions): Scheduler {
  const { clock, entries, log } = options;
  const positions = new Map<string, Position>();
  const stopping = new AbortController();
  let napping: AbortController | undefined;
  let wakeAsked = false;
  let lastTickAt: Date | null = null;
  let loop: Promise<void> = Promise.resolve();

  const look = async (): Promise<boolean> => {
    lastTickAt = clock.now();
    try {
      for (const entry of entries.values()) {
        if (stopping.signal.aborted) return true;
        await meetSlots(options, positions, entry);
      }
      await options.retries.startDue();
      return true;
    } catch (thrown) {
      log.error("scheduler.failed", "The scheduler could not record its slots; trying again.", {
        error: toError(thrown),
      });
      return false;
    }
  };

  const nap = async (lookedWell: boolean) => {
    const dueMs = [...positions.values()].map(({ next }) => next?.getTime() ?? Number.POSITIVE_INFINITY);
    const leftMs = Math.min(...dueMs, options.retries.nextAt() ?? Number.POSITIVE_INFINITY) - clock.now().getTime();
    const napMs = leftMs <= 0 ? SHORTEST_NAP_MS : Math.min(leftMs, LOOK_EVERY_MS);
    if (wakeAsked) return;
    napping = new AbortController();
    const ended = AbortSignal.any([napping.signal, stopping.signal]);
    await clock.sleep(lookedWell ? napMs : AGAIN_MS, ended).catch(() => undefined);
  };

  const keepLooking = async (lookedWell: boolean) => {
    for (let well = lookedWell; !stopping.signal.aborted; ) {
      await nap(well);
      wakeAsked = false;
      if (!stopping.signal.aborted) well = await look();
    }
  };

  return {
    async start() {
      await openPositions(options, positions);
      const well = await look();
      await runNewJobs(options);
      loop = keepLooking(well);
    },
    async stop() {
      stopping.abort();
      await loop;
    },
    async recordShutdownSlots() {
      for (const entry of entries.values())
        if (positions.has(entry.definition.name)) await meetSlots(options, positions, entry, "shutdown");
      await savePositions(options, positions);
    },
    wake() {
      wakeAsked = true;
      napping?.abort();
    },
    get lastTickAt() {
      return lastTickAt;
    },
  };
}

/** A job begins where its record ends; a new one begins now, without a past. */
async function openPositions(options: SchedulerOptions, positions: Map<string, Position>): Promise<void> {
  const { db, clock, entries } = options;
  const memories = await loadJobMemories(db);
  for (const entry of entries.values()) {
    const through = await firstPosition(options, entry, memories.get(entry.definition.name), clock.now());
    positions.set(entry.definition.name, { through, next: entry.schedule.next(through) });
  }
}

async function firstPosition(
  { db }: SchedulerOptions,
  { definition }: JobEntry,
  memory: JobMemory | undefined,
  now: Date,
): Promise<Date> {
  if (!memory?.scheduledThrough) {
    const through = await firstSight(db, definition.name, now);
    await db.write((tx) => saveScheduledThrough(tx, definition.name, through.toISOString(), now.toISOString()));
    return through;
  }
  const through = new Date(memory.scheduledThrough);
  if (definition.catchUp.mode === "none") return through;
  const since = new Date(now.getTime() - definition.catchUp.windowMs);
  const takenBack = await takeBackShutdownSlots(db, definition.name, since.toISOString());
  if (!takenBack) return through;
  return new Date(Math.min(through.getTime(), Date.parse(takenBack) - 1));
}

/** Runs by hand (RUN_ONCE, the command line) older than this say nothing about slots that were missed. */
const FIRST_LOOK_BACK_MS = days(7);

/** A job without a record of slots begins now; one that was lately run by hand begins there, so that a slot missed since is met. */
async function firstSight(db: Database, job: string, now: Date): Promise<Date> {
  const [last] = await loadRuns(db, { job, limit: 1 });
  const ageMs = last ? now.getTime() - Date.parse(last.startTime) : -1;
  return last && ageMs >= 0 && ageMs <= FIRST_LOOK_BACK_MS ? new Date(last.startTime) : now;
}

/** Decides about the slots that came due since the last look, and starts the one that runs. */
async function meetSlots(
  options: SchedulerOptions,
  positions: Map<string, Position>,
  entry: JobEntry,
  off?: "shutdown",
): Promise<void> {
  const { name, catchUp } = entry.definition;
  const position = positions.get(name)!;
  const now = options.clock.now();
  if (position.through > now) await goBack(options, entry, position, now);
  if (!position.next || position.next > now) return;
  const { slots, truncated } = entry.schedule.between(position.through, now);
  if (truncated)
    options.log.warn("slots.truncated", `${name} missed more slots than are recorded; the newest are.`, {
      job: name,
      recorded: slots.length,
      since: position.through.toISOString(),
    });
  const decided = decideFates(slots, { now, catchUp, off: options.takesSlots(entry) ? off : "disabled" });
  const fates = await withoutIdleRun(entry, decided);
  const claimed = await claimSlots(options.db, name, fates, {
    through: now.toISOString(),
    endsRetriesBefore: endsOlderRetries(fates, catchUp),
    newRun: newRunFields(options, now),
  });
  positions.set(name, { through: now, next: entry.schedule.next(now) });
  report(options, entry, claimed);
  if (claimed.run) options.runner.launch(entry, claimed.run);
}

/** A job that has nothing to do does not run: its slot says so. */
async function withoutIdleRun({ definition }: JobEntry, fates: readonly SlotFate[]): Promise<readonly SlotFate[]> {
  if (!definition.hasWork || !fates.some((fate) => "run" in fate) || (await definition.hasWork())) return fates;
  return fates.map((fate) => ("run" in fate ? { slotAt: fate.slotAt, skip: "nothing_new" } : fate));
}

/** The clock went back: slots that lie ahead again and never ran are met again; those that ran keep their rows. */
async function goBack({ db, log }: SchedulerOptions, entry: JobEntry, position: Position, now: Date): Promise<void> {
  const { name } = entry.definition;
  const forgotten = await forgetSlotsAhead(db, name, now.toISOString());
  const backMs = position.through.getTime() - now.getTime();
  if (backMs > STEP_BACK_MS)
    log.warn("clock.went_back", `The clock went back; ${name} continues from here.`, {
      job: name,
      back_ms: backMs,
      slots_ahead: forgotten,
    });
  position.through = now;
  position.next = entry.schedule.next(now);
}

function report({ log, events, retries }: SchedulerOptions, entry: JobEntry, claimed: ClaimedSlots): void {
  const { name: job } = entry.definition;
  // What an idle job says each minute is no news.
  const told = claimed.skipped.filter(({ reason }) => reason !== "nothing_new");
  for (const { slotAt, reason } of told.slice(-SKIP_EVENTS_AT_ONCE))
    events.publish({ type: "slot.skipped", job, slot_at: slotAt, reason });
  const reasons = Map.groupBy(told, ({ reason }) => reason);
  for (const [reason, skipped] of reasons)
    log.info("slot.skipped", `${job}: ${skipped.length} slot${skipped.length === 1 ? "" : "s"} skipped (${reason}).`, {
      job,
      reason,
      count: skipped.length,
      first: skipped[0]?.slotAt,
      last: skipped.at(-1)?.slotAt,
    });
  for (const runId of claimed.droppedRetries) {
    retries.drop(runId);
    log.warn("retry.dropped", `${job}: the retry of run ${runId} is dropped, a newer slot came due.`, {
      job,
      run_id: runId,
    });
  }
}

/** Jobs with `runWhenNew` that never ran do so at once. */
async function runNewJobs(options: SchedulerOptions): Promise<void> {
  for (const entry of options.entries.values()) {
    const { name, runWhenNew } = entry.definition;
    if (!runWhenNew || !options.takesSlots(entry) || (await hasRun(options.db, name))) continue;
    const started = await options.db.write((tx) =>
      insertRun(tx, {
        ...newRunFields(options, options.clock.now()),
        job: name,
        trigger: "startup",
        attempt: 1,
        slotAt: null,
        params: null,
      }),
    );
    if ("row" in started) options.runner.launch(entry, started.row);
  }
}

/** Remembers how far the clock was looked at, so that a changed schedule is not applied to the time before. */
async function savePositions({ db, clock }: SchedulerOptions, positions: Map<string, Position>): Promise<void> {
  const now = clock.now();
  await db.write(async (tx) => {
    for (const [job, position] of positions) {
      if (position.next && position.next <= now) continue;
      await saveScheduledThrough(tx, job, now.toISOString(), now.toISOString());
    }
  });
}

export function newRunFields(
  { ids, bootId }: Pick<SchedulerOptions, "ids" | "bootId">,
  now: Date,
): Pick<NewRun, "uid" | "now" | "bootId"> {
  return { uid: ids.uuid(), now: now.toISOString(), bootId };
}
