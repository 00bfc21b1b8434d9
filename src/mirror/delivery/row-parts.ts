import type { Writer } from "../../db/index.ts";
import { resolveLetters } from "../dead-letters/resolve.ts";
import { settleOwed } from "../outbox/owed.ts";
import { oweAll } from "../outbox/owing.ts";
import type { RemoteFailure } from "../remote/failure.ts";
import { deleteRows, type SendFailure, upsertRows } from "../remote/tables.ts";
import { parseKey } from "../stream.ts";
import { sizeAfterAccepted } from "./batch-size.ts";
import { saveUnblocked } from "./blocking.ts";
import type { Change, RowTurn } from "./deliver-rows.ts";
import { countInto } from "./report.ts";
import { type OwedItem, withoutColumns } from "./row-batches.ts";
import { saveAccepted, saveDroppedColumns } from "./stream-state.ts";

/** Sends a part; of a table that is not ours, without the columns that it turns out not to have. */
export async function sendPart(turn: RowTurn, change: Change, part: readonly OwedItem[]): Promise<SendFailure> {
  const { supabase, stream } = turn;
  if (change === "deletions")
    return deleteRows(
      supabase,
      stream,
      part.map(({ key }) => parseKey(key)),
    );
  for (;;) {
    const failure = await upsertRows(
      supabase,
      stream,
      part.map(({ row = {} }) => withoutColumns(row, turn.without)),
    );
    const column = failure && droppable(turn, failure);
    if (column === undefined) return failure;
    turn.without.push(column);
  }
}

/** A column that may be left out: one of a table that is not ours, no part of the key, and not left out already. */
function droppable({ stream, without, report, dropped, run }: RowTurn, { column }: RemoteFailure): string | undefined {
  if (column === undefined || stream.unknownColumns !== "drop" || !(column in stream.columns)) return undefined;
  if (stream.key.includes(column) || without.includes(column)) return undefined;
  if (!dropped.includes(column)) {
    report.droppedColumns.push({ stream: stream.name, column });
    run.log.warn("mirror.column_dropped", `${stream.name}: the other side has no column ${column}; sent without it.`, {
      stream: stream.name,
      column,
    });
  }
  return column;
}

/** A part was accepted: its keys leave the outbox, unless they have changed since. */
export async function settlePart(turn: RowTurn, change: Change, part: readonly OwedItem[]): Promise<void> {
  const { parts, stream, report } = turn;
  const now = parts.clock.now();
  const most = parts.settings.mirrorBatchRows;
  const columns = change === "upserts" && turn.without.join() !== turn.dropped.join() ? [...turn.without] : undefined;
  // Owed before it is noted that the column is back: killed in between, the next delivery finds it out again.
  if (columns && turn.dropped.some((column) => !columns.includes(column))) await oweAll(parts.db, stream);
  // A part that was no full batch says nothing of how large one may be.
  if (part.length >= turn.size.rows) turn.size = sizeAfterAccepted(turn.size, most);
  await parts.db.write(async (tx) => {
    await settleOwed(tx, stream.name, part);
    if (turn.mayHaveLetters) await resolve(tx, turn, part, now);
    await saveAccepted(tx, stream.name, { rows: part.length, now, size: turn.size, most });
    if (turn.probing) await saveUnblocked(tx, stream.name);
    if (columns) await saveDroppedColumns(tx, stream.name, columns);
  });
  turn.probing = false;
  if (columns) turn.dropped = columns;
  countInto(change === "upserts" ? report.delivered : report.deleted, stream.name, part.length);
  turn.advance(part.length);
}

const resolve = (tx: Writer, { stream }: RowTurn, part: readonly OwedItem[], now: Date): Promise<void> =>
  resolveLetters(tx, { queue: "mirror", subject: stream.name, keys: part.map(({ key }) => key), now });
