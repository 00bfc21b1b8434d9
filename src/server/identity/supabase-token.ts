import { type JWTVerifyGetKey, jwtVerify } from "jose";
import { z } from "zod";
import type { Clock } from "../../kit/clock.ts";
import { seconds } from "../../kit/duration.ts";
import type { HttpClient } from "../../net/client.ts";
import type { Peer } from "../../net/peer.ts";
import type { Settings } from "../../settings.ts";
import { HttpProblem } from "../problem.ts";
import { LEEWAY_SECONDS } from "./own-token.ts";
import { createRemoteKeys } from "./remote-keys.ts";

export interface SupabaseTokens {
  /** `iss` of the project's tokens. */
  readonly issuer: string;
  /** The user id of a good token; undefined for anything else. `alg` is the header's. Errors: 503 `keys_unreachable`. */
  verify(token: string, alg: unknown): Promise<string | undefined>;
}

export interface SupabaseTokensOptions {
  url: string;
  /** Legacy secret of the project; without it no HS256 token counts. */
  jwtSecret: string | undefined;
  http: HttpClient;
  clock: Clock;
}

const PEER = "supabase_auth";
/** A key takes less than 1 kB, and a project has a handful. */
const MAX_KEY_SET_BYTES = 256 * 1024;

/**
 * What only a signed-in person's token has: the project's own keys (`anon`, `service_role`) are signed alike but name no
 * user. Everything in `user_metadata` is the user's to edit and is not looked at.
 */
const claims = z.object({
  sub: z.guid(),
  role: z.literal("authenticated"),
  is_anonymous: z.literal(false).optional(),
});

/** The project's token service, from where its public keys come. Attempts and limits: concordance 6. */
export function supabaseAuthPeer(url: string): Peer {
  return {
    name: PEER,
    hosts: [new URL(url).host],
    attempts: 2,
    delaysMs: [seconds(1)],
    timeoutMs: seconds(5),
    spacingMs: 0,
    concurrency: 1,
    maxBodyBytes: MAX_KEY_SET_BYTES,
  };
}

/** What identity may call with these settings, as a system of its own in counters. */
export function declareIdentityPeers({ supabaseUrl }: Pick<Settings, "supabaseUrl">): { name: string; peers: Peer[] } {
  return { name: "identity", peers: supabaseUrl ? [supabaseAuthPeer(supabaseUrl)] : [] };
}

/**
 * Verifies tokens of one Supabase project's users without asking it: sign-outs and bans there count when the token
 * expires, switching the user off here counts at once.
 */
export function createSupabaseTokens({ url, jwtSecret, http, clock }: SupabaseTokensOptions): SupabaseTokens {
  const { origin, pathname } = new URL(url);
  const issuer = `${origin}${pathname.replace(/\/+$/, "")}/auth/v1`;
  const fetchKeySet = async () => {
    const request = { url: `${issuer}/.well-known/jwks.json`, kind: "jwks", signal: new AbortController().signal };
    return (await http.call(PEER, request)).json();
  };
  const byKeySet = { findKey: createRemoteKeys({ fetchKeySet, clock }), algorithms: ["ES256", "RS256"] };
  const bySecret = jwtSecret && { findKey: secretKey(jwtSecret), algorithms: ["HS256"] };
  return {
    issuer,
    async verify(token, alg) {
      // One kind of key for each algorithm and never a second try: a public key must not be taken for a secret.
      const way = alg === "HS256" ? bySecret : byKeySet;
      if (!way) return undefined;
      try {
        const { payload } = await jwtVerify(token, way.findKey, {
          algorithms: way.algorithms,
          issuer,
          audience: "authenticated",
          requiredClaims: ["sub", "exp"],
          clockTolerance: LEEWAY_SECONDS,
          currentDate: clock.now(),
        });
        return claims.safeParse(payload).data?.sub;
      } catch (thrown) {
        if (thrown instanceof HttpProblem) throw thrown;
        // The caller answers every kind of bad token alike.
        return undefined;
      }
    },
  };
}

/** The UTF-8 bytes of the text as the project shows it: it is not base64. */
function secretKey(text: string): JWTVerifyGetKey {
  const bytes = new TextEncoder().encode(text);
  return async () => bytes;
}
