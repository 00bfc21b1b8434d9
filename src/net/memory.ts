import { and, desc, eq, gt, inArray, lte, sql } from "drizzle-orm";
import type { Database } from "../db/index.ts";
import { httpMemory } from "../db/schema/net.ts";
import type { Clock } from "../kit/clock.ts";

/** `refused`: outside the plan; `unknown`: no such symbol; `quota`: used up for the day; `breaker`: an open breaker. */
export type MemoryKind = "refused" | "unknown" | "quota" | "breaker";

export interface Refusal {
  peer: string;
  /** Empty for the whole peer. */
  subject: string;
  kind: MemoryKind;
  /** Sentence for people, without keys. */
  reason: string;
  status?: number | undefined;
  until: Date;
}

/** What peers told us not to ask again for a while; survives restarts. */
export interface RefusalMemory {
  /** Keeps the later end when both the old and the new refusal hold. */
  remember(refusal: Refusal): Promise<void>;
  /** The refusal in force that ends last, for the peer or for the subject. */
  recall(peer: string, subject: string): Promise<Refusal | undefined>;
}

export function createRefusalMemory(db: Database, clock: Clock): RefusalMemory {
  return {
    remember: ({ until, status, ...refusal }) =>
      db.write(async (tx) => {
        const since = clock.now().toISOString();
        const row = { ...refusal, status: status ?? null, since, until: until.toISOString() };
        await tx
          .insert(httpMemory)
          .values(row)
          .onConflictDoUpdate({
            target: [httpMemory.peer, httpMemory.subject],
            set: row,
            setWhere: sql`${httpMemory.until} <= ${row.until} or ${httpMemory.since} > ${since}`,
          });
      }),
    async recall(peer, subject) {
      const now = clock.now().toISOString();
      const [row] = await db.read
        .select()
        .from(httpMemory)
        .where(
          and(
            eq(httpMemory.peer, peer),
            inArray(httpMemory.subject, ["", subject]),
            gt(httpMemory.until, now),
            // A row from the future is left by a clock that was wrong; it must not block for as long as the jump was wide.
            lte(httpMemory.since, now),
          ),
        )
        .orderBy(desc(httpMemory.until))
        .limit(1);
      if (!row) return undefined;
      return { ...row, kind: row.kind as MemoryKind, status: row.status ?? undefined, until: new Date(row.until) };
    },
  };
}
