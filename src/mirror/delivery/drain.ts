import type { Progress } from "../../jobs/define.ts";
import { retryDue } from "../dead-letters/retry.ts";
import type { MirrorParts, MirrorRun } from "../mirror.ts";
import { countAllOwed } from "../outbox/owed.ts";
import type { RemoteFailure } from "../remote/failure.ts";
import { openSupabase, type Supabase } from "../remote/supabase.ts";
import type { MirrorStream, ObjectStream, RowStream } from "../stream.ts";
import { blockOfAnswer, blockStream } from "./blocking.ts";
import { deliverRows, openRowTurn, type RowTurn } from "./deliver-rows.ts";
import { type DeliverUnit, deliverUnits } from "./deliver-units.ts";
import { loadDueness, loadSending } from "./due.ts";
import { loadCut } from "./owed-walk.ts";
import { type DrainReport, emptyReport } from "./report.ts";
import { type StreamState, saveDeliveredThrough, saveProbeAt, UNCLEAR_HOLD_MS } from "./stream-state.ts";
import { ABORTED, clean, type Turn, type TurnEnd } from "./turn.ts";
import { underMark } from "./under-mark.ts";

export type { DrainReport } from "./report.ts";

export interface DrainOptions {
  /**
   * Everything that is owed, blocked streams too, and after an unknown end when that has been waited out; else only what is due
   * (concordance 2.3 rule 4).
   */
  all: boolean;
  /** Jobs that run now: what they write is left to gather. */
  busyJobs: ReadonlySet<string>;
  progress: Pick<Progress, "total" | "advance">;
  /** Of object streams; without it they wait. */
  deliverUnit?: DeliverUnit;
}

/** Passes of a drain that was asked for everything: what is written meanwhile is not its business for ever. */
const MOST_FULL_PASSES = 10;

interface Hold {
  stream: string;
  until: Date;
}

interface Drain {
  parts: MirrorParts;
  run: MirrorRun;
  options: DrainOptions;
  report: DrainReport;
  /** Streams whose dead letters are tried again now. */
  urgent: ReadonlySet<string>;
  /** Streams that are through with this drain: blocked, or broken. */
  stopped: Set<string>;
  /** A stream whose table or bucket refused the key, until another one shows whether the key counts at all. */
  refused?: { turn: Turn; failure: RemoteFailure } | undefined;
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
    urgent: await retryDue(parts.db, parts.clock.now(), await loadSending(parts, options.all)),
    stopped: new Set(),
    settled: 0,
    connect: () => (supabase ??= openSupabase(parts.settings, run.http, run.signal)),
  };
  const { report } = drained;
  options.progress.total(await countDue(drained));
  for (let pass = 1; report.end === undefined; pass++) {
    const before = drained.settled;
    const all = options.all && pass <= MOST_FULL_PASSES;
    const held = await deliverCut(drained, all);
    if (held && all) await waitOut(drained, held);
    else if (held) report.heldUntil = held.until;
    if (report.heldUntil || (!held && drained.settled === before)) break;
  }
  if (drained.refused) report.end ??= endedBy(drained.refused);
  report.left = sum(await countAllOwed(parts.db.read));
  return report;
}

/** Keys of the streams that are due now. */
async function countDue({ parts, options, urgent }: Drain): Promise<number> {
  const owed = await countAllOwed(parts.db.read);
  const streams = await loadDueness(parts, options);
  const due = streams.filter(({ stream, dueness }) => dueness === "due" || urgent.has(stream.name));
  return due.reduce((all, { stream }) => all + (owed.get(stream.name) ?? 0), 0);
}

/** Whoever asks for everything waits until nothing older can arrive, and then gets it. */
async function waitOut({ parts: { clock }, run, options, report }: Drain, { stream, until }: Hold): Promise<void> {
  const waitMs = until.getTime() - clock.now().getTime();
  if (waitMs <= 0) return;
  const why = `${stream} waits until ${until.toISOString()}: how its last delivery ended is unknown`;
  options.progress.advance(0, why);
  run.log.info("mirror.held", `${why}.`, { stream });
  await clock.sleep(waitMs, run.signal).catch((thrown) => {
    if (!run.signal.aborted) throw thrown;
    report.end = ABORTED.failure;
  });
}

/**
 * One pass: what is owed at this moment. Rows go parents first, deletions children first, so that the other side never sees a
 * row that points at nothing. A stream whose last delivery may still arrive ends it: what follows may point at its rows.
 */
async function deliverCut(drained: Drain, all: boolean): Promise<Hold | undefined> {
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
    if (!(await take(drained, turn, "upserts"))) return undefined;
    if (!drained.stopped.has(stream.name)) delivered.push(turn);
  }
  for (const turn of delivered.reverse()) {
    if ("hasDeletions" in turn && turn.hasDeletions && !(await take(drained, turn, "deletions"))) return undefined;
    if (!drained.stopped.has(turn.stream.name))
      await db.write((tx) => saveDeliveredThrough(tx, turn.stream.name, cutAt));
  }
  return undefined;
}

/** Without a state: the mark of a process that died says nothing of the time, so that it is waited for from now on. */
async function hold({ parts }: Drain, { name }: MirrorStream, state: StreamState | undefined): Promise<Hold> {
  const until = new Date(state?.probeAt ?? parts.clock.now().getTime() + UNCLEAR_HOLD_MS);
  if (!state) await parts.db.write((tx) => saveProbeAt(tx, name, until));
  return { stream: name, until };
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
  const turn = { parts, run, supabase, state, throughSeq, report, advance };
  return stream.kind === "rows" ? openRowTurn({ ...turn, stream }) : { ...turn, stream };
}

/** False: the drain is over. */
async function take(
  drained: Drain,
  turn: RowTurn | Turn<ObjectStream>,
  change: "upserts" | "deletions",
): Promise<boolean> {
  const { report, stopped, options } = drained;
  const settledBefore = drained.settled;
  const end: TurnEnd = drained.run.signal.aborted
    ? ABORTED
    : await underMark(turn, () =>
        isRowTurn(turn) ? deliverRows(turn, change) : deliverUnits(turn, options.deliverUnit!),
      );
  if (drained.refused && drained.settled > settledBefore) await blockRefused(drained);
  if (end.ended === "done") return true;
  stopped.add(turn.stream.name);
  if (end.ended !== "failed") return true;
  if (end.failure.kind === "refused" && !drained.refused) {
    drained.refused = { turn, failure: end.failure };
    return true;
  }
  report.end = endedBy({ turn, failure: end.failure });
  return false;
}

/** Another stream was accepted after it: it is not the key that is refused, but the key by one table. */
async function blockRefused(drained: Drain): Promise<void> {
  const { turn, failure } = drained.refused!;
  drained.refused = undefined;
  await blockStream(turn, blockOfAnswer(turn.stream, failure));
}

const endedBy = ({ turn, failure }: { turn: Turn; failure: RemoteFailure }): RemoteFailure => ({
  ...failure,
  message: clean(turn, failure.message),
});

const isRowTurn = (turn: Turn<RowStream> | Turn<ObjectStream>): turn is RowTurn => turn.stream.kind === "rows";

const sum = (counts: ReadonlyMap<string, number>): number =>
  [...counts.values()].reduce((all, count) => all + count, 0);
