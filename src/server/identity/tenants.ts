import { eq } from "drizzle-orm";
import type { Database } from "../../db/index.ts";
import { tenants } from "../../db/schema/index.ts";
import { HOUSE_TENANT, type Scope } from "../../db/scope.ts";
import type { Clock } from "../../kit/clock.ts";
import { foldAccents } from "../../kit/text.ts";

export interface TenantLabel {
  tenant_id: string;
  name: string;
  status: "active" | "inactive";
  timezone: string;
}

export interface TenantStore {
  /** The tenants that the scope may know of, with their labels: all for the operator, else its own. */
  list(): Promise<TenantLabel[]>;
  /** A foreign tenant answers like an unknown one: undefined. */
  load(tenantId: string): Promise<TenantLabel | undefined>;
}

const label = {
  tenant_id: tenants.tenantId,
  name: tenants.name,
  status: tenants.status,
  timezone: tenants.timezone,
};

/** Tenants as a scope may see them. Every store of tenant data has this shape: nothing without `for(scope)`. */
export function createTenantStores(db: Database): { for(scope: Scope): TenantStore } {
  return {
    for: (scope) => ({
      list: async () => {
        const query = db.read.select(label).from(tenants);
        const visible = scope.kind === "operator" ? query : query.where(eq(tenants.tenantId, scope.tenantId));
        return visible.orderBy(tenants.tenantId).limit(MAX_TENANTS);
      },
      load: async (tenantId) => {
        if (scope.kind !== "operator" && tenantId !== scope.tenantId) return undefined;
        const [row] = await db.read.select(label).from(tenants).where(eq(tenants.tenantId, tenantId)).limit(1);
        return row;
      },
    }),
  };
}

const MAX_TENANTS = 10_000;

/** Whether a token may speak for a tenant: read again for each request, so that switching one off counts at once. */
export async function tenantIsActive(db: Database, tenantId: string): Promise<boolean> {
  const [row] = await db.read
    .select({ status: tenants.status })
    .from(tenants)
    .where(eq(tenants.tenantId, tenantId))
    .limit(1);
  return row?.status === "active";
}

/** The house itself as a tenant; made on the first start, then left as it is. */
export async function ensureHouseTenant(
  db: Database,
  { timezone, clock }: { timezone: string; clock: Clock },
): Promise<void> {
  const name = "Default";
  const now = clock.now().toISOString();
  await db.write(async (tx) => {
    await tx
      .insert(tenants)
      .values({
        tenantId: HOUSE_TENANT,
        name,
        nameFolded: foldAccents(name).toLowerCase(),
        timezone,
        settings: {},
        createdAt: now,
        updatedAt: now,
      })
      .onConflictDoNothing();
  });
}
