import { randomBytes, randomUUID } from "node:crypto";
import { SignJWT } from "jose";

export interface UserClaims {
  sub: string;
  role?: string;
  email?: string;
  app_metadata?: Record<string, unknown>;
  user_metadata?: Record<string, unknown>;
  session_id?: string;
  /** Seconds since 1970. Default: in an hour. */
  exp?: number;
  [claim: string]: unknown;
}

/** What a project hands out: both generations of keys, and the secret that signs its users' tokens. */
export interface ProjectKeys {
  /** The project's reference, as in `https://<ref>.supabase.co`. */
  readonly ref: string;
  readonly jwtSecret: string;
  /** Legacy keys: JWTs without a `sub`. */
  readonly serviceKey: string;
  readonly anonKey: string;
  /** New keys: opaque, known to the gateway only. */
  readonly secretKey: string;
  readonly publishableKey: string;
  /** Signs claims as they are; `userToken` is for users. */
  sign(claims: Record<string, unknown>, secret?: string): Promise<string>;
}

const TEN_YEARS_SECONDS = 10 * 365 * 86_400;

export async function createKeys(): Promise<ProjectKeys> {
  const ref = Array.from(randomBytes(20), (byte) => String.fromCharCode(97 + (byte % 26))).join("");
  const jwtSecret = randomBytes(40).toString("base64");
  const iat = nowSeconds();
  const sign: ProjectKeys["sign"] = (claims, secret = jwtSecret) =>
    new SignJWT(claims).setProtectedHeader({ alg: "HS256", typ: "JWT" }).sign(new TextEncoder().encode(secret));
  const legacy = (role: string) => sign({ iss: "supabase", ref, role, iat, exp: iat + TEN_YEARS_SECONDS });
  return {
    ref,
    jwtSecret,
    serviceKey: await legacy("service_role"),
    anonKey: await legacy("anon"),
    secretKey: opaque("sb_secret_"),
    publishableKey: opaque("sb_publishable_"),
    sign,
  };
}

/** A token as the Auth service of the project at `url` issues it. */
export function userToken(keys: ProjectKeys, url: string, claims: UserClaims): Promise<string> {
  const iat = nowSeconds();
  return keys.sign({
    iss: `${url}/auth/v1`,
    aud: "authenticated",
    role: "authenticated",
    iat,
    exp: iat + 3600,
    email: "",
    phone: "",
    app_metadata: {},
    user_metadata: {},
    aal: "aal1",
    is_anonymous: false,
    ...claims,
  });
}

/** A session's id for tokens that a sign-in issued. */
export const newSessionId = (): string => randomUUID();

export const nowSeconds = (): number => Math.floor(Date.now() / 1000);

const opaque = (prefix: string): string =>
  `${prefix}${randomBytes(16).toString("base64url")}_${randomBytes(6).toString("base64url")}`;
