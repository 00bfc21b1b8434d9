import { statement } from "../db/index.ts";
import { DEAD_LETTER_QUEUES } from "../db/schema/mirror.ts";
import type { HttpEvent } from "../net/call-context.ts";
import type { Metrics } from "../server/metrics/index.ts";
import type { DrainReport } from "./delivery/drain.ts";
import type { MirrorParts } from "./mirror.ts";
import { loadMirrorStatus } from "./status.ts";

/** The figures of operations 9 that the mirror knows. Counts only; labels are names of tables and queues. */
export function watchMirror(metrics: Metrics, { db, streams, settings, clock }: MirrorParts): void {
  metrics.collect("mirror", async () => {
    const uploads = settings.enableSupabaseUpload;
    const status = await loadMirrorStatus({ db, streams, enabled: true, uploads, now: clock.now() });
    metrics.set("mirror_outbox_size", status.owed);
    metrics.set("mirror_lag_seconds", status.lag_seconds);
    const letters = (await db.read.all(
      statement(
        "select queue, count(*) as letters from dead_letters where state in ('open', 'parked') group by queue",
        [],
      ),
    )) as { queue: string; letters: number }[];
    for (const queue of DEAD_LETTER_QUEUES)
      metrics.set("dead_letters_open", letters.find((row) => row.queue === queue)?.letters ?? 0, { queue });
  });
}

/** What a drain sent, by table. */
export function countDelivered(metrics: Metrics, { delivered, deadLettered }: DrainReport): void {
  for (const [table, rows] of Object.entries(delivered))
    metrics.increment("mirror_rows_total", { table, result: "ok" }, rows);
  metrics.increment("mirror_rows_total", { table: "all", result: "dead_letter" }, deadLettered);
}

/** Requests to the project by its services, whoever made them. */
export function countSupabase(metrics: Metrics, { peer, kind, statusClass, bytes, bytesSent }: HttpEvent): void {
  const service = peer === "supabase" ? kind.split("_")[0] : peer === "supabase_auth" ? "auth" : undefined;
  if (service === undefined || statusClass === "refused") return;
  metrics.increment("supabase_requests_total", { service });
  metrics.increment("supabase_bytes_total", { service, direction: "out" }, bytesSent);
  metrics.increment("supabase_bytes_total", { service, direction: "in" }, bytes - bytesSent);
}
