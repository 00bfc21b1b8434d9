import type { RemoteFailure } from "../remote/failure.ts";

/** What one drain did. */
export interface DrainReport {
  /** Rows and units that were accepted, by stream; without deletions. */
  delivered: Record<string, number>;
  /** Keys that are gone here and now there too. */
  deleted: Record<string, number>;
  /** Rows and units that became dead letters, by stream. */
  deadLettered: Record<string, number>;
  /** Units that were not sent because uploads are switched off. */
  unitsSkipped: number;
  /** Streams that this drain found blocked. */
  blocked: { stream: string; code: string; message: string }[];
  /** Streams whose table failed by itself; the next drain tries them again. */
  broken: { stream: string; code: string; message: string }[];
  /** Columns that the other side does not know, found in this drain. */
  droppedColumns: { stream: string; column: string }[];
  /** What is still owed. */
  left: number;
  /** Until then the end of an earlier delivery is waited for. */
  heldUntil?: Date;
  /** Why the drain ended before its work did. */
  end?: RemoteFailure;
}

export const emptyReport = (): DrainReport => ({
  delivered: {},
  deleted: {},
  deadLettered: {},
  unitsSkipped: 0,
  blocked: [],
  broken: [],
  droppedColumns: [],
  left: 0,
});

export function countInto(counts: Record<string, number>, name: string, count: number): void {
  counts[name] = (counts[name] ?? 0) + count;
}
