import { resolve } from "node:path";
import { eq } from "drizzle-orm";
import { tenants } from "../db/schema/index.ts";
import type { Settings } from "../settings.ts";
import { openOwnStore } from "./own-store.ts";

/** A tenant of this house's store, whether or not a process runs on it; undefined when it has none of this name. Errors: `db_unreadable`. */
export async function loadOwnTenant(settings: Settings, tenantId: string): Promise<{ name: string } | undefined> {
  const store = await openOwnStore(settings, resolve(settings.vigiaDataDir));
  if (!store) return undefined;
  try {
    const [tenant] = await store.read("tenants", ({ read }) =>
      read.select({ name: tenants.name }).from(tenants).where(eq(tenants.tenantId, tenantId)),
    );
    return tenant;
  } finally {
    store.close();
  }
}
