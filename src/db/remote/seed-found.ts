import { VigiaError } from "../../kit/errors.ts";
import type { Query } from "./connection.ts";

export type IdentifierKind = "phone_number_id" | "phone" | "email" | "bsuid";

export interface SeedIdentifier {
  kind: IdentifierKind;
  identifier: string;
}

/** Whose workspace to make. */
export interface SeedTarget {
  tenantId: string;
  identifiers: readonly SeedIdentifier[];
  /** Lower case. */
  adminEmail?: string | undefined;
}

/** What is there already. */
export interface Found {
  tenant: { name: string } | undefined;
  identifiers: (SeedIdentifier & { tenantId: string })[];
  account: { id: string; email: string; tenantId: string; authUserId: string | null } | undefined;
  /** The login of the address in Supabase Auth. */
  authUserId: string | undefined;
}

/** Reads what of the target exists. Throws `not_migrated` where our tables are absent. */
export async function loadFound(query: Query, schema: string, target: SeedTarget): Promise<Found> {
  const [tables] = await query<{ ours: boolean; auth: boolean }>(
    `select to_regclass($1) is not null as ours,
            coalesce(has_table_privilege(to_regclass('auth.users'), 'select'), false) as auth`,
    [`"${schema}".accounts`],
  );
  if (!tables?.ours)
    throw new VigiaError("not_migrated", `There is no table accounts in the schema ${schema}.`, {
      hint: "Make the tables first: vigia db migrate.",
    });
  const { tenantId, identifiers, adminEmail } = target;
  const [tenant] = await query<{ name: string }>(`select name from "${schema}".tenants where tenant_id = $1`, [
    tenantId,
  ]);
  const taken = await query<Found["identifiers"][number] & Record<string, unknown>>(
    `select kind, identifier, tenant_id as "tenantId" from "${schema}".tenant_user_identifiers
      where (kind, identifier) in (select * from unnest($1::text[], $2::text[]))`,
    [identifiers.map(({ kind }) => kind), identifiers.map(({ identifier }) => identifier)],
  );
  const [account] = await query<NonNullable<Found["account"]> & Record<string, unknown>>(
    `select id, email, tenant_id as "tenantId", auth_user_id as "authUserId" from "${schema}".accounts
      where email_norm = $1`,
    [adminEmail ?? null],
  );
  const [login] = tables.auth
    ? await query<{ id: string }>("select id from auth.users where lower(email) = $1", [adminEmail ?? null])
    : [];
  return { tenant, identifiers: taken, account, authUserId: login?.id };
}
