import { and, desc, eq, isNull, sql } from "drizzle-orm";
import type { Database, Writer } from "../db/index.ts";
import { type AlertLevel, alerts } from "../db/schema/jobs.ts";
import type { Clock } from "../kit/clock.ts";
import { seconds } from "../kit/duration.ts";
import { toError } from "../kit/errors.ts";
import type { Ids } from "../kit/ids.ts";
import type { Logger } from "../kit/log.ts";
import type { HouseEvents } from "./events.ts";
import type { AlertRow } from "./views.ts";

export interface AlertInput {
  /** `noun.state`, for example `source.down`. */
  rule: string;
  /** What it is about: a job, a source; empty for the whole house. One alert fires per rule and subject. */
  subject?: string;
  level: AlertLevel;
  message: string;
  value?: number;
  threshold?: number;
  context?: Record<string, unknown>;
}

/**
 * Raises and clears alerts. Both may be called as often as one likes: only a transition makes a row, an event and a
 * delivery. Neither ever throws: a failure is logged, because an alert must not break what it watches.
 */
export interface AlertBook {
  raise(alert: AlertInput): Promise<void>;
  clear(rule: string, subject?: string): Promise<void>;
}

/** A re-firing this soon after its recovery is a row like any other, but not delivered (DESIGN of operations, 12). */
const MUTED_AFTER_RECOVERY_MS = seconds(1_800);
/** `last_seen` of an unchanged alert is written this often. */
const SEEN_EVERY_MS = seconds(60);

export interface AlertBookOptions {
  db: Database;
  clock: Clock;
  ids: Ids;
  log: Logger;
  events: HouseEvents;
  /** Called after each transition, with the row as it is now. */
  onChange: (row: AlertRow) => void;
}

export function createAlertBook(options: AlertBookOptions): AlertBook {
  const { db, clock, log } = options;
  const guarded = async (rule: string, work: () => Promise<void>) => {
    try {
      await work();
    } catch (thrown) {
      log.error("alert.failed", `The alert ${rule} could not be stored.`, { rule, error: toError(thrown) });
    }
  };
  return {
    raise: (alert) =>
      guarded(alert.rule, async () => {
        const known = await loadFiring(db, alert.rule, alert.subject ?? "");
        if (known && isUnchanged(known, alert, clock.now())) return;
        const change = await db.write((tx) => saveFiring(tx, alert, clock.now(), options.ids.uuid()));
        if (change.transition) announce(options, "alert.firing", change.row);
      }),
    clear: (rule, subject = "") =>
      guarded(rule, async () => {
        if (!(await loadFiring(db, rule, subject))) return;
        const row = await db.write((tx) => saveResolved(tx, rule, subject, clock.now()));
        if (row) announce(options, "alert.resolved", row);
      }),
  };
}

function announce(options: AlertBookOptions, type: "alert.firing" | "alert.resolved", row: AlertRow): void {
  const { rule, subject, level, message } = row;
  const write = type === "alert.resolved" ? options.log.info : options.log.warn;
  write(type, type === "alert.resolved" ? `Resolved: ${message}` : message, { rule, subject, alert_level: level });
  options.events.publish({ type, rule, subject, level, message });
  options.onChange(row);
}

async function loadFiring(db: Database, rule: string, subject: string): Promise<AlertRow | undefined> {
  const [row] = await db.read.select().from(alerts).where(firing(rule, subject));
  return row;
}

const firing = (rule: string, subject: string) =>
  and(eq(alerts.rule, rule), eq(alerts.subject, subject), eq(alerts.state, "firing"));

const isUnchanged = (known: AlertRow, alert: AlertInput, now: Date): boolean =>
  known.level === alert.level &&
  known.message === alert.message &&
  now.getTime() - Date.parse(known.lastSeen) < SEEN_EVERY_MS &&
  now.getTime() >= Date.parse(known.lastSeen);

async function saveFiring(
  tx: Writer,
  alert: AlertInput,
  now: Date,
  id: string,
): Promise<{ row: AlertRow; transition: boolean }> {
  const subject = alert.subject ?? "";
  const values = {
    level: alert.level,
    message: alert.message,
    lastSeen: now.toISOString(),
    value: alert.value ?? null,
    threshold: alert.threshold ?? null,
  };
  const [known] = await tx.select().from(alerts).where(firing(alert.rule, subject));
  if (!known) {
    const muted = await recoveredLately(tx, alert.rule, subject, now);
    const context = muted ? { ...alert.context, muted: true } : (alert.context ?? null);
    const [row] = await tx
      .insert(alerts)
      .values({ id, rule: alert.rule, subject, state: "firing", firstSeen: values.lastSeen, context, ...values })
      .returning();
    return { row: row!, transition: true };
  }
  const escalated = known.level === "warning" && alert.level === "critical";
  const [row] = await tx
    .update(alerts)
    // Worse than what was told: it is told again, muted or not.
    .set({ ...values, ...(escalated ? { deliveredAt: null, context: alert.context ?? null } : {}) })
    .where(eq(alerts.id, known.id))
    .returning();
  return { row: row!, transition: escalated };
}

async function recoveredLately(tx: Writer, rule: string, subject: string, now: Date): Promise<boolean> {
  const [last] = await tx
    .select({ at: alerts.resolvedAt })
    .from(alerts)
    .where(and(eq(alerts.rule, rule), eq(alerts.subject, subject), eq(alerts.state, "resolved")))
    .orderBy(desc(alerts.resolvedAt))
    .limit(1);
  return last?.at != null && Math.abs(now.getTime() - Date.parse(last.at)) < MUTED_AFTER_RECOVERY_MS;
}

async function saveResolved(tx: Writer, rule: string, subject: string, now: Date): Promise<AlertRow | undefined> {
  const at = now.toISOString();
  const [row] = await tx
    .update(alerts)
    .set({ state: "resolved", resolvedAt: at, lastSeen: at })
    .where(firing(rule, subject))
    .returning();
  return row;
}

/** Newest first. */
export async function loadAlerts(
  db: Database,
  { state, limit }: { state?: "firing" | "resolved"; limit: number },
): Promise<AlertRow[]> {
  return db.read
    .select()
    .from(alerts)
    .where(state ? eq(alerts.state, state) : undefined)
    .orderBy(desc(alerts.firstSeen), desc(alerts.id))
    .limit(limit);
}

/** Firing alerts that nobody was told about and that are not muted; oldest first. */
export async function loadUndelivered(db: Database, limit: number): Promise<AlertRow[]> {
  return db.read
    .select()
    .from(alerts)
    .where(
      and(
        eq(alerts.state, "firing"),
        isNull(alerts.deliveredAt),
        sql`coalesce(json_extract(${alerts.context}, '$.muted'), 0) = 0`,
      ),
    )
    .orderBy(alerts.firstSeen)
    .limit(limit);
}

export async function saveDelivered(db: Database, id: string, at: string): Promise<void> {
  await db.write(async (tx) => {
    await tx.update(alerts).set({ deliveredAt: at }).where(eq(alerts.id, id));
  });
}
