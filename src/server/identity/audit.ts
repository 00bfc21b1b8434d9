import type { Database } from "../../db/index.ts";
import { auditLogs } from "../../db/schema/index.ts";
import type { Scope } from "../../db/scope.ts";
import type { Clock } from "../../kit/clock.ts";
import type { Ids } from "../../kit/ids.ts";

/** Who asks, of what request and from where. */
export interface Requester {
  scope: Scope;
  correlationId: string;
  clientIp: string;
}

export interface AuditEntry extends Requester {
  /** `noun.verb`: `job.run`. */
  action: string;
  entity?: string;
  entityId?: string;
  /** No secrets and no tenant content. */
  details?: Record<string, unknown>;
}

export type Audit = (entry: AuditEntry) => Promise<void>;

export interface AuditOptions {
  db: Database;
  clock: Clock;
  ids: Ids;
  hash: (text: string) => string;
}

/** Writes who did what; append only. */
export function createAudit({ db, clock, ids, hash }: AuditOptions): Audit {
  return async (entry) => {
    const row = {
      uid: ids.uuid(),
      tenantId: entry.scope.tenantId,
      actor: entry.scope.accountId ?? entry.scope.kind,
      action: entry.action,
      entity: entry.entity ?? null,
      entityId: entry.entityId ?? null,
      details: entry.details ?? null,
      correlationId: entry.correlationId,
      ipHash: hash(entry.clientIp),
      createdAt: clock.now().toISOString(),
    };
    await db.write(async (tx) => {
      await tx.insert(auditLogs).values(row);
    });
  };
}
