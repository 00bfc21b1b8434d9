import type { Progress } from "../../jobs/define.ts";
import { retryDue } from "../dead-letters/retry.ts";
import type { MirrorParts, MirrorRun } from "../mirror.ts";
import { countAllOwed } from "../outbox/owed.ts";
import { openSupabase, type Supabase } from "../remote/supabase.ts";
import type { MirrorStream, ObjectStream, RowStream } from "../stream.ts";
import { deliverRows, openRowTurn, type RowTurn } from "./deliver-rows.ts";
import { type DeliverUnit, deliverUnits } from "./deliver-units.ts";
import { loadDueness } from "./due.ts";
import { loadCut } from "./owed-walk.ts";
import { type DrainReport, emptyReport } from "./report.ts";
import {
  loadStreamStates,
  type StreamState,
  saveDeliveredThrough,
  saveProbeAt,
  UNCLEAR_HOLD_MS,
} from "./stream-state.ts";
import { ABORTED, clean, type Turn, type TurnEnd, underMark } from "./turn.ts";

export type { DrainReport } from "./report.ts";

export interface DrainOptions {
  /** Everything that is owed, blocked streams too; else only what is due (concordance 2.3 rule 4). */
  all: boolean;
  /** Jobs that run now: what they write is left to gather. */
  busyJobs: ReadonlySet<string>;
  progress: Pick<Progress, "total" | "advance">;
  /** Of object streams; without it they wait. */
  deliverUnit?: DeliverUnit;
}

/** Passes of a drain that was asked for everything: what is written meanwhile is not its business for ever. */
const MOST_FULL_PASSES = 10;

interface Drain {
  parts: MirrorParts;
  run: MirrorRun;
  options: DrainOptions;
  report: DrainReport;
  /** Streams whose dead letters are tried again now. */
  urgent: ReadonlySet<string>;
  /** Streams that are through with this drain: blocked, or held. */
  stopped: Set<string>;
  settled: number;
  connect(): Promise<Supabase | undefined>;
}

/**
 * Sends what is owed, pass after pass while something is due. The only sender of the process: two drains at once would break the
 * order of revisions. Opens no connection when there is nothing to send.
 */
export async function drain(parts: MirrorParts, run: MirrorRun, options: DrainOptions): Promise<DrainReport> {
  let supabase: Promise<Supabase | undefined> | undefined;
  const drained: Drain = {
    parts,
    run,
    options,
    report: emptyReport(),
    urgent: await retryLetters(parts, options.all),
    stopped: new Set(),
    settled: 0,
    connect: () => (supabase ??= openSupabase(parts.settings, run.http, run.signal)),
  };
  const { report } = drained;
  options.progress.total(await countDue(drained));
  for (let pass = 1; report.end === undefined && report.heldUntil === undefined; pass++) {
    const before = drained.settled;
    await deliverCut(drained, options.all && pass <= MOST_FULL_PASSES);
    if (drained.settled === before) break;
  }
  report.left = sum(await countAllOwed(parts.db.read));
  return report;
}

/** Owes the rows of letters again whose time has come; those of a stream that sends nothing now wait with it. */
async function retryLetters({ db, clock, streams }: MirrorParts, all: boolean): Promise<ReadonlySet<string>> {
  const states = await loadStreamStates(db.read);
  const sending = streams.filter(({ name }) => {
    const state = states.get(name);
    return !state?.paused && (all || !state?.blockedReason);
  });
  return retryDue(
    db,
    clock.now(),
    sending.map(({ name }) => name),
  );
}

/** Keys of the streams that are due now. */
async function countDue({ parts, options, urgent }: Drain): Promise<number> {
  const owed = await countAllOwed(parts.db.read);
  const streams = await loadDueness(parts, options);
  const due = streams.filter(({ stream, dueness }) => dueness === "due" || urgent.has(stream.name));
  return due.reduce((all, { stream }) => all + (owed.get(stream.name) ?? 0), 0);
}

/**
 * One pass: what is owed at this moment. Rows go parents first, deletions children first, so that the other side never sees a
 * row that points at nothing.
 */
async function deliverCut(drained: Drain, all: boolean): Promise<void> {
  const { db, clock } = drained.parts;
  const cutAt = clock.now();
  const cut = await loadCut(db.read);
  const delivered: (RowTurn | Turn<ObjectStream>)[] = [];
  for (const { stream, state, dueness } of await loadDueness(drained.parts, { ...drained.options, all })) {
    if (dueness === "held" || dueness === "cut_off")
      return hold(drained, stream, dueness === "held" ? state : undefined);
    const isDue = dueness === "due" || (dueness === "later" && drained.urgent.has(stream.name));
    const throughSeq = cut.get(stream.name);
    if (!isDue || throughSeq === undefined || drained.stopped.has(stream.name)) continue;
    const turn = await openTurn(drained, { stream, state, throughSeq });
    if (!turn) continue;
    if (!(await take(drained, turn, "upserts"))) return;
    if (!drained.stopped.has(stream.name)) delivered.push(turn);
  }
  for (const turn of delivered.reverse()) {
    if ("hasDeletions" in turn && turn.hasDeletions && !(await take(drained, turn, "deletions"))) return;
    if (!drained.stopped.has(turn.stream.name))
      await db.write((tx) => saveDeliveredThrough(tx, turn.stream.name, cutAt));
  }
}

/** A stream whose last delivery may still arrive ends the pass: what follows may point at its rows. */
async function hold({ parts, report }: Drain, { name }: MirrorStream, state: StreamState | undefined): Promise<void> {
  report.heldUntil = new Date(state?.probeAt ?? parts.clock.now().getTime() + UNCLEAR_HOLD_MS);
  if (!state) await parts.db.write((tx) => saveProbeAt(tx, name, report.heldUntil!));
}

async function openTurn(
  drained: Drain,
  { stream, state, throughSeq }: { stream: MirrorStream; state: StreamState | undefined; throughSeq: number },
): Promise<RowTurn | Turn<ObjectStream> | undefined> {
  if (stream.kind === "objects" && !drained.options.deliverUnit) return undefined;
  const { parts, run, options, report } = drained;
  const supabase = await drained.connect();
  if (!supabase) return undefined;
  const advance = (keys: number) => {
    drained.settled += keys;
    options.progress.advance(keys, stream.name);
  };
  const turn = { parts, run, supabase, state, throughSeq, all: options.all, report, advance };
  return stream.kind === "rows" ? openRowTurn({ ...turn, stream }) : { ...turn, stream };
}

/** False: the drain is over. */
async function take(
  drained: Drain,
  turn: RowTurn | Turn<ObjectStream>,
  change: "upserts" | "deletions",
): Promise<boolean> {
  const { report, stopped, options } = drained;
  const end: TurnEnd = drained.run.signal.aborted
    ? ABORTED
    : await underMark(turn, () =>
        isRowTurn(turn) ? deliverRows(turn, change) : deliverUnits(turn, options.deliverUnit!),
      );
  if (end.ended === "done") return true;
  stopped.add(turn.stream.name);
  if (end.ended === "blocked") return true;
  report.end = { ...end.failure, message: clean(turn, end.failure.message) };
  return false;
}

const isRowTurn = (turn: Turn<RowStream> | Turn<ObjectStream>): turn is RowTurn => turn.stream.kind === "rows";

const sum = (counts: ReadonlyMap<string, number>): number =>
  [...counts.values()].reduce((all, count) => all + count, 0);
