import { InvalidArgumentError } from "commander";
import { type LoginWanted, type SeedItem, seedRemote } from "../../db/remote/seed.ts";
import type { IdentifierKind, SeedIdentifier } from "../../db/remote/seed-found.ts";
import { HOUSE_TENANT, TENANT_SLUG } from "../../db/scope.ts";
import { loadOwnTenant } from "../../house/own-tenant.ts";
import { VigiaError } from "../../kit/errors.ts";
import { randomToken } from "../../kit/hash.ts";
import { createIds } from "../../kit/ids.ts";
import { mirrorTarget } from "../../settings.ts";
import type { CommandContext } from "../context.ts";
import { type ProjectCall, withProject } from "./db-http.ts";
import { confirmTarget, type RemoteTarget, withRemote } from "./db-target.ts";

export interface SeedCommandOptions {
  name?: string;
  adminEmail?: string;
  identifier: SeedIdentifier[];
  printPassword?: boolean;
  update?: boolean;
}

const EMAIL = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;
const KINDS: readonly IdentifierKind[] = ["phone_number_id", "phone", "email", "bsuid"];
/** 18 random bytes are 24 characters. */
const PASSWORD_BYTES = 18;

export const seed = (context: CommandContext, options: SeedCommandOptions) =>
  withRemote(context, async (target) => {
    const tenantId = readTenant(context.globals.tenant ?? HOUSE_TENANT);
    const ownName = await requireOwnTenant(target, tenantId);
    await confirmTarget(target.database.profile, { yes: context.globals.yes, action: `Seed the tenant ${tenantId}` });
    const login = createLogin(context, target, options);
    const items = await seedRemote(target.database, {
      target: { tenantId, identifiers: options.identifier, adminEmail: options.adminEmail },
      name: options.name ?? ownName,
      update: options.update === true,
      schema: target.settings.supabaseSchema,
      newId: () => createIds(target.clock).uuid(),
      ensureLogin: login?.ensure,
    });
    printItems(context, items, login?.password());
    if (options.adminEmail !== undefined && !login)
      context.output.note("No login was made: set SUPABASE_URL and SUPABASE_SERVICE_ROLE_KEY, and run it again.");
  });

/**
 * The mirror brings tenants over. One that is not here would be a row that only Supabase has: a count that never fits, and
 * deleted with its accounts by `mirror reconcile --delete`. The house itself is a tenant before its first start.
 */
async function requireOwnTenant({ settings }: RemoteTarget, tenantId: string): Promise<string> {
  const own = await loadOwnTenant(settings, tenantId);
  if (own) return own.name;
  if (tenantId === HOUSE_TENANT) return "Hotel Default";
  throw new VigiaError("tenant_unknown", `The local store has no tenant ${tenantId}; nothing was changed.`, {
    hint: "A tenant is made in the local store, and the mirror copies it; this adds its identifiers and first admin.",
  });
}

/** How the admin gets a login: a letter of invitation, or a password that is shown once. Undefined without Auth. */
function createLogin(
  context: CommandContext,
  { settings, clock }: RemoteTarget,
  { printPassword }: SeedCommandOptions,
) {
  const project = mirrorTarget(settings);
  if (!project) return undefined;
  const password = randomToken(PASSWORD_BYTES);
  let used = false;
  return {
    /** The password of a login that was made with one. */
    password: () => (used ? password : undefined),
    ensure: (wanted: LoginWanted): Promise<string> =>
      withProject({ ...project, clock, signal: context.signal }, settings, async (call) => {
        if (wanted.existingId === undefined && printPassword) {
          used = true;
          return await createUser(call, wanted, password);
        }
        const id = wanted.existingId ?? (await invite(call, wanted.email));
        await write(call, "PUT", `/admin/users/${id}`, { app_metadata: wanted.appMetadata });
        return id;
      }),
  };
}

const createUser = (call: ProjectCall, { email, appMetadata }: LoginWanted, password: string): Promise<string> =>
  write(call, "POST", "/admin/users", { email, password, email_confirm: true, app_metadata: appMetadata });

const invite = (call: ProjectCall, email: string): Promise<string> => write(call, "POST", "/invite", { email });

/** Sends to Supabase Auth and returns the user's id. */
async function write(call: ProjectCall, method: "POST" | "PUT", path: string, body: object): Promise<string> {
  const answer = await call(`/auth/v1${path}`, { method, body: JSON.stringify(body) });
  const { id } = answer.json() as { id?: unknown };
  if (typeof id === "string") return id;
  throw new VigiaError("bad_auth_answer", "Supabase Auth answered without the user's id.");
}

function printItems(
  { output, globals }: CommandContext,
  items: readonly SeedItem[],
  password: string | undefined,
): void {
  if (globals.json) {
    output.data(JSON.stringify({ items, ...(password ? { password } : {}) }, null, 2));
    return;
  }
  for (const { item, key, state } of items) output.data(`${item.padEnd(10)}  ${key}  ${state}`);
  if (password) output.data(`password    ${password}  (shown this once)`);
}

function readTenant(slug: string): string {
  if (TENANT_SLUG.test(slug)) return slug;
  throw new VigiaError("bad_usage", `--tenant ${slug} is no slug.`, {
    hint: "Use 2 to 50 lower-case letters, digits, _ and -; the first one a letter or digit.",
  });
}

export function parseName(text: string): string {
  const name = text.trim();
  if (name.length >= 2 && name.length <= 200) return name;
  throw new InvalidArgumentError("It is not a name of 2 to 200 characters.");
}

export function parseEmail(text: string): string {
  const email = text.trim().toLowerCase();
  if (EMAIL.test(email) && email.length <= 254) return email;
  throw new InvalidArgumentError("It is not an e-mail address.");
}

/** `phone:+54 11 5555`, one of several: commander hands in those before it. */
export function collectIdentifier(text: string, before: SeedIdentifier[]): SeedIdentifier[] {
  const [, kind, value = ""] = /^([a-z_]+):(.*)$/s.exec(text) ?? [];
  const known = KINDS.find((candidate) => candidate === kind);
  const identifier = known === "email" ? value.trim().toLowerCase() : value.trim();
  if (known && identifier !== "" && identifier.length <= 200) return [...before, { kind: known, identifier }];
  throw new InvalidArgumentError(`It is not kind:value with a kind of ${KINDS.join(", ")}.`);
}
