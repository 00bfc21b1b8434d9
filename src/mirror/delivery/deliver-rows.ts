import { yieldToEventLoop } from "../../kit/clock.ts";
import { utcDate } from "../../kit/dates.ts";
import { hasOpenLetters } from "../dead-letters/resolve.ts";
import type { OwedRow } from "../outbox/owed.ts";
import { isUnclear, type RemoteFailure } from "../remote/failure.ts";
import type { RowStream } from "../stream.ts";
import { type BatchSize, initialSize, SMALLEST_BATCH, sizeAfterRefusal } from "./batch-size.ts";
import { type BadItem, bisect } from "./bisect.ts";
import { blockOfAnswer, blockOfBatch, blockStream, breakStream, saveUnblocked } from "./blocking.ts";
import { fileLetters } from "./file-letters.ts";
import { loadOwedAfter, WALK_START } from "./owed-walk.ts";
import { cutByBytes, loadItems, type OwedItem, withoutColumns } from "./row-batches.ts";
import { sendPart, settlePart } from "./row-parts.ts";
import { saveSize } from "./stream-state.ts";
import { ABORTED, DONE, type Turn, type TurnEnd } from "./turn.ts";
import { divide } from "./unsendable.ts";

/** More refused rows than these, and more than this share of a batch, block the stream (concordance 2.3 rule 6). */
const MANY_ROWS = 20;
const MANY_SHARE = 0.2;

export type Change = "upserts" | "deletions";

/** A turn of a row stream, and what it has found out so far. */
export interface RowTurn extends Turn<RowStream> {
  size: BatchSize;
  /** Columns that are left out now. */
  without: string[];
  /** What is remembered of them. */
  dropped: readonly string[];
  /** The stream is blocked, and a small batch decides whether it stays so. */
  probing: boolean;
  /** Whether accepted keys may have dead letters. */
  mayHaveLetters: boolean;
  /** Whether keys without a row were met. */
  hasDeletions: boolean;
}

export async function openRowTurn(turn: Turn<RowStream>): Promise<RowTurn> {
  const { state, parts } = turn;
  const dropped = state?.droppedColumns ?? [];
  // The first delivery of a day tries again with every column.
  const isFirstOfDay = state?.lastDeliveredAt?.slice(0, 10) !== utcDate(parts.clock.now());
  return {
    ...turn,
    size: initialSize(state ?? { batchRows: null, batchesAccepted: 0 }, parts.settings.mirrorBatchRows),
    without: isFirstOfDay ? [] : [...dropped],
    dropped,
    probing: state?.blockedReason != null,
    mayHaveLetters: await hasOpenLetters(parts.db.read, "mirror", turn.stream.name),
    hasDeletions: false,
  };
}

/** Sends what is owed up to the cut, in the order of the changes: rows that are there, or keys whose rows are gone. */
export async function deliverRows(turn: RowTurn, change: Change): Promise<TurnEnd> {
  const { parts, stream, throughSeq } = turn;
  let after = WALK_START;
  for (;;) {
    const limit = turn.probing ? Math.min(SMALLEST_BATCH, turn.size.rows) : turn.size.rows;
    const { owed, end } = await loadOwedAfter(parts.db.read, stream.name, { after, throughSeq, limit });
    if (owed.length === 0) return DONE;
    const met = await deliverParts(
      turn,
      change,
      cutByBytes(loadWanted(turn, change, owed), parts.settings.mirrorBatchBytes),
    );
    if (met === "done") after = end;
    else if (met !== "again") return met;
  }
}

/** Of the owed keys those that this phase sends. */
async function* loadWanted(turn: RowTurn, change: Change, owed: readonly OwedRow[]): AsyncGenerator<OwedItem[], void> {
  for await (const items of loadItems(turn.parts.db.read, turn.stream, owed)) {
    turn.hasDeletions ||= items.some(({ row }) => row === undefined);
    const wanted = items.filter(({ row }) => (row === undefined) === (change === "deletions"));
    const [bad, good] = divide(wanted, turn.without);
    if (bad.length > 0) await fileBad(turn, bad);
    yield good;
  }
}

/** `again`: what is left has to be cut smaller. */
async function deliverParts(
  turn: RowTurn,
  change: Change,
  parts: AsyncIterable<OwedItem[]>,
): Promise<"done" | "again" | TurnEnd> {
  for await (const part of parts) {
    const met = await deliverPart(turn, change, part);
    if (met !== "done") return met;
    await yieldToEventLoop();
    if (turn.run.signal.aborted) return ABORTED;
  }
  return "done";
}

async function deliverPart(
  turn: RowTurn,
  change: Change,
  part: readonly OwedItem[],
): Promise<"done" | "again" | TurnEnd> {
  const failure = await sendPart(turn, change, part);
  if (!failure) {
    await settlePart(turn, change, part);
    return "done";
  }
  if (failure.kind === "too_large" || failure.kind === "slow") {
    const smaller = sizeAfterRefusal(part.length, turn.parts.settings.mirrorBatchRows);
    if (smaller) await shrink(turn, smaller);
    // What ran out of time here may still be at work there: its halves may not follow before that is over.
    if (isUnclear(failure)) return { ended: "failed", failure };
    if (smaller) return "again";
    if (failure.kind === "slow") return endOf(turn, failure);
    return bisectPart(turn, change, part, failure);
  }
  return failure.kind === "rejected" ? bisectPart(turn, change, part, failure) : endOf(turn, failure);
}

async function shrink(turn: RowTurn, size: BatchSize): Promise<void> {
  turn.size = size;
  await turn.parts.db.write((tx) => saveSize(tx, turn.stream.name, size));
}

async function endOf(turn: RowTurn, failure: RemoteFailure): Promise<TurnEnd> {
  if (failure.kind === "blocked" || failure.kind === "unknown_column")
    return blockStream(turn, blockOfAnswer(turn.stream, failure));
  // Cancelled there though it was small: its table is slow, or locked, and the others need not wait for it.
  if (failure.kind === "broken" || (failure.kind === "slow" && !isUnclear(failure))) return breakStream(turn, failure);
  return { ended: "failed", failure };
}

async function bisectPart(
  turn: RowTurn,
  change: Change,
  part: readonly OwedItem[],
  refused: RemoteFailure,
): Promise<"done" | TurnEnd> {
  const many = turn.probing ? SMALLEST_BATCH * MANY_SHARE : Math.max(MANY_ROWS, part.length * MANY_SHARE);
  const { bad, ended, failure } = await bisect(part, {
    refused,
    send: (half) => sendPart(turn, change, half),
    accepted: (half) => settlePart(turn, change, half),
    tooMany: (count) => count > many,
  });
  if (ended === "too_many") return blockStream(turn, blockOfBatch(bad, part.length));
  if (failure) return endOf(turn, failure);
  await fileBad(turn, bad);
  if (turn.probing) await unblock(turn);
  return "done";
}

/** Refused there, or never sent. */
async function fileBad(turn: RowTurn, bad: readonly BadItem<OwedItem>[]): Promise<void> {
  await fileLetters(
    turn,
    bad.map(({ item, failure }) => ({
      owed: item,
      failure,
      payload: item.row ? withoutColumns(item.row, turn.without) : null,
      tenantId: typeof item.row?.tenant_id === "string" ? item.row.tenant_id : null,
    })),
  );
  turn.mayHaveLetters = true;
}

async function unblock(turn: RowTurn): Promise<void> {
  turn.probing = false;
  await turn.parts.db.write((tx) => saveUnblocked(tx, turn.stream.name));
}
