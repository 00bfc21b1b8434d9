import { errors, jwtVerify } from "jose";
import type { ProjectKeys } from "./keys.ts";

/** Who the database sees: the role that is set, and the claims that policies read. */
export interface Caller {
  role: string;
  claims: Record<string, unknown>;
}

export type Bearer =
  | { kind: "absent" }
  | { kind: "caller"; caller: Caller }
  | { kind: "invalid"; problem: "format" | "signature" | "expired"; message: string; parts: number };

const ANON: Caller = { role: "anon", claims: { role: "anon" } };

export const anonymous = (): Caller => ANON;

/** What a key of the new kind stands for, or nothing when the text is not one of the project's keys. */
export function roleOfOpaqueKey(keys: ProjectKeys, text: string): string | undefined {
  if (text === keys.secretKey) return "service_role";
  if (text === keys.publishableKey) return "anon";
  return undefined;
}

/** Reads `authorization`. Messages are jose's, which are also those of the Storage service. */
export async function readBearer(keys: ProjectKeys, header: string | null, toleranceSeconds = 0): Promise<Bearer> {
  const token = /^bearer\s+(.+)$/i.exec(header ?? "")?.[1];
  if (token === undefined) return { kind: "absent" };
  const role = roleOfOpaqueKey(keys, token);
  if (role) return { kind: "caller", caller: { role, claims: { role } } };
  const parts = token.split(".").length;
  try {
    const secret = new TextEncoder().encode(keys.jwtSecret);
    const { payload } = await jwtVerify(token, secret, { algorithms: ["HS256"], clockTolerance: toleranceSeconds });
    const claimed = typeof payload.role === "string" && payload.role !== "" ? payload.role : "anon";
    return { kind: "caller", caller: { role: claimed, claims: { ...payload, role: claimed } } };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    if (error instanceof errors.JWTExpired) return { kind: "invalid", problem: "expired", message, parts };
    const problem = error instanceof errors.JWSSignatureVerificationFailed ? "signature" : "format";
    return { kind: "invalid", problem, message, parts };
  }
}
