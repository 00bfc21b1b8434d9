import type { ClockFace } from "./clock-face.ts";
import { renderAge } from "./countdown.ts";
import { cutText, displayWidth } from "./fit-text.ts";
import { runningRun } from "./house.ts";
import { renderRunning } from "./JobRow.tsx";
import { outcomeTone } from "./job-state.ts";
import type { OpenMirror } from "./mirror.ts";
import type { MirrorStatus, StreamStatus } from "./mirror-wire.ts";
import type { Palette } from "./palette.ts";
import type { Job } from "./wire.ts";

const grouped = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

/** `1,240` */
export const renderNumber = (value: number): string => grouped.format(value);

/** `1,240 owed for 12m, 1 blocked, 3 refused` */
export function renderOwed({ status, streams, owedSinceMs }: OpenMirror, nowMs: number): string {
  const blocked = streams.filter(({ state }) => state === "blocked").length;
  const since = Math.min(...owedSinceMs.values());
  const age = Number.isFinite(since) ? ` for ${renderAge(nowMs - since)}` : "";
  return [
    status.owed > 0 ? `${renderNumber(status.owed)} owed${age}` : "nothing owed",
    blocked > 0 ? `${blocked} blocked` : "",
    status.dead_letters > 0 ? `${renderNumber(status.dead_letters)} refused` : "",
  ]
    .filter((part) => part !== "")
    .join(", ");
}

/** `market_bars 1,000  recommendations 200  +3 more`: as many as the width holds, the largest first. */
export function renderOwedTables(tables: MirrorStatus["owed_by_table"], width: number): string {
  const entries = tables.map(({ table, count }) => `${table} ${renderNumber(count)}`);
  for (let shown = entries.length; shown > 0; shown--) {
    const rest = entries.length - shown;
    const line = [...entries.slice(0, shown), ...(rest > 0 ? [`+${rest} more`] : [])].join("  ");
    if (displayWidth(line) <= width || shown === 1) return cutText(line, width);
  }
  return "";
}

export interface DeliveryOptions {
  job: Job | null;
  /** When the job was read: its ETA counts from there. */
  readAtMs: number;
  nowMs: number;
  clock: ClockFace;
  columns: number;
  palette: Palette;
  /** How a pause is ended from where this is shown. */
  resumeKeys: string;
}

/** What is being sent now, what holds it back, else how the last delivery went. */
export function renderDelivery({ status, streams }: OpenMirror, options: DeliveryOptions): string {
  const { job, readAtMs, nowMs, clock, columns, palette, resumeKeys } = options;
  const run = job && runningRun(job);
  if (run) return palette("accent", SENDING) + renderRunning(run, nowMs, readAtMs, columns - SENDING.length);
  if (status.paused) return palette("warn", cutText(`paused: changes wait here; ${resumeKeys} sends again`, columns));
  const last = status.last_run;
  if (!last) return palette("dim", "nothing sent yet");
  if (last.outcome === null) return palette("accent", SENDING.trimEnd());
  const before = "last delivery ";
  const outcome = cutText(last.outcome, columns - before.length);
  const rest = [
    last.ended_at === null ? "" : ` ${clock.moment(last.ended_at, nowMs)}`,
    `, ${renderNumber(last.units)} sent`,
    outcome === "ok" ? "" : describeAccepted(streams, nowMs, clock),
  ].join("");
  return `${before}${palette(outcomeTone(outcome), outcome)}${cutText(rest, columns - displayWidth(before + outcome))}`;
}

const SENDING = "sending  ";

/** What went wrong may have lasted: when Supabase last took anything. */
function describeAccepted(streams: readonly StreamStatus[], nowMs: number, clock: ClockFace): string {
  const at = Math.max(...streams.map(({ last_delivered_at: acceptedAt }) => acceptedAt ?? Number.NEGATIVE_INFINITY));
  return Number.isFinite(at) ? `; last accepted ${clock.moment(at, nowMs)}` : "";
}
