import { type House, runningRun } from "./house.ts";
import { nextRunOf } from "./job-state.ts";
import { demandOfMirror } from "./MirrorSummary.tsx";
import { openMirrorOf } from "./mirror.ts";
import type { Navigation, Pane } from "./navigation.ts";
import { type Demand, mainColumnsOf, type Section } from "./overview-layout.ts";
import { candidatesOf } from "./portfolio.ts";
import { budgetRows } from "./SourceBudgets.tsx";
import type { Job } from "./wire.ts";

/** Entries of every list. */
export const countLists = ({ status, scores, portfolio, mirror }: House): Record<Pane, number> => ({
  jobs: status?.jobs.length ?? 0,
  scores: scores?.items.length ?? 0,
  candidates: candidatesOf(portfolio).length,
  users: portfolio?.results.length ?? 0,
  streams: openMirrorOf(mirror)?.streams.length ?? 0,
  letters: openMirrorOf(mirror)?.letters?.length ?? 0,
});

export const newestRunOf = (job: Job): number | null => (runningRun(job) ?? job.runs[0] ?? job.last_run)?.id ?? null;

/** What the screen counts by the second or towards. */
export function watchedTime({ connection, status }: House) {
  const jobs = status?.jobs ?? [];
  // A lost server's last words must not keep the clock ticking by the second.
  const heard = connection.state === "live" || connection.state === "polling";
  return { running: heard && jobs.some((job) => runningRun(job) !== null), nextRunMs: heard ? nextRunOf(jobs) : null };
}

/** Lists shrink under the selection. */
export function clampSelection(at: Navigation, counts: Record<Pane, number>): Navigation {
  const clamp = (pane: Pane) => Math.max(0, Math.min(at.selected[pane], counts[pane] - 1));
  const selected = {
    jobs: clamp("jobs"),
    scores: clamp("scores"),
    candidates: clamp("candidates"),
    users: clamp("users"),
    streams: clamp("streams"),
    letters: clamp("letters"),
  };
  return { ...at, selected };
}

/** Rows that the sections of the overview need and want. */
export function demandsOf(house: House, columns: number): Record<Section, Demand> {
  const { status, scores } = house;
  const jobs = status?.jobs.length ?? 0;
  const items = scores?.items.length ?? 0;
  const alerts = status?.alerts.length ?? 0;
  const budgets = budgetRows(status?.quotas.length ?? 0, mainColumnsOf(columns));
  return {
    jobs: { min: Math.min(3, Math.max(1, jobs)), want: Math.max(1, jobs) },
    // A heading above and a summary below the rows.
    scores: { min: Math.min(4, items + 1), want: items === 0 ? 1 : items + 2 },
    alerts: { min: 1, want: Math.max(1, alerts) },
    mirror: demandOfMirror(house),
    sources: { min: 1, want: budgets },
  };
}
