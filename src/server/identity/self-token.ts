import { z } from "zod";
import { type SignOptions, signOwnToken, type VerifyOptions, verifyOwnToken } from "./own-token.ts";

/** `role` by which the token of an end user is recognised. */
export const SELF_ROLE = "self";
export const MAX_SELF_TOKEN_DAYS = 365;
const DAY_SECONDS = 86_400;

const claims = z.object({ sub: z.string(), role: z.literal(SELF_ROLE), jti: z.string() });

/** A token for one end user's own portfolio, for installations without Supabase. No route issues it. */
export function mintSelfToken({
  userId,
  days,
  ...signing
}: SignOptions & { userId: string; days: number }): Promise<string> {
  return signOwnToken({ subject: userId, claims: { role: SELF_ROLE }, lifetimeSeconds: days * DAY_SECONDS }, signing);
}

/** The user id that a `self` token names; undefined for anything else. Whether there is such a user is the database's to say. */
export async function verifySelfToken(token: string, options: VerifyOptions): Promise<string | undefined> {
  const payload = await verifyOwnToken(token, { ...options, maxAgeSeconds: MAX_SELF_TOKEN_DAYS * DAY_SECONDS });
  return claims.safeParse(payload).data?.sub;
}
