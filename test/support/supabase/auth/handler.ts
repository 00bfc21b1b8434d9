import type { Sql } from "postgres";
import { readBearer } from "../bearer.ts";
import type { Incoming } from "../gateway.ts";
import type { ProjectKeys } from "../keys.ts";
import { createUser, deleteUser, getUserById, inviteUser, listUsers, updateUser } from "./admin.ts";
import { badJwt, invalid, noAuthorization, notAdmin, renderFailure } from "./errors.ts";
import { getUser, signIn, signOut } from "./sessions.ts";

export interface AuthHandlerParts {
  keys: ProjectKeys;
  /** Logged in as superuser. */
  sql: Sql;
  /** The project's URL. */
  publicUrl: () => string;
}

/** A request on its way to one route. */
export interface AuthRequest {
  sql: Sql;
  keys: ProjectKeys;
  publicUrl: string;
  /** Sessions that nobody has signed out of. */
  sessions: Set<string>;
  url: URL;
  claims: Record<string, unknown>;
  /** User in the path; empty where there is none. */
  id: string;
  json<T extends object>(): Promise<T>;
}

type Access = "open" | "user" | "admin";
type Route = [method: string, pattern: RegExp, access: Access, handler: (request: AuthRequest) => Promise<Response>];

const ADMIN_USER = /^\/admin\/users\/([^/]+)$/;

const ROUTES: Route[] = [
  ["GET", /^\/\.well-known\/jwks\.json$/, "open", keySet],
  ["GET", /^\/health$/, "open", async () => Response.json({ name: "GoTrue", version: "v2.197.0", description: "" })],
  ["POST", /^\/token$/, "open", signIn],
  ["GET", /^\/user$/, "user", getUser],
  ["POST", /^\/logout$/, "user", signOut],
  ["POST", /^\/invite$/, "admin", inviteUser],
  ["GET", /^\/admin\/users$/, "admin", listUsers],
  ["POST", /^\/admin\/users$/, "admin", createUser],
  ["GET", ADMIN_USER, "admin", getUserById],
  ["PUT", ADMIN_USER, "admin", updateUser],
  ["DELETE", ADMIN_USER, "admin", deleteUser],
];

const ADMIN_ROLES = new Set(["service_role", "supabase_admin"]);

/** The Auth service on the real `auth.users`; sessions are in memory, letters are not sent. */
export function createAuthHandler({ keys, sql, publicUrl }: AuthHandlerParts) {
  const sessions = new Set<string>();
  return async ({ request }: Incoming): Promise<Response> => {
    const url = new URL(request.url);
    for (const [method, pattern, access, handler] of ROUTES) {
      const match = method === request.method ? pattern.exec(url.pathname) : null;
      if (!match) continue;
      try {
        const claims = await demand(access, keys, request);
        const json = <T extends object>() => readJson<T>(request);
        return await handler({ sql, keys, publicUrl: publicUrl(), sessions, url, claims, id: match[1] ?? "", json });
      } catch (error) {
        return renderFailure(error, request);
      }
    }
    return new Response("404 page not found\n", { status: 404, headers: { "content-type": "text/plain" } });
  };
}

/** A project with the legacy secret: keys of the HMAC kind are never listed. */
async function keySet(): Promise<Response> {
  return Response.json({ keys: [] }, { headers: { "cache-control": "public, max-age=600" } });
}

async function demand(access: Access, keys: ProjectKeys, request: Request): Promise<Record<string, unknown>> {
  if (access === "open") return {};
  const bearer = await readBearer(keys, request.headers.get("authorization"));
  if (bearer.kind === "absent") throw noAuthorization();
  if (bearer.kind === "invalid") {
    const reason = bearer.problem === "expired" ? "token has invalid claims: token is expired" : bearer.message;
    throw badJwt(`unable to parse or verify signature, ${reason}`);
  }
  if (access === "admin" && !ADMIN_ROLES.has(bearer.caller.role)) throw notAdmin();
  return bearer.caller.claims;
}

async function readJson<T extends object>(request: Request): Promise<T> {
  const text = await request.text();
  try {
    const value = text === "" ? {} : JSON.parse(text);
    if (typeof value === "object" && value !== null) return value;
  } catch {
    // Said below.
  }
  throw invalid("Could not parse request body as JSON");
}
