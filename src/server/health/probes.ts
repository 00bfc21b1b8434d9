import { eq } from "drizzle-orm";
import type { Database } from "../../db/index.ts";
import { jobState } from "../../db/schema/index.ts";
import type { JobRuntime } from "../../jobs/runtime.ts";
import type { Clock } from "../../kit/clock.ts";
import { seconds } from "../../kit/duration.ts";
import type { Probe } from "./readiness.ts";

/** Not a job name, so nothing reads it; written and deleted in one transaction, so nothing sees it. */
const PROBE_ROW = "-probe-";
/** The scheduler looks at the clock at least every 30 s; this long without is a standstill (operations, section 8). */
const MAX_TICK_AGE_MS = seconds(90);

/** The local store takes a write. */
export function sqliteProbe(db: Database, clock: Clock): Probe {
  return {
    name: "sqlite",
    critical: true,
    timeoutMs: seconds(1),
    check: () =>
      db.write(async (tx) => {
        await tx
          .insert(jobState)
          .values({ job: PROBE_ROW, updatedAt: clock.now().toISOString() })
          .onConflictDoNothing();
        await tx.delete(jobState).where(eq(jobState.job, PROBE_ROW));
        return true;
      }),
  };
}

/** The scheduler looked at the clock lately. */
export function schedulerProbe(jobs: JobRuntime, clock: Clock): Probe {
  return {
    name: "scheduler",
    critical: true,
    timeoutMs: seconds(1),
    check: async () => jobs.lastTickAt !== null && clock.now().getTime() - jobs.lastTickAt.getTime() < MAX_TICK_AGE_MS,
  };
}
