import { jwtVerify, SignJWT } from "jose";
import { z } from "zod";
import type { Clock } from "../../kit/clock.ts";
import type { Ids } from "../../kit/ids.ts";

const ISSUER = "vigia";
const AUDIENCE = "api";
const SUBJECT = "cli";
const LIFETIME_SECONDS = 60;
/** Difference between two clocks of one machine that is forgiven. */
const LEEWAY_SECONDS = 5;

const claims = z.object({ sub: z.literal(SUBJECT), tenant_id: z.string().min(2).max(50), iat: z.number() });

export interface MintOptions {
  secretKey: string;
  tenantId: string;
  clock: Clock;
  ids: Ids;
}

/** A token for one command on this machine, as admin of one tenant: HS256, 60 s. */
export function mintCliToken({ secretKey, tenantId, clock, ids }: MintOptions): Promise<string> {
  const issuedAt = Math.floor(clock.now().getTime() / 1000);
  return new SignJWT({ tenant_id: tenantId })
    .setProtectedHeader({ alg: "HS256", typ: "JWT" })
    .setIssuer(ISSUER)
    .setAudience(AUDIENCE)
    .setSubject(SUBJECT)
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + LIFETIME_SECONDS)
    .setJti(ids.uuid())
    .sign(keyBytes(secretKey));
}

/** The tenant that a `cli` token names; undefined for anything else, whatever is wrong with it. */
export async function verifyCliToken(
  token: string,
  { secretKey, clock }: Pick<MintOptions, "secretKey" | "clock">,
): Promise<string | undefined> {
  try {
    const { payload } = await jwtVerify(token, keyBytes(secretKey), {
      algorithms: ["HS256"],
      issuer: ISSUER,
      audience: AUDIENCE,
      requiredClaims: ["exp", "iat", "sub"],
      maxTokenAge: LIFETIME_SECONDS,
      clockTolerance: LEEWAY_SECONDS,
      currentDate: clock.now(),
    });
    return claims.parse(payload).tenant_id;
  } catch {
    // The caller answers every kind of bad token alike.
    return undefined;
  }
}

const keyBytes = (secretKey: string): Uint8Array => new TextEncoder().encode(secretKey);
