import { VigiaError } from "../../kit/errors.ts";
import { TENANT_SLUG } from "../scope.ts";
import type { RemoteDatabase } from "./connect.ts";
import type { Query } from "./connection.ts";

export interface TenantOptions {
  readOnly?: boolean;
  /** Whether the tenant exists and is active, as far as the local store knows. Default: every well-formed slug. */
  isActive?: (tenantId: string) => boolean;
}

/**
 * Work as the role `app_runtime` on the rows of one tenant, in one transaction. Role and tenant end with it, so nothing
 * reaches the next user of a pooled connection. `work` gets no other way to the server; no calls over the network inside.
 * Throws `tenant_unknown` before anything is sent.
 */
export async function withTenant<Result>(
  database: Pick<RemoteDatabase, "transaction">,
  tenantId: string,
  work: (query: Query) => Promise<Result>,
  { readOnly = false, isActive = () => true }: TenantOptions = {},
): Promise<Result> {
  if (typeof tenantId !== "string" || !TENANT_SLUG.test(tenantId) || !isActive(tenantId))
    throw new VigiaError("tenant_unknown", "There is no active tenant of this name.", {
      hint: "A tenant is named by its slug: 2 to 50 lower-case letters, digits, _ and -.",
    });
  const local = { role: "app_runtime", "app.current_tenant_id": tenantId };
  return await database.transaction({ readOnly, local }, work);
}
