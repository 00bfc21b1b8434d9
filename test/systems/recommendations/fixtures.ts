import type { Database } from "../../../src/db/index.ts";
import type { Outcome, Trigger } from "../../../src/db/schema/jobs.ts";
import { jobRuns } from "../../../src/db/schema/jobs.ts";
import type { IsoDate } from "../../../src/kit/dates.ts";
import { loadSettings, type Settings } from "../../../src/settings.ts";
import type { ScoredAnalysis, Verdict } from "../../../src/systems/recommendations/analysis.ts";
import type { RatedTicker, RowOrigin } from "../../../src/systems/recommendations/save.ts";

export const settingsOf = (environment: Record<string, string> = {}): Settings => loadSettings(environment).settings;

export const AT = "2026-03-02T09:00:00.000Z";

export function scored(type: ScoredAnalysis["type"], score: number | null, status = "fresh"): ScoredAnalysis {
  return {
    type,
    score,
    indicators: score === null ? null : { value: score },
    raw: { said: type },
    metadata: { status: status as "fresh", source: "test", fetched_at: AT, as_of: "2026-02-27" },
  };
}

export function verdict(changes: Partial<Verdict> = {}): Verdict {
  return {
    profile: "v2",
    recommendation: "MANTENER",
    totalScore: 55,
    confidence: 80,
    coverage: 1,
    riskLevel: "medium",
    targetPrice: 10,
    summary: "Mantener posición - Score: 55/100",
    ...changes,
  };
}

export function rated(ticker: string, changes: Partial<RatedTicker> = {}): RatedTicker {
  return {
    ticker,
    companyName: `${ticker} S.A.`,
    currency: "USD",
    barDate: "2026-02-27",
    currentPrice: 10,
    dataSource: "csv",
    verdict: verdict(),
    analyses: [
      scored("technical", 60),
      scored("fundamental", 50),
      scored("macro", null, "error"),
      scored("sentiment", 40, "stale"),
    ],
    ...changes,
  };
}

export const origin =
  (analysisDate: IsoDate, changes: Partial<RowOrigin> = {}) =>
  (): RowOrigin => ({
    analysisDate,
    trigger: "cron",
    jobRunId: null,
    writtenAt: AT,
    ...changes,
  });

interface NewRun {
  outcome: Outcome | null;
  job?: string;
  trigger?: Trigger;
  attempt?: number;
  slotAt?: string | null;
  startTime?: string;
  logData?: Record<string, unknown>;
}

let runs = 0;

/** A row of `job_runs`; `outcome: null` is one still running. */
export async function insertRun(db: Database, run: NewRun): Promise<number> {
  const { outcome, job = "daily_analysis", trigger = "cron", attempt = 1, slotAt = null, startTime = AT } = run;
  const status = outcome === null ? "running" : outcome === "ok" || outcome === "partial" ? "completed" : "failed";
  return db.write(async (tx) => {
    const [row] = await tx
      .insert(jobRuns)
      .values({
        uid: `run-${++runs}`,
        jobName: job,
        trigger,
        attempt,
        slotAt,
        startTime,
        status,
        outcome,
        bootId: "boot",
        createdAt: startTime,
        ...(run.logData ? { logData: run.logData } : {}),
      })
      .returning({ id: jobRuns.id });
    return row!.id;
  });
}
