import { z } from "zod";
import { type SignOptions, signOwnToken, type VerifyOptions, verifyOwnToken } from "./own-token.ts";

/** `sub` by which the token of a command is recognised. */
export const CLI_SUBJECT = "cli";
const LIFETIME_SECONDS = 60;

const claims = z.object({ sub: z.literal(CLI_SUBJECT), tenant_id: z.string().min(2).max(50) });

/** A token for one command on this machine, as admin of one tenant: 60 s. */
export function mintCliToken({ tenantId, ...signing }: SignOptions & { tenantId: string }): Promise<string> {
  return signOwnToken(
    { subject: CLI_SUBJECT, claims: { tenant_id: tenantId }, lifetimeSeconds: LIFETIME_SECONDS },
    signing,
  );
}

/** The tenant that a `cli` token names; undefined for anything else, whatever is wrong with it. */
export async function verifyCliToken(token: string, options: VerifyOptions): Promise<string | undefined> {
  const payload = await verifyOwnToken(token, { ...options, maxAgeSeconds: LIFETIME_SECONDS });
  return claims.safeParse(payload).data?.tenant_id;
}
