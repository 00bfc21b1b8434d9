import { createHmac } from "node:crypto";
import type { Database } from "../../db/index.ts";
import { HOUSE_TENANT, makeScope, type Scope } from "../../db/scope.ts";
import type { Clock } from "../../kit/clock.ts";
import { secretsEqual } from "../../kit/hash.ts";
import type { Ids } from "../../kit/ids.ts";
import type { Settings } from "../../settings.ts";
import { type Audit, createAudit } from "./audit.ts";
import { verifyCliToken } from "./cli-token.ts";
import { invalidToken } from "./guards.ts";
import { loadOperatorToken, type OperatorToken } from "./operator-token.ts";
import { loadSecretKey } from "./secret-key.ts";
import { tenantIsActive } from "./tenants.ts";

export interface Identity {
  readonly operatorToken: OperatorToken;
  /** The scope of an `Authorization` header. `local`: the peer is this machine itself. Errors: 401 `invalid_token`. */
  authenticate(authorization: string, origin: { local: boolean }): Promise<Scope>;
  audit: Audit;
  /** Keyed digest for logs and audit rows: `h:` and 12 hex digits. */
  hash(text: string): string;
}

export interface IdentityOptions {
  db: Database;
  settings: Pick<Settings, "secretKey" | "vigiaAdminToken">;
  /** The machine's own time, not one moved by `VIGIA_NOW`: tokens are minted by other processes. */
  clock: Clock;
  ids: Ids;
  dataDir: string;
}

/** Longest `Authorization` header that is looked at. */
const MAX_HEADER_LENGTH = 4_096;

/** Who is asking: the operator of the machine, or a command on it. Accounts and end users come later. */
export function createIdentity({ db, settings, clock, ids, dataDir }: IdentityOptions): Identity {
  const operatorToken = loadOperatorToken(dataDir, settings);
  const secretKey = loadSecretKey(dataDir, settings);
  const logKey = createHmac("sha256", secretKey).update("log-hash").digest();
  const hash = (text: string) => `h:${createHmac("sha256", logKey).update(text).digest("hex").slice(0, 12)}`;
  const operator = makeScope({ kind: "operator", tenantId: HOUSE_TENANT, role: "operator" });

  return {
    operatorToken,
    async authenticate(authorization, { local }) {
      const token = bearer(authorization);
      if (!token) throw invalidToken();
      if (secretsEqual(token, operatorToken.token)) {
        if (operatorToken.generated && !local) throw invalidToken();
        return operator;
      }
      const tenantId = local ? await verifyCliToken(token, { secretKey, clock }) : undefined;
      if (!tenantId || !(await tenantIsActive(db, tenantId))) throw invalidToken();
      return makeScope({ kind: "cli", tenantId, role: "admin" });
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
