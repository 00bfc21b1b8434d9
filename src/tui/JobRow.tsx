import { type ClockFace, useClockFace } from "./clock-face.ts";
import { renderCountdown, renderExactSpan } from "./countdown.ts";
import { cutText, displayWidth, fitText } from "./fit-text.ts";
import { runningRun } from "./house.ts";
import { describeJob, runsEveryMinute } from "./job-state.ts";
import { Line } from "./Line.tsx";
import { usePalette } from "./palette.ts";
import { renderCount, renderProgressBar } from "./progress-bar.ts";
import type { Job, Run } from "./wire.ts";

export interface JobRowProps {
  job: Job;
  nameWidth: number;
  columns: number;
  selected: boolean;
  nowMs: number;
  /** When the job was read: its ETA counts from there. */
  readAtMs: number;
}

const MARKER_WIDTH = 2;
const STATE_WIDTH = 12;
/** `in 23h59m` and `12-31 23:59`. */
const COUNTDOWN_WIDTH = 10;
const MOMENT_WIDTH = 11;
const MIN_BAR_WIDTH = 8;
const MAX_BAR_WIDTH = 30;

/** A job in one row: marker, name, state, then progress while it runs, else its next and its last run. */
export function JobRow({ job, nameWidth, columns, selected, nowMs, readAtMs }: JobRowProps) {
  const palette = usePalette();
  const clock = useClockFace();
  const { word, tone } = describeJob(job);
  const rest = columns - MARKER_WIDTH - nameWidth - STATE_WIDTH - 2;
  const run = runningRun(job);
  const detail = run ? renderRunning(run, nowMs, readAtMs, rest) : renderWaiting(job, nowMs, clock, rest);
  const name = fitText(job.job_name, nameWidth);
  return (
    <Line>
      {`${selected ? "> " : "  "}${palette(selected ? "selected" : "plain", name)} ${palette(tone, fitText(word, STATE_WIDTH))} ${detail}`}
    </Line>
  );
}

export function renderRunning({ progress, start_time }: Run, nowMs: number, readAtMs: number, width: number): string {
  const { done, total, item, eta_seconds: etaSeconds } = progress;
  const barWidth = Math.max(MIN_BAR_WIDTH, Math.min(MAX_BAR_WIDTH, Math.floor(width / 3)));
  const left = etaSeconds === null ? null : Math.max(0, etaSeconds * 1000 - Math.max(0, nowMs - readAtMs));
  return joinFitting(
    [
      renderProgressBar(done, total, barWidth),
      renderCount(done, total),
      left === null ? "" : `eta ${renderExactSpan(left)}`,
      start_time === null ? "" : renderExactSpan(nowMs - start_time),
      item ?? "",
    ],
    "  ",
    width,
  );
}

function renderWaiting(job: Job, nowMs: number, clock: ClockFace, width: number): string {
  const retryAt = job.last_run?.retry_at ?? null;
  const nextAt = retryAt ?? job.next_run;
  const waits = job.enabled && !job.paused && nextAt !== null;
  const counted = waits && (retryAt !== null || !runsEveryMinute(job));
  const next = counted
    ? `${fitText(renderCountdown(nextAt, nowMs), COUNTDOWN_WIDTH)}${fitText(clock.moment(nextAt, nowMs), MOMENT_WIDTH)}`
    : fitText(waits ? "every minute" : "no next run", COUNTDOWN_WIDTH + MOMENT_WIDTH);
  return joinFitting([next, retryAt === null ? "" : "(retry)", renderLast(job, nowMs, clock)], " ", width);
}

function renderLast({ last_run: last }: Job, nowMs: number, clock: ClockFace): string {
  if (!last || last.start_time === null) return "";
  const took = last.duration_seconds === null ? "" : ` ${renderExactSpan(last.duration_seconds * 1000)}`;
  return `last ${clock.moment(last.start_time, nowMs)}${took}`;
}

/** The parts that fit, the most important first; only the first one is ever cut. */
function joinFitting(parts: readonly string[], separator: string, width: number): string {
  let joined = "";
  for (const part of parts.filter((one) => one !== "")) {
    const longer = joined === "" ? cutText(part, width) : joined + separator + part;
    if (displayWidth(longer) > width) break;
    joined = longer;
  }
  return joined;
}
