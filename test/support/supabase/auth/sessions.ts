import { randomBytes } from "node:crypto";
import { newSessionId, nowSeconds, userToken } from "../keys.ts";
import { AuthFailure, badJwt, invalid, userNotFound } from "./errors.ts";
import type { AuthRequest } from "./handler.ts";
import { isBanned, loadUser, loadUserByEmail, renderUser } from "./users.ts";

const TOKEN_SECONDS = 3_600;

export async function signIn({ sql, url, json, keys, publicUrl, sessions }: AuthRequest): Promise<Response> {
  const grant = url.searchParams.get("grant_type");
  if (grant !== "password") throw new AuthFailure(400, "invalid_credentials", "unsupported_grant_type");
  const { email = "", password = "" } = await json<{ email?: string; password?: string }>();
  const user = await loadUserByEmail(sql, email);
  const right = user?.encrypted_password && (await Bun.password.verify(password, user.encrypted_password));
  if (!user || !right) throw new AuthFailure(400, "invalid_credentials", "Invalid login credentials");
  if (isBanned(user)) throw new AuthFailure(400, "user_banned", "User is banned");
  if (!user.email_confirmed_at) throw new AuthFailure(400, "email_not_confirmed", "Email not confirmed");
  const session = newSessionId();
  sessions.add(session);
  const expiresAt = nowSeconds() + TOKEN_SECONDS;
  await sql`update auth.users set last_sign_in_at = now() where id = ${user.id}`;
  const token = await userToken(keys, publicUrl, {
    sub: user.id,
    role: user.role ?? "authenticated",
    email: user.email ?? "",
    app_metadata: user.raw_app_meta_data ?? {},
    user_metadata: user.raw_user_meta_data ?? {},
    session_id: session,
    amr: [{ method: "password", timestamp: nowSeconds() }],
    exp: expiresAt,
  });
  return Response.json({
    access_token: token,
    token_type: "bearer",
    expires_in: TOKEN_SECONDS,
    expires_at: expiresAt,
    refresh_token: randomBytes(9).toString("base64url"),
    user: renderUser({ ...user, last_sign_in_at: new Date() }),
  });
}

/** The user that the token speaks of. Tokens without a session are taken at their word. */
export async function getUser({ sql, claims, sessions }: AuthRequest): Promise<Response> {
  if (typeof claims.sub !== "string") throw badJwt("missing sub claim");
  if (typeof claims.session_id === "string" && !sessions.has(claims.session_id)) {
    throw new AuthFailure(403, "session_not_found", "Session from session_id claim in JWT does not exist");
  }
  const user = await loadUser(sql, claims.sub).catch(() => {
    throw badJwt("sub claim must be a UUID");
  });
  if (!user) throw userNotFound(403);
  if (isBanned(user)) throw new AuthFailure(403, "user_banned", "User is banned");
  return Response.json(renderUser(user));
}

export async function signOut({ claims, sessions }: AuthRequest): Promise<Response> {
  if (typeof claims.session_id !== "string") throw invalid("no session in this token");
  sessions.delete(claims.session_id);
  return new Response(null, { status: 204 });
}
