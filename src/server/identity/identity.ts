import { createHmac } from "node:crypto";
import type { Database } from "../../db/index.ts";
import { HOUSE_TENANT, makeScope, type Scope } from "../../db/scope.ts";
import type { Clock } from "../../kit/clock.ts";
import { secretsEqual } from "../../kit/hash.ts";
import type { Ids } from "../../kit/ids.ts";
import type { HttpClient } from "../../net/client.ts";
import type { Settings } from "../../settings.ts";
import { type Audit, createAudit } from "./audit.ts";
import { invalidToken } from "./guards.ts";
import { loadOperatorToken, type OperatorToken } from "./operator-token.ts";
import { loadSecretKey } from "./secret-key.ts";
import { createSupabaseTokens } from "./supabase-token.ts";
import { createTokenScopes } from "./token-scopes.ts";

export interface Identity {
  readonly operatorToken: OperatorToken;
  /**
   * The scope of an `Authorization` header. `local`: the peer is this machine itself. Errors: 401 `invalid_token`, 403
   * `unknown_user` for a good token of nobody here, 503 `keys_unreachable` while the issuer's keys cannot be had.
   */
  authenticate(authorization: string, origin: { local: boolean }): Promise<Scope>;
  audit: Audit;
  /** Keyed digest for logs and audit rows: `h:` and 12 hex digits. */
  hash(text: string): string;
}

export interface IdentityOptions {
  db: Database;
  settings: Pick<Settings, "secretKey" | "vigiaAdminToken" | "supabaseUrl" | "supabaseJwtSecret">;
  /** The machine's own time, not one moved by `VIGIA_NOW`: tokens are minted by other processes. */
  clock: Clock;
  ids: Ids;
  dataDir: string;
  /** A client that knows the peers of `declareIdentityPeers`. */
  http: HttpClient;
}

/** Longest `Authorization` header that is looked at: tokens of identity providers carry pictures' addresses and names. */
const MAX_HEADER_LENGTH = 8_192;

/** Who is asking: the operator of the machine, a command on it, or an end user. Accounts come later. */
export function createIdentity({ db, settings, clock, ids, dataDir, http }: IdentityOptions): Identity {
  const operatorToken = loadOperatorToken(dataDir, settings);
  const secretKey = loadSecretKey(dataDir, settings);
  const logKey = createHmac("sha256", secretKey).update("log-hash").digest();
  const hash = (text: string) => `h:${createHmac("sha256", logKey).update(text).digest("hex").slice(0, 12)}`;
  const operator = makeScope({ kind: "operator", tenantId: HOUSE_TENANT, role: "operator" });
  const { supabaseUrl: url, supabaseJwtSecret: jwtSecret } = settings;
  const supabase = url ? createSupabaseTokens({ url, jwtSecret, http, clock }) : undefined;
  const scopeOfToken = createTokenScopes({ db, secretKey, clock, supabase });

  return {
    operatorToken,
    async authenticate(authorization, { local }) {
      const token = bearer(authorization);
      if (!token) throw invalidToken();
      if (secretsEqual(token, operatorToken.token)) {
        if (operatorToken.generated && !local) throw invalidToken();
        return operator;
      }
      const scope = await scopeOfToken(token, { local });
      if (!scope) throw invalidToken();
      return scope;
    },
    audit: createAudit({ db, clock, ids, hash }),
    hash,
  };
}

/** The token of `Bearer <token>`; undefined for other schemes. */
export function bearer(authorization: string): string | undefined {
  if (authorization.length > MAX_HEADER_LENGTH) return undefined;
  return /^bearer +(\S+) *$/i.exec(authorization)?.[1];
}
