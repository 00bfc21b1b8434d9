import type { Database } from "../db/index.ts";
import type { AlertLevel } from "../db/schema/jobs.ts";
import { HOUSE_TENANT } from "../db/scope.ts";
import type { Clock } from "../kit/clock.ts";
import { hours, seconds } from "../kit/duration.ts";
import { errorCode } from "../kit/errors.ts";
import type { Logger } from "../kit/log.ts";
import type { HttpClient } from "../net/client.ts";
import type { Peer } from "../net/peer.ts";
import { loadUndelivered, saveDelivered } from "./alerts.ts";
import type { AlertRow } from "./views.ts";

/** Body of the webhook; `text` alone is what Slack-compatible receivers show. */
export interface AlertMessage {
  id: string;
  level: AlertLevel;
  /** `job.failing: daily_analysis`, or `Resolved: …`. */
  title: string;
  text: string;
  tenant: string;
  value: number | null;
  threshold: number | null;
  /** When it began, or when it was resolved. */
  at: string;
}

export type DeliverAlert = (message: AlertMessage, signal: AbortSignal) => Promise<void>;

export interface AlertDelivery {
  /** Tells about firing alerts that nobody was told about. One round at a time; never throws. */
  deliverPending(): Promise<void>;
  /** Tells once that an alert, of which the receiver knows, is over. */
  deliverResolved(row: AlertRow): Promise<void>;
  /** Lets what is under way end for a moment, then aborts it: it stays undelivered. */
  stop(): Promise<void>;
}

/** Alerts of one round: a flood must not keep the round going for minutes. */
const ALERTS_A_ROUND = 20;
/** Rounds in which one process tries an alert; the next start begins anew. */
const MAX_ROUNDS = 10;
/** Wait before the second round; doubles up to the last value. */
const FIRST_WAIT_MS = seconds(30);
const LONGEST_WAIT_MS = hours(1);
/** A process that ends right after a run still gets its alert out. */
const STOP_PATIENCE_MS = seconds(2);

export function createAlertDelivery(options: {
  db: Database;
  clock: Clock;
  log: Logger;
  deliver: DeliverAlert | undefined;
}): AlertDelivery {
  const { db, clock, log, deliver } = options;
  const stopping = new AbortController();
  const failures = new Map<string, { rounds: number; againMs: number }>();
  const underWay = new Set<Promise<void>>();
  let round: Promise<void> | undefined;

  const track = (work: Promise<void>): Promise<void> => {
    underWay.add(work);
    return work.finally(() => underWay.delete(work));
  };
  const isWaiting = (id: string): boolean => {
    const failed = failures.get(id);
    return failed !== undefined && (failed.rounds >= MAX_ROUNDS || clock.monotonicMs() < failed.againMs);
  };
  const tell = async (row: AlertRow): Promise<boolean> => {
    try {
      await deliver?.(alertMessage(row), stopping.signal);
      return true;
    } catch (thrown) {
      if (!stopping.signal.aborted)
        log.warn("alert.undelivered", `The alert ${row.rule} could not be delivered; it stays stored.`, {
          rule: row.rule,
          subject: row.subject,
          error: errorCode(thrown),
        });
      return false;
    }
  };
  const runRound = async () => {
    try {
      for (const row of await loadUndelivered(db, ALERTS_A_ROUND + failures.size)) {
        if (stopping.signal.aborted) return;
        if (isWaiting(row.id)) continue;
        if (await tell(row)) {
          failures.delete(row.id);
          await saveDelivered(db, row.id, clock.now().toISOString());
        } else {
          const rounds = (failures.get(row.id)?.rounds ?? 0) + 1;
          const waitMs = Math.min(FIRST_WAIT_MS * 2 ** (rounds - 1), LONGEST_WAIT_MS);
          failures.set(row.id, { rounds, againMs: clock.monotonicMs() + waitMs });
        }
      }
    } catch (thrown) {
      log.warn("alert.undelivered", "Stored alerts could not be read for delivery.", { error: errorCode(thrown) });
    }
  };

  return {
    deliverPending() {
      if (!deliver || stopping.signal.aborted) return Promise.resolve();
      round ??= track(runRound()).finally(() => {
        round = undefined;
      });
      return round;
    },
    async deliverResolved(row) {
      failures.delete(row.id);
      if (deliver && row.deliveredAt && !stopping.signal.aborted) await track(tell(row).then(() => undefined));
    },
    async stop() {
      const over = new AbortController();
      const patience = clock.sleep(STOP_PATIENCE_MS, over.signal).catch(() => undefined);
      await Promise.race([Promise.all(underWay), patience]);
      over.abort();
      stopping.abort();
    },
  };
}

function alertMessage(row: AlertRow): AlertMessage {
  const name = row.subject ? `${row.rule}: ${row.subject}` : row.rule;
  const resolved = row.state === "resolved";
  return {
    id: row.id,
    level: row.level,
    title: resolved ? `Resolved: ${name}` : name,
    text: resolved ? `Resolved: ${row.message}` : row.message,
    tenant: row.tenantId ?? HOUSE_TENANT,
    value: row.value,
    threshold: row.threshold,
    at: resolved && row.resolvedAt ? row.resolvedAt : row.firstSeen,
  };
}

/** The receiver of alerts as a source that may be called; `url` is the operator's setting. */
export function alertWebhookPeer(url: string): Peer {
  return {
    name: "alert_webhook",
    // Standard ports are left out, as in the hosts of other peers.
    hosts: [new URL(url).host],
    // The path of a webhook is its key.
    secretPath: true,
    attempts: 4,
    delaysMs: [seconds(1), seconds(2), seconds(4)],
    timeoutMs: seconds(10),
    spacingMs: 0,
    concurrency: 1,
  };
}

/** Posts to `ALERT_WEBHOOK_URL`; attempts and waits are those of `alertWebhookPeer`. A repeated post is harmless: it has the alert's id. */
export function createWebhookDelivery({ http, url }: { http: HttpClient; url: string }): DeliverAlert {
  return async (message, signal) => {
    await http.call("alert_webhook", {
      url,
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(message),
      signal,
      kind: "alert",
      idempotent: true,
    });
  };
}
