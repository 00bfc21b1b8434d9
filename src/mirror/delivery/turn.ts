import { createRedactor } from "../../kit/redact.ts";
import type { NewDeadLetter } from "../dead-letters/save.ts";
import { saveDeadLetters } from "../dead-letters/save.ts";
import type { MirrorParts, MirrorRun } from "../mirror.ts";
import { type OwedRow, settleOwed } from "../outbox/owed.ts";
import type { RemoteFailure } from "../remote/failure.ts";
import type { Supabase } from "../remote/supabase.ts";
import type { MirrorStream } from "../stream.ts";
import { loadStillOwed } from "./owed-walk.ts";
import type { DrainReport } from "./report.ts";
import { type StreamState, saveLastError, saveProbeAt, saveUnderWay, UNCLEAR_HOLD_MS } from "./stream-state.ts";

/** One stream's part of a pass. */
export interface Turn<Stream extends MirrorStream = MirrorStream> {
  parts: MirrorParts;
  run: MirrorRun;
  supabase: Supabase;
  stream: Stream;
  state: StreamState | undefined;
  /** Newest change of the cut that this pass delivers. */
  throughSeq: number;
  /** A person asked for everything now. */
  all: boolean;
  report: DrainReport;
  /** Keys that are not owed any more. */
  advance(keys: number): void;
}

/** How a turn ended: `blocked` concerns its stream only, `failed` all that would follow. */
export type TurnEnd = { ended: "done" } | { ended: "blocked" } | { ended: "failed"; failure: RemoteFailure };

export const DONE: TurnEnd = { ended: "done" };
export const ABORTED: TurnEnd = {
  ended: "failed",
  failure: { kind: "aborted", code: "aborted", message: "The run was stopped." },
};

/** Whether the other side may still do what was sent, or has done it: no answer of its own came back. */
export const isUnclear = ({ kind, code }: RemoteFailure): boolean =>
  kind === "unavailable" || kind === "aborted" || (kind === "slow" && code !== "57014");

/**
 * Runs a turn under a mark that outlives the process, so that a stream whose delivery was cut off is found again. No older
 * revision ever overwrites a newer one, because (1) rows are loaded after their change numbers and sent one request at a time,
 * (2) the repeats inside one call carry the same body, and (3) after a call whose end is unknown nothing else is sent of its
 * stream for longer than the other side lets a request wait, except when a person asks for it.
 */
export async function underMark(turn: Turn, work: () => Promise<TurnEnd>): Promise<TurnEnd> {
  const { db, clock } = turn.parts;
  const { name } = turn.stream;
  await db.write((tx) => saveUnderWay(tx, name, clock.now()));
  const end = await work();
  if (end.ended === "blocked") return end;
  const failure = end.ended === "failed" ? end.failure : undefined;
  await db.write(async (tx) => {
    const holds = failure !== undefined && isUnclear(failure);
    await saveProbeAt(tx, name, holds ? new Date(clock.now().getTime() + UNCLEAR_HOLD_MS) : null);
    if (failure) await saveLastError(tx, name, clean(turn, failure.message));
  });
  return end;
}

/** A message of the other side as it may be stored and shown. */
export const clean = ({ parts: { settings } }: Pick<Turn, "parts">, message: string): string =>
  createRedactor([settings.supabaseServiceRoleKey]).text(message).slice(0, 2_000);

/** Refused work leaves the outbox and becomes dead letters, but for keys that have changed since: their newer revision decides. */
export async function fileLetters(
  turn: Turn,
  refused: readonly { owed: OwedRow; failure: RemoteFailure; payload: unknown; tenantId: string | null }[],
): Promise<void> {
  const { parts, stream, report, run } = turn;
  const now = parts.clock.now();
  const { filed, left } = await parts.db.write(async (tx) => {
    const owed = refused.map((each) => each.owed);
    const still = await loadStillOwed(tx, stream.name, owed);
    const letters = refused
      .filter((each) => still.has(each.owed.key))
      .map(
        ({ owed: { key }, failure, payload, tenantId }): NewDeadLetter => ({
          queue: "mirror",
          subject: stream.name,
          key,
          tenantId,
          errorType: failure.kind,
          code: failure.code,
          message: clean(turn, failure.message),
          payload,
        }),
      );
    await settleOwed(tx, stream.name, owed);
    return { filed: await saveDeadLetters(tx, letters, { ids: parts.ids, now }), left: letters.length };
  });
  report.deadLettered += filed.length;
  turn.advance(left);
  if (filed.length === 0) return;
  const codes = [...new Set(refused.map(({ failure }) => failure.code))];
  run.log.warn("mirror.dead_letters", `${stream.name}: ${filed.length} rows were refused (${codes.join(", ")}).`, {
    stream: stream.name,
    rows: filed.length,
    codes,
  });
}
