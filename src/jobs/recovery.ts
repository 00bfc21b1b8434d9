import { and, eq, inArray, isNotNull, ne, notInArray, sql } from "drizzle-orm";
import type { Database, Writer } from "../db/index.ts";
import { alerts, jobRuns, jobSlots } from "../db/schema/jobs.ts";
import type { JobEntry } from "./job-entry.ts";
import { nextAttemptAt } from "./retries.ts";
import { runFacts } from "./run-end.ts";
import { setSlot } from "./slot-store.ts";
import type { RunRow } from "./views.ts";

/**
 * What a start does before anything else: runs of another boot are over. They become `failed / interrupted`, end at
 * their last heartbeat, and are due again at once (`retries.ts` says how often). Returns them as they are now.
 *
 * The lock of the data directory guarantees that the other boot is gone.
 */
export async function recoverRuns(
  db: Database,
  options: { bootId: string; entries: ReadonlyMap<string, JobEntry>; now: Date },
): Promise<RunRow[]> {
  return db.write(async (tx) => {
    const orphans = await tx
      .select()
      .from(jobRuns)
      .where(and(eq(jobRuns.status, "running"), ne(jobRuns.bootId, options.bootId)));
    const recovered: RunRow[] = [];
    for (const orphan of orphans) recovered.push(await closeOrphan(tx, orphan, options));
    await forgetRemovedJobs(tx, [...options.entries.keys()], options.now.toISOString());
    await settleLooseSlots(tx, options.now.toISOString());
    return recovered;
  });
}

async function closeOrphan(
  tx: Writer,
  orphan: RunRow,
  { entries, now }: { entries: ReadonlyMap<string, JobEntry>; now: Date },
): Promise<RunRow> {
  const outcome = "interrupted" as const;
  const definition = entries.get(orphan.jobName)?.definition;
  const retryAt = definition ? nextAttemptAt(definition, { ...orphan, outcome }, now) : undefined;
  const [row] = await tx
    .update(jobRuns)
    .set({
      status: "failed",
      outcome,
      endTime: orphan.heartbeatAt ?? orphan.startTime,
      retryAt: retryAt?.toISOString() ?? null,
      tickersProcessed: orphan.progressDone,
      logData: { ...runFacts(orphan), outcome, error: "The process ended during the run." },
    })
    .where(eq(jobRuns.id, orphan.id))
    .returning();
  if (orphan.slotAt)
    await setSlot(
      tx,
      orphan.jobName,
      orphan.slotAt,
      retryAt ? { state: "due", settledAt: null } : { state: "done", settledAt: now.toISOString() },
    );
  return row!;
}

/** Jobs that are no longer declared wait for nothing and have no trouble. */
async function forgetRemovedJobs(tx: Writer, known: string[], now: string): Promise<void> {
  await tx
    .update(jobRuns)
    .set({ retryAt: null })
    .where(and(isNotNull(jobRuns.retryAt), notInArray(jobRuns.jobName, known)));
  await tx
    .update(alerts)
    .set({ state: "resolved", resolvedAt: now })
    .where(
      and(
        eq(alerts.state, "firing"),
        inArray(alerts.rule, ["job.failing", "job.slow", "job.overdue"]),
        notInArray(alerts.subject, known),
      ),
    );
}

/** A slot that is open although nothing runs or waits for it is over: its last run says how. */
async function settleLooseSlots(tx: Writer, now: string): Promise<void> {
  await tx
    .update(jobSlots)
    .set({ state: "done", settledAt: now })
    .where(
      and(
        inArray(jobSlots.state, ["due", "running"]),
        sql`not exists (select 1 from job_runs where job_name = ${jobSlots.job} and slot_at = ${jobSlots.slotAt}
          and (status = 'running' or retry_at is not null))`,
      ),
    );
}
