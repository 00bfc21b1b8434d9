import type { ClockFace } from "./clock-face.ts";
import { renderCountdown, renderExactSpan } from "./countdown.ts";
import { cutText, displayWidth } from "./fit-text.ts";
import { runningRun } from "./house.ts";
import { outcomeTone } from "./job-state.ts";
import type { Palette } from "./palette.ts";
import { PORTFOLIO_CYCLE, type Portfolio } from "./portfolio.ts";
import type { Cycle } from "./portfolio-wire.ts";
import { renderCount } from "./progress-bar.ts";
import type { Job } from "./wire.ts";

/** `next in 31m 16:00`, or what holds it back. */
export function renderNextCycle({ enabled, paused, next_run: next }: Job, nowMs: number, clock: ClockFace): string {
  if (!enabled) return "off";
  if (paused) return "paused";
  return next === null ? "no next run" : `next ${renderCountdown(next, nowMs)} ${clock.moment(next, nowMs)}`;
}

export interface CycleTextOptions {
  portfolio: Portfolio | null;
  job: Job | null;
  nowMs: number;
  clock: ClockFace;
  columns: number;
  palette: Palette;
}

/** The last cycle in one line, after the one that goes on now. */
export function renderCycle({ portfolio, job, nowMs, clock, columns, palette }: CycleTextOptions): string {
  const run = job && runningRun(job);
  const running = run ? `running ${renderCount(run.progress.done, run.progress.total)}  ` : "";
  const room = columns - displayWidth(running);
  const cycle = portfolio?.cycle ?? null;
  if (cycle === null || cycle === "not allowed") return palette("accent", running);
  if (cycle === "none yet")
    return (
      palette("accent", running) + (run ? "" : `no cycle yet: the first run of ${PORTFOLIO_CYCLE} makes the files`)
    );
  const outcome = cycle.outcome ?? "?";
  const last = run ? "last " : "";
  const rest = cutText(describeCycle(cycle, nowMs, clock), room - displayWidth(last + outcome) - 1);
  return `${palette("accent", running)}${last}${palette(outcomeTone(cycle.outcome), outcome)} ${rest}`;
}

function describeCycle(cycle: Cycle, nowMs: number, clock: ClockFace): string {
  const { started_at: from, timestamp: to, successful, failed, details } = cycle;
  const when = to === null ? "" : clock.moment(to, nowMs);
  const took = from === null || to === null ? "" : `, took ${renderExactSpan(to - from)}`;
  const users = `${successful - details.empty} ok, ${failed} failed, ${details.empty} empty`;
  return `${when}${took}; users: ${users}; ${details.files_changed} files changed`;
}
