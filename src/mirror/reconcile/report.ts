import type { FailureKind, RemoteFailure } from "../remote/failure.ts";
import type { MirrorStream } from "../stream.ts";

/** Keys that a report names; of the others only their number is known. */
const NAMED_KEYS = 20;

/** What a comparison of one stream found and did. Counts are of rows, or of single objects; keys of objects are their paths. */
export interface StreamReconciled {
  stream: string;
  kind: MirrorStream["kind"];
  /** Whether all of it was looked at. */
  complete: boolean;
  /** On both sides. */
  compared: number;
  equal: number;
  differing: number;
  /** Here and not there. */
  missing: number;
  /** There and not here. */
  extra: number;
  /** The first 20 of them. */
  extraKeys: string[];
  /** Of the extra ones, those whose deletion is owed now. */
  deleted: number;
  /** Keys owed again for what differs or is missing; of objects, units. */
  owed: number;
  /** Left out: they are delivered anyway. */
  skippedBecauseOwed: number;
  /** Of those that differ or are missing: refused by the other side as they are, and so not owed again. */
  refused: number;
  /** Of objects: how far it came. */
  units?: { done: number; total: number };
  error?: { code: string; message: string };
  /** Of an error of the other side: what it says of the next stream. */
  failureKind?: FailureKind;
}

export const emptyReport = ({ name, kind }: MirrorStream): StreamReconciled => ({
  stream: name,
  kind,
  complete: false,
  compared: 0,
  equal: 0,
  differing: 0,
  missing: 0,
  extra: 0,
  extraKeys: [],
  deleted: 0,
  owed: 0,
  skippedBecauseOwed: 0,
  refused: 0,
});

export function countExtra(report: StreamReconciled, keys: readonly string[]): void {
  report.extra += keys.length;
  report.extraKeys.push(...keys.slice(0, Math.max(0, NAMED_KEYS - report.extraKeys.length)));
}

/** The report as far as it came. */
export const endedBy = (report: StreamReconciled, { kind, code, message }: RemoteFailure): StreamReconciled => ({
  ...report,
  error: { code, message },
  failureKind: kind,
});
