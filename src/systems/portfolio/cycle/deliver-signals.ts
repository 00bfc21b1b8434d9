import type { Database } from "../../../db/index.ts";
import { HOUSE_TENANT } from "../../../db/scope.ts";
import { type AlertMessage, createWebhookDelivery } from "../../../jobs/alert-delivery.ts";
import type { JobContext } from "../../../jobs/define.ts";
import { addDays, type IsoDate } from "../../../kit/dates.ts";
import { minutes } from "../../../kit/duration.ts";
import { errorCode } from "../../../kit/errors.ts";
import { type AlertRow, loadUndelivered, markDelivered } from "../store/alerts.ts";

/** Signals told in one cycle; the others follow with the next ones. */
const SIGNALS_A_CYCLE = 50;
/** After so long no further post begins: a slow receiver must not use up the time of the job. */
const ROUND_MS = minutes(1);
/** Older signals are history, not news. */
const NEWS_DAYS = 7;

export interface SignalDelivery {
  db: Database;
  url: string;
  tradingDate: IsoDate;
}

/**
 * Posts high-priority signals that nobody was told about, each once: it counts as told when the receiver has taken it.
 * A receiver that fails, or is slow, ends the round and costs the cycle nothing. Resolves with how many were told.
 */
export async function deliverSignals(
  { http, log, clock, signal }: JobContext,
  { db, url, tradingDate }: SignalDelivery,
): Promise<number> {
  const deliver = createWebhookDelivery({ http, url });
  const waiting = await loadUndelivered(db.read, addDays(tradingDate, -NEWS_DAYS), SIGNALS_A_CYCLE);
  const endMs = clock.monotonicMs() + ROUND_MS;
  let told = 0;
  for (const row of waiting) {
    if (clock.monotonicMs() >= endMs) {
      log.warn("portfolio.signals_deferred", "The alert webhook is slow; the other signals wait for the next cycle.", {
        waiting: waiting.length - told,
      });
      return told;
    }
    try {
      await deliver(signalMessage(row), signal);
    } catch (thrown) {
      signal.throwIfAborted();
      log.warn(
        "portfolio.signal_undelivered",
        "The alert webhook did not take a signal; it stays for the next cycle.",
        {
          error: errorCode(thrown),
          waiting: waiting.length - told,
        },
      );
      return told;
    }
    await markDelivered(db, row, clock.now().toISOString());
    told++;
  }
  return told;
}

/** The webhook's body for a signal; `id` is the same whenever it is sent again. */
function signalMessage({ userId, symbol, type, barDate, description, recommendation, price, createdAt }: AlertRow) {
  return {
    id: `${userId}/${symbol}/${type}/${barDate}`,
    level: "warning",
    title: `portfolio.signal: ${symbol} ${type} (${barDate})`,
    text: `${symbol} ${recommendation}: ${description}`,
    tenant: HOUSE_TENANT,
    value: price,
    threshold: null,
    at: createdAt,
  } satisfies AlertMessage;
}
