import { DEAD_LETTER_QUEUES } from "../db/schema/mirror.ts";
import type { HttpEvent } from "../net/call-context.ts";
import type { Metrics } from "../server/metrics/index.ts";
import { countWaitingLetters } from "./dead-letters/read.ts";
import type { DrainReport } from "./delivery/drain.ts";
import type { MirrorParts } from "./mirror.ts";
import { loadMirrorStatus } from "./status.ts";

/** The figures of operations 9 that the mirror knows. Counts only; labels are names of tables and queues. */
export function watchMirror(metrics: Metrics, parts: MirrorParts): void {
  metrics.collect("mirror", async () => {
    const status = await loadMirrorStatus(parts);
    metrics.set("mirror_outbox_size", status.owed);
    metrics.set("mirror_lag_seconds", status.lag_seconds);
    const waiting = await countWaitingLetters(parts.db.read);
    for (const queue of DEAD_LETTER_QUEUES) {
      const letters = waiting.filter((each) => each.queue === queue).reduce((sum, each) => sum + each.letters, 0);
      metrics.set("dead_letters_open", letters, { queue });
    }
  });
}

/** What a drain sent, by table. */
export function countDelivered(metrics: Metrics, { delivered, deleted, deadLettered }: DrainReport): void {
  for (const [result, counts] of Object.entries({ ok: delivered, deleted, dead_letter: deadLettered }))
    for (const [table, rows] of Object.entries(counts)) metrics.increment("mirror_rows_total", { table, result }, rows);
}

/** Requests to the project by its services, whoever made them. */
export function countSupabase(metrics: Metrics, { peer, kind, statusClass, bytes, bytesSent }: HttpEvent): void {
  const service = peer === "supabase" ? kind.split("_")[0] : peer === "supabase_auth" ? "auth" : undefined;
  if (service === undefined || statusClass === "refused") return;
  metrics.increment("supabase_requests_total", { service });
  metrics.increment("supabase_bytes_total", { service, direction: "out" }, bytesSent);
  metrics.increment("supabase_bytes_total", { service, direction: "in" }, bytes - bytesSent);
}
