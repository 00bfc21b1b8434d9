import { type JWTPayload, jwtVerify, SignJWT } from "jose";
import type { Clock } from "../../kit/clock.ts";
import { seconds } from "../../kit/duration.ts";
import type { Ids } from "../../kit/ids.ts";

/** `iss` of every token that this house signs. */
export const OWN_ISSUER = "vigia";
const AUDIENCE = "api";
/** Difference between two clocks that is forgiven. */
export const LEEWAY_SECONDS = 5;

export interface SignOptions {
  secretKey: string;
  clock: Clock;
  ids: Ids;
}

export interface VerifyOptions {
  secretKey: string;
  clock: Clock;
}

/** A token of this house: HS256 with `SECRET_KEY`, `iss` vigia, `aud` api, and the claims of its kind. */
export function signOwnToken(
  { subject, claims, lifetimeSeconds }: { subject: string; claims: JWTPayload; lifetimeSeconds: number },
  { secretKey, clock, ids }: SignOptions,
): Promise<string> {
  const issuedAt = Math.floor(clock.now().getTime() / seconds(1));
  return new SignJWT(claims)
    .setProtectedHeader({ alg: "HS256", typ: "JWT" })
    .setIssuer(OWN_ISSUER)
    .setAudience(AUDIENCE)
    .setSubject(subject)
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + lifetimeSeconds)
    .setJti(ids.uuid())
    .sign(keyBytes(secretKey));
}

/** The claims of a token that this house signed and that is not older than its kind may be; undefined for anything else. */
export async function verifyOwnToken(
  token: string,
  { secretKey, clock, maxAgeSeconds }: VerifyOptions & { maxAgeSeconds: number },
): Promise<JWTPayload | undefined> {
  try {
    const { payload } = await jwtVerify(token, keyBytes(secretKey), {
      algorithms: ["HS256"],
      issuer: OWN_ISSUER,
      audience: AUDIENCE,
      requiredClaims: ["exp", "iat", "sub"],
      maxTokenAge: maxAgeSeconds,
      clockTolerance: LEEWAY_SECONDS,
      currentDate: clock.now(),
    });
    return payload;
  } catch {
    // The caller answers every kind of bad token alike.
    return undefined;
  }
}

const keyBytes = (secretKey: string): Uint8Array => new TextEncoder().encode(secretKey);
