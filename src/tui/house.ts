import type { Mirror } from "./mirror.ts";
import type { Portfolio } from "./portfolio.ts";
import type { ProgressEvent, Run, ScoreHistory, Scores, Status } from "./wire.ts";

/** Whether the answers come, and whether the server also calls by itself. */
export type Connection =
  | { state: "connecting" }
  /** `live`: events arrive. `polling`: only answers to questions do. */
  | { state: "live" }
  | { state: "polling" }
  /** `denied`: the token is missing or refused. */
  | LostConnection;

export interface LostConnection {
  state: "offline" | "denied";
  sinceMs: number;
  reason: string;
}

/** All that the dashboard knows. Kept when the connection is lost: old data with its age is better than none. */
export interface House {
  connection: Connection;
  status: Status | null;
  /** When `status` was read. */
  statusAtMs: number | null;
  /** Null while unknown or while there is no analysis yet; `scoresKnown` tells which. */
  scores: Scores | null;
  scoresKnown: boolean;
  scoresAtMs: number | null;
  histories: ReadonlyMap<string, readonly ScorePoint[]>;
  /** Null until it was read. */
  portfolio: Portfolio | null;
  /** Null until it was read. */
  mirror: Mirror | null;
}

export interface ScorePoint {
  date: string;
  score: number | null;
}

export const UNKNOWN_HOUSE: House = {
  connection: { state: "connecting" },
  status: null,
  statusAtMs: null,
  scores: null,
  scoresKnown: false,
  scoresAtMs: null,
  histories: new Map(),
  portfolio: null,
  mirror: null,
};

/** Points of a sparkline. */
const HISTORY_POINTS = 20;

/** Each ticker's last scores, oldest first. */
export function groupHistory(rows: ScoreHistory): ReadonlyMap<string, readonly ScorePoint[]> {
  const byTicker = new Map<string, ScorePoint[]>();
  for (const row of rows) {
    const points = byTicker.get(row.ticker) ?? [];
    points.push({ date: row.analysis_date, score: row.total_score });
    byTicker.set(row.ticker, points);
  }
  for (const [ticker, points] of byTicker) {
    points.sort((a, b) => a.date.localeCompare(b.date));
    byTicker.set(ticker, points.slice(-HISTORY_POINTS));
  }
  return byTicker;
}

/** Points that a score moved since the ticker's last date before `date`; null without one. */
export function computeChange(score: number | null, date: string, history: readonly ScorePoint[]): number | null {
  const before = history.findLast((point) => point.date < date && point.score !== null);
  return score === null || before?.score == null ? null : score - before.score;
}

/** The status after a progress event, without asking the server again. */
export function applyProgress(status: Status, event: ProgressEvent): Status {
  const advance = (run: Run): Run =>
    run.id === event.run_id && run.status === "running" ? { ...run, progress: progressOf(event) } : run;
  const concerns = (run: Run | null) => run?.id === event.run_id;
  if (!status.jobs.some((job) => concerns(job.last_run) || job.runs.some(concerns))) return status;
  const jobs = status.jobs.map((job) => ({
    ...job,
    last_run: job.last_run && advance(job.last_run),
    runs: job.runs.map(advance),
  }));
  return { ...status, jobs };
}

export function progressOf(event: ProgressEvent): Run["progress"] {
  const { done, total, item, eta_ms: etaMs } = event;
  return { done, total, item, eta_seconds: etaMs === null ? null : etaMs / 1000 };
}

export function isSample({ scores, portfolio }: House): boolean {
  const scans = portfolio ? Object.values(portfolio.scans) : [];
  return [scores, ...(scores?.items ?? []), ...scans].some((shown) => shown?.data_source === "sample");
}

/** The run that goes on, if one does. */
export const runningRun = (job: Status["jobs"][number]): Run | null =>
  job.runs.find((run) => run.status === "running") ?? (job.last_run?.status === "running" ? job.last_run : null);
