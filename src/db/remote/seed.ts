import { VigiaError } from "../../kit/errors.ts";
import type { RemoteDatabase } from "./connect.ts";
import type { Query } from "./connection.ts";
import { type Found, loadFound, type SeedIdentifier, type SeedTarget } from "./seed-found.ts";

export interface SeedOptions {
  target: SeedTarget;
  /** Of a tenant that is not there yet. */
  name: string;
  /** Whether a name that differs is changed; nothing else ever is. */
  update?: boolean;
  /** Schema of our tables. */
  schema: string;
  /** Id of a new account. */
  newId: () => string;
  /** Gives the admin a login in Supabase Auth, or marks the one that is there. Without it the account has none. */
  ensureLogin?: ((wanted: LoginWanted) => Promise<string>) | undefined;
}

export interface LoginWanted {
  email: string;
  /** `auth.users.id`, when Auth knows the address already. */
  existingId: string | undefined;
  /** What policies and tokens go by; users cannot change it themselves. */
  appMetadata: { tenant_id: string; role: "admin" };
}

/** One thing that was wanted, and whether it had to be made. `linked`: an account that had no login yet. */
export interface SeedItem {
  item: "tenant" | "identifier" | "login" | "account";
  key: string;
  state: "created" | "exists" | "updated" | "linked";
}

/**
 * Makes tenant, identifiers and first admin where they are absent: a second run finds everything and changes nothing.
 * Rows are written in one transaction, after the login. Throws `seed_taken`, and what the server says.
 */
export async function seedRemote(
  database: Pick<RemoteDatabase, "transaction">,
  options: SeedOptions,
): Promise<SeedItem[]> {
  const { target, schema } = options;
  const found = await database.transaction({ readOnly: true }, (query) => loadFound(query, schema, target));
  requireFree(found, target);
  const login = await ensureLogin(found, options);
  return await database.transaction({}, async (query) => [
    await saveTenant(query, found, options),
    ...(await saveIdentifiers(query, found, options)),
    ...login.items,
    ...(await saveAdmin(query, found, { ...options, authUserId: login.authUserId })),
  ]);
}

/** Whose it is stays unsaid: a tenant's name is nobody else's business. */
function requireFree({ identifiers, account }: Found, { tenantId }: SeedTarget): void {
  const foreign = identifiers.find((identifier) => identifier.tenantId !== tenantId);
  const taken = foreign ? `${foreign.kind}:${foreign.identifier}` : account?.tenantId !== tenantId && account?.email;
  if (!taken) return;
  throw new VigiaError("seed_taken", `${taken} belongs to another tenant; nothing was changed.`, {
    hint: "An identifier names one tenant, and an e-mail address one account.",
  });
}

async function ensureLogin({ account, authUserId }: Found, { target, ensureLogin: ensure }: SeedOptions) {
  const { tenantId, adminEmail } = target;
  const none: { items: SeedItem[]; authUserId: string | undefined } = { items: [], authUserId };
  if (adminEmail === undefined || !ensure || account?.authUserId) return none;
  const appMetadata = { tenant_id: tenantId, role: "admin" } as const;
  const id = await ensure({ email: adminEmail, existingId: authUserId, appMetadata });
  const item: SeedItem = { item: "login", key: adminEmail, state: authUserId ? "exists" : "created" };
  return { items: [item], authUserId: id };
}

async function saveTenant(
  query: Query,
  { tenant }: Found,
  { target, schema, name, update }: SeedOptions,
): Promise<SeedItem> {
  const item = { item: "tenant", key: target.tenantId } as const;
  if (tenant && update && tenant.name !== name) {
    await query(`update "${schema}".tenants set name = $2 where tenant_id = $1`, [target.tenantId, name]);
    return { ...item, state: "updated" };
  }
  const made = await query(
    `insert into "${schema}".tenants (tenant_id, name, status) values ($1, $2, 'active')
     on conflict (tenant_id) do nothing returning tenant_id`,
    [target.tenantId, name],
  );
  return { ...item, state: made.length > 0 ? "created" : "exists" };
}

async function saveIdentifiers(query: Query, found: Found, { target, schema }: SeedOptions): Promise<SeedItem[]> {
  const items: SeedItem[] = [];
  for (const { kind, identifier } of target.identifiers) {
    const made = await query(
      `insert into "${schema}".tenant_user_identifiers (tenant_id, kind, identifier) values ($1, $2, $3)
       on conflict (kind, identifier) do nothing returning kind`,
      [target.tenantId, kind, identifier],
    );
    const known = found.identifiers.some((row) => isSame(row, { kind, identifier }));
    // Somebody else's, and made since we looked: undone with the transaction.
    if (made.length === 0 && !known) throw new VigiaError("seed_taken", `${kind}:${identifier} was just given away.`);
    items.push({ item: "identifier", key: `${kind}:${identifier}`, state: made.length > 0 ? "created" : "exists" });
  }
  return items;
}

const isSame = (left: SeedIdentifier, right: SeedIdentifier): boolean =>
  left.kind === right.kind && left.identifier === right.identifier;

/** No password: Supabase Auth keeps credentials, and no table of ours over there has a column for one. */
async function saveAdmin(
  query: Query,
  { account }: Found,
  { target, schema, newId, authUserId }: SeedOptions & { authUserId: string | undefined },
): Promise<SeedItem[]> {
  const { tenantId, adminEmail } = target;
  if (adminEmail === undefined) return [];
  const item = { item: "account", key: adminEmail } as const;
  if (!account) {
    // Its unique key is deferred, so it cannot be the target of `on conflict`; a race fails at the commit.
    await query(
      `insert into "${schema}".accounts (id, tenant_id, email, email_norm, role, is_active, auth_user_id)
       values ($1, $2, $3, $3, 'admin', true, $4)`,
      [newId(), tenantId, adminEmail, authUserId ?? null],
    );
    return [{ ...item, state: "created" }];
  }
  if (account.authUserId || !authUserId) return [{ ...item, state: "exists" }];
  await query(`update "${schema}".accounts set auth_user_id = $2 where id = $1`, [account.id, authUserId]);
  return [{ ...item, state: "linked" }];
}
