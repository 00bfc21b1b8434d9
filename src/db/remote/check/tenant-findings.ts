import type { RemoteDatabase } from "../connect.ts";
import { sqlStateOf } from "../failure.ts";
import { withTenant } from "../with-tenant.ts";
import { type Finding, qualified } from "./finding.ts";
import { PROBE_TENANTS } from "./probe-rows.ts";

const ABSENT = "42P01";

/**
 * Goes the way of every other reader of SQL, `withTenant` on a connection of its own, and looks for other tenants. The probes
 * write rows to look for and so need the owner's transaction; this one sees what is there. Throws only when the server cannot
 * be reached.
 */
export async function findTenantFaults(
  database: Pick<RemoteDatabase, "transaction">,
  schema: string,
): Promise<Finding[]> {
  const tenants = qualified(schema, "tenants");
  const statement = `select exists (select from ${tenants} where tenant_id <> $1) as leaks`;
  try {
    const [row] = await withTenant(
      database,
      PROBE_TENANTS.own,
      (query) => query<{ leaks: boolean }>(statement, [PROBE_TENANTS.own]),
      { readOnly: true },
    );
    return row?.leaks ? [leak(tenants)] : [];
  } catch (thrown) {
    const state = sqlStateOf(thrown);
    if (state === undefined) throw thrown;
    // The comparison of tables tells it.
    return state === ABSENT ? [] : [notTried(tenants, state)];
  }
}

const leak = (object: string): Finding => ({
  id: "RLS008",
  level: "error",
  object,
  message: "a reader of one tenant's rows gets other tenants too",
  fix: `alter table ${object} enable row level security, force row level security; -- and compare its policies: vigia db check --rls`,
});

const notTried = (tenants: string, state: string): Finding => ({
  id: "RLS007",
  level: "warning",
  object: "app_runtime",
  message: `the login could not read as the role of tenant-scoped SQL (${state})`,
  fix: `grant app_runtime to current_user; grant select on ${tenants} to app_runtime;`,
});
