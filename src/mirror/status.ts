import { mirrorStreams } from "../db/schema/mirror.ts";
import { mirrorTarget } from "../settings.ts";
import { countWaitingLetters } from "./dead-letters/read.ts";
import type { MirrorParts } from "./mirror.ts";
import { countAllOwed } from "./outbox/owed.ts";
import type { MirrorStream } from "./stream.ts";
import { isMirrorPaused } from "./stream-switch.ts";

/** One stream, as the command line, HTTP and the dashboard show it. */
export interface StreamStatus {
  stream: string;
  kind: MirrorStream["kind"];
  state: "idle" | "owed" | "paused" | "blocked" | "off";
  owed: number;
  /** Seconds since something has been owed without a break; null when nothing is. */
  lag_seconds: number | null;
  dead_letters: number;
  blocked_reason: string | null;
  dropped_columns: string[];
  batch_rows: number | null;
  rows_delivered: number;
  last_delivered_at: string | null;
  last_error: string | null;
  checked_at: string | null;
  local_count: number | null;
  remote_count: number | null;
  reconciled_at: string | null;
}

export interface MirrorStatus {
  enabled: boolean;
  paused: boolean;
  owed: number;
  owed_by_table: Record<string, number>;
  dead_letters: number;
  lag_seconds: number;
  streams: StreamStatus[];
}

/** What is owed, since when, and how every stream is. */
export async function loadMirrorStatus({
  db,
  streams,
  settings,
  clock,
}: Pick<MirrorParts, "db" | "streams" | "settings" | "clock">): Promise<MirrorStatus> {
  const enabled = mirrorTarget(settings) !== undefined;
  const now = clock.now();
  // What an earlier configuration left in the outbox is owed to nobody while the mirror is off.
  const owed: ReadonlyMap<string, number> = enabled ? await countAllOwed(db.read) : new Map();
  const waiting = await countWaitingLetters(db.read);
  const letters = new Map(
    waiting.flatMap(({ queue, subject, letters: count }) => (queue === "mirror" ? [[subject, count] as const] : [])),
  );
  const rows = await db.read.select().from(mirrorStreams);
  const shown = streams.map((stream): StreamStatus => {
    const row = rows.find((candidate) => candidate.stream === stream.name);
    const count = owed.get(stream.name) ?? 0;
    const since = count > 0 ? row?.owedSince : null;
    const off = !enabled || (stream.kind === "objects" && !settings.enableSupabaseUpload);
    return {
      stream: stream.name,
      kind: stream.kind,
      state: off ? "off" : row?.blockedReason ? "blocked" : row?.paused ? "paused" : count > 0 ? "owed" : "idle",
      owed: count,
      lag_seconds: since ? secondsSince(since, now) : null,
      dead_letters: letters.get(stream.name) ?? 0,
      blocked_reason: row?.blockedReason ?? null,
      dropped_columns: row?.droppedColumns ?? [],
      batch_rows: row?.batchRows ?? null,
      rows_delivered: row?.rowsDelivered ?? 0,
      last_delivered_at: row?.lastDeliveredAt ?? null,
      // What went wrong before it was switched off says nothing now.
      last_error: off ? null : (row?.lastError ?? null),
      checked_at: row?.checkedAt ?? null,
      local_count: row?.localCount ?? null,
      remote_count: row?.remoteCount ?? null,
      reconciled_at: row?.reconciledAt ?? null,
    };
  });
  return {
    enabled,
    paused: await isMirrorPaused(db.read),
    owed: shown.reduce((sum, stream) => sum + stream.owed, 0),
    owed_by_table: Object.fromEntries(shown.flatMap(({ stream, owed: count }) => (count > 0 ? [[stream, count]] : []))),
    dead_letters: [...letters.values()].reduce((sum, count) => sum + count, 0),
    lag_seconds: Math.max(0, ...shown.map(({ lag_seconds }) => lag_seconds ?? 0)),
    streams: shown,
  };
}

const secondsSince = (instant: string, now: Date): number =>
  Math.max(0, Math.round((now.getTime() - Date.parse(instant)) / 1_000));
