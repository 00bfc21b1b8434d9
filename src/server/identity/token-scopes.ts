import { decodeJwt, decodeProtectedHeader } from "jose";
import type { Database } from "../../db/index.ts";
import { HOUSE_TENANT, makeScope, type Scope } from "../../db/scope.ts";
import type { Clock } from "../../kit/clock.ts";
import { HttpProblem } from "../problem.ts";
import { CLI_SUBJECT, verifyCliToken } from "./cli-token.ts";
import { OWN_ISSUER } from "./own-token.ts";
import { SELF_ROLE, verifySelfToken } from "./self-token.ts";
import type { SupabaseTokens } from "./supabase-token.ts";
import { tenantIsActive } from "./tenants.ts";
import { userIsActive } from "./users.ts";

export interface TokenScopesOptions {
  db: Database;
  secretKey: string;
  clock: Clock;
  /** Undefined without a project. */
  supabase: SupabaseTokens | undefined;
}

/** The scope that a signed token makes; undefined when it does not count. `local`: the peer is this machine. */
export type ScopeOfToken = (token: string, origin: { local: boolean }) => Promise<Scope | undefined>;

/**
 * One way for each bearer, chosen by what the token says of itself and then verified strictly by the rules of that way.
 * Nothing is looked up for a token whose signature is wrong; whom a good one names is read anew each time, so that
 * switching somebody off counts at once. Errors: 403 `unknown_user`, 503 `keys_unreachable`.
 */
export function createTokenScopes({ db, secretKey, clock, supabase }: TokenScopesOptions): ScopeOfToken {
  const key = { secretKey, clock };
  return async (token, { local }) => {
    const claimed = readUnverified(token);
    if (claimed === undefined) return undefined;
    if (claimed.iss === OWN_ISSUER && claimed.role === SELF_ROLE) {
      return scopeOfUser(db, await verifySelfToken(token, key));
    }
    if (claimed.iss === OWN_ISSUER && claimed.sub === CLI_SUBJECT) {
      return local ? scopeOfCommand(db, await verifyCliToken(token, key)) : undefined;
    }
    if (supabase && claimed.iss === supabase.issuer) {
      return scopeOfUser(db, await supabase.verify(token, claimed.alg));
    }
    return undefined;
  };
}

interface Unverified {
  alg: unknown;
  iss: unknown;
  sub: unknown;
  role: unknown;
}

/** What a token says of itself: good for choosing how it must be verified, for nothing else. */
function readUnverified(token: string): Unverified | undefined {
  try {
    const { alg } = decodeProtectedHeader(token);
    const { iss, sub, role } = decodeJwt(token);
    return { alg, iss, sub, role };
  } catch {
    return undefined;
  }
}

async function scopeOfCommand(db: Database, tenantId: string | undefined): Promise<Scope | undefined> {
  if (tenantId === undefined || !(await tenantIsActive(db, tenantId))) return undefined;
  return makeScope({ kind: "cli", tenantId, role: "admin" });
}

async function scopeOfUser(db: Database, userId: string | undefined): Promise<Scope | undefined> {
  if (userId === undefined) return undefined;
  if (!(await userIsActive(db, userId)))
    throw new HttpProblem(403, "unknown_user", "The token is good, but its user is not known here or not active.");
  return makeScope({ kind: "self", tenantId: HOUSE_TENANT, role: "self", userId });
}
