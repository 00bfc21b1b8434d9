import { exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from "jose";
import { users } from "../../../src/db/schema/index.ts";
import type { TestDatabase } from "../../support/database.ts";
import { type FaultServer, json, startFaultServer } from "../../support/faults.ts";

export const USER_ID = "7b1c2f8e-3d4a-4c5b-9e6f-0a1b2c3d4e5f";

export interface SigningKey {
  alg: "ES256" | "RS256";
  kid: string;
  private: CryptoKey;
  public: CryptoKey;
  jwk: JWK;
}

/** A Supabase project as far as tokens go: real keys, and the key set on a real loopback server. */
export interface SupabaseProject extends AsyncDisposable {
  readonly url: string;
  readonly issuer: string;
  readonly server: FaultServer;
  /** The key that signs unless another is given: ES256, listed from the start. */
  readonly key: SigningKey;
  /** The key set lists exactly these from now on. */
  list(...keys: SigningKey[]): void;
  /** A token as the project issues it, with claims (undefined takes one out) and header of the test's choice. */
  sign(claims?: Claims, options?: SignOptions): Promise<string>;
  /** The same, signed with a shared secret. */
  signWithSecret(secret: string | Uint8Array, claims?: Claims, header?: Record<string, unknown>): Promise<string>;
}

export type Claims = Record<string, unknown>;

export interface SignOptions {
  key?: SigningKey;
  header?: Record<string, unknown>;
}

export async function makeKey(alg: SigningKey["alg"], kid: string): Promise<SigningKey> {
  const pair = await generateKeyPair(alg, { extractable: true });
  const jwk = { ...(await exportJWK(pair.publicKey)), kid, alg, use: "sig", key_ops: ["verify"], ext: true };
  return { alg, kid, private: pair.privateKey, public: pair.publicKey, jwk };
}

export async function startSupabaseProject(now: () => Date): Promise<SupabaseProject> {
  const server = await startFaultServer();
  const key = await makeKey("ES256", "first-key");
  const issuer = `${server.url}/auth/v1`;
  const list = (...keys: SigningKey[]) =>
    server.otherwise(json({ keys: keys.map(({ jwk }) => jwk) }, { headers: { "cache-control": "max-age=600" } }));
  list(key);
  const payload = (claims: Claims): JWTPayload => {
    const issuedAt = Math.floor(now().getTime() / 1000);
    const all = {
      iss: issuer,
      sub: USER_ID,
      aud: "authenticated",
      exp: issuedAt + 3_600,
      iat: issuedAt,
      email: "someone@example.com",
      phone: "",
      app_metadata: { provider: "email", providers: ["email"] },
      user_metadata: {},
      role: "authenticated",
      aal: "aal1",
      amr: [{ method: "password", timestamp: issuedAt }],
      session_id: "3c9a6f0e-1111-4222-8333-444455556666",
      is_anonymous: false,
      ...claims,
    };
    return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
  };
  return {
    url: server.url,
    issuer,
    server,
    key,
    list,
    sign: (claims = {}, { key: own = key, header = {} } = {}) =>
      new SignJWT(payload(claims))
        .setProtectedHeader({ alg: own.alg, kid: own.kid, typ: "JWT", ...header })
        .sign(own.private, { crit: { x: true } }),
    signWithSecret: (secret, claims = {}, header = {}) =>
      new SignJWT(payload(claims))
        .setProtectedHeader({ alg: "HS256", typ: "JWT", ...header })
        .sign(typeof secret === "string" ? new TextEncoder().encode(secret) : secret),
    [Symbol.asyncDispose]: () => server.close(),
  };
}

/** Puts a user into the store. */
export async function addUser(store: TestDatabase, userId = USER_ID, active = true): Promise<void> {
  const now = "2026-03-01T00:00:00.000Z";
  await store.db.write(async (tx) => {
    await tx.insert(users).values({ userId, active, createdAt: now, updatedAt: now });
  });
}
