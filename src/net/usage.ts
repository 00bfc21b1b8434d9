import { and, eq, lt, lte, ne, sql } from "drizzle-orm";
import type { Database, Reader, Writer } from "../db/index.ts";
import { httpMemory, httpUsage } from "../db/schema/net.ts";
import type { Clock } from "../kit/clock.ts";
import { addDays, type IsoDate, utcDate } from "../kit/dates.ts";

/** How one request ended. `open`: it left and its end is not known yet, or never came because the process died. */
export type StatusClass = "2xx" | "3xx" | "4xx" | "5xx" | "network" | "timeout" | "aborted" | "refused" | "open";

/** A request that may leave: it is counted already. */
export interface BudgetUnit {
  day: IsoDate;
  system: string;
  peer: string;
  kind: string;
}

export interface RequestEnd {
  statusClass: StatusClass;
  retry: boolean;
  error: boolean;
  /** Bodies sent and received, the latter after decompression. */
  bytes: number;
  durationMs: number;
}

export type BudgetDecision =
  | { granted: true; unit: BudgetUnit }
  /** `reserved`: what is left is kept for others. */
  | { granted: false; reason: "exhausted" | "reserved" };

export interface PeerUsage {
  system: string;
  peer: string;
  /** Requests that left. */
  used: number;
  retries: number;
  errors: number;
  /** Calls that were refused before anything left. */
  refused: number;
}

/** Counts requests in `http_usage`, which is also the daily budget: it survives restarts because it was never elsewhere. */
export interface UsageLedger {
  /** Counts a request **before** it leaves, so that a killed process can never have sent more than was counted. */
  reserve(unit: Omit<BudgetUnit, "day">, limit: number | undefined, keep: number): Promise<BudgetDecision>;
  settle(unit: BudgetUnit, end: RequestEnd): Promise<void>;
  /** Takes a unit back whose request did not leave. */
  refund(unit: BudgetUnit): Promise<void>;
  refused(unit: Omit<BudgetUnit, "day">): Promise<void>;
  used(system: string, peer: string): Promise<number>;
  today(): Promise<PeerUsage[]>;
  /** When the budgets begin anew: next 00:00 UTC. */
  resetsAt(): Date;
}

/** Days of `http_usage` that are kept. Source: retention table of the settings. */
const KEPT_DAYS = 400;

export function createUsageLedger(db: Database, clock: Clock): UsageLedger {
  const today = () => utcDate(clock.now());
  return {
    reserve: (request, limit, keep) =>
      db.write(async (tx): Promise<BudgetDecision> => {
        const unit = { ...request, day: today() };
        if (limit !== undefined) {
          const used = await loadUsed(tx, unit);
          if (used >= limit) return { granted: false, reason: "exhausted" };
          if (used + 1 + keep > limit) return { granted: false, reason: "reserved" };
        }
        await add(tx, unit, "open", { requests: 1 });
        return { granted: true, unit };
      }),
    settle: (unit, { statusClass, retry, error, bytes, durationMs }) =>
      db.write(async (tx) => {
        await add(tx, unit, "open", { requests: -1 });
        await add(tx, unit, statusClass, {
          requests: 1,
          retries: Number(retry),
          errors: Number(error),
          bytes,
          durationMs: Math.round(durationMs),
        });
      }),
    refund: (unit) => db.write((tx) => add(tx, unit, "open", { requests: -1 })),
    refused: (request) => db.write((tx) => add(tx, { ...request, day: today() }, "refused", { requests: 1 })),
    used: (system, peer) => loadUsed(db.read, { system, peer, day: today() }),
    today: () => loadUsage(db.read, today()),
    resetsAt: () => new Date(`${addDays(today(), 1)}T00:00:00.000Z`),
  };
}

/** Deletes counters older than 400 days and refusals that have ended. Returns the rows deleted. */
export function pruneUsage(db: Database, now: Date): Promise<{ usage: number; memory: number }> {
  return db.write(async (tx) => {
    const oldest = addDays(utcDate(now), -KEPT_DAYS);
    const usage = await tx.delete(httpUsage).where(lt(httpUsage.day, oldest));
    const memory = await tx.delete(httpMemory).where(lte(httpMemory.until, now.toISOString()));
    return { usage: usage.rowsAffected, memory: memory.rowsAffected };
  });
}

async function loadUsed(reader: Pick<Reader, "select">, unit: Omit<BudgetUnit, "kind">): Promise<number> {
  const [row] = await reader
    .select({ used: sql<number>`coalesce(sum(${httpUsage.requests}), 0)` })
    .from(httpUsage)
    .where(
      and(
        eq(httpUsage.day, unit.day),
        eq(httpUsage.system, unit.system),
        eq(httpUsage.peer, unit.peer),
        ne(httpUsage.statusClass, "refused"),
      ),
    );
  return row?.used ?? 0;
}

function loadUsage(reader: Reader, day: IsoDate): Promise<PeerUsage[]> {
  const isRefused = sql`${httpUsage.statusClass} = 'refused'`;
  return reader
    .select({
      system: httpUsage.system,
      peer: httpUsage.peer,
      used: sql<number>`sum(iif(${isRefused}, 0, ${httpUsage.requests}))`,
      retries: sql<number>`sum(${httpUsage.retries})`,
      errors: sql<number>`sum(${httpUsage.errors})`,
      refused: sql<number>`sum(iif(${isRefused}, ${httpUsage.requests}, 0))`,
    })
    .from(httpUsage)
    .where(eq(httpUsage.day, day))
    .groupBy(httpUsage.system, httpUsage.peer)
    .orderBy(httpUsage.system, httpUsage.peer);
}

interface Counts {
  requests: number;
  retries?: number;
  errors?: number;
  bytes?: number;
  durationMs?: number;
}

async function add(tx: Writer, unit: BudgetUnit, statusClass: StatusClass, counts: Counts): Promise<void> {
  const { requests, retries = 0, errors = 0, bytes = 0, durationMs = 0 } = counts;
  await tx
    .insert(httpUsage)
    .values({ ...unit, statusClass, requests, retries, errors, bytes, durationMs })
    .onConflictDoUpdate({
      target: [httpUsage.day, httpUsage.system, httpUsage.peer, httpUsage.kind, httpUsage.statusClass],
      set: {
        requests: sql`${httpUsage.requests} + ${requests}`,
        retries: sql`${httpUsage.retries} + ${retries}`,
        errors: sql`${httpUsage.errors} + ${errors}`,
        bytes: sql`${httpUsage.bytes} + ${bytes}`,
        durationMs: sql`${httpUsage.durationMs} + ${durationMs}`,
      },
    });
}
