import { createClient, type SupabaseClient } from "@supabase/supabase-js";
import type { TestSupabase } from "../support/supabase/index.ts";

/** Unmodified supabase-js, as a server uses it; retries off, so that a test sees each answer. */
export function clientOf(supabase: TestSupabase, key = supabase.serviceKey, token?: string): SupabaseClient {
  return createClient(supabase.url, key, {
    auth: { persistSession: false, autoRefreshToken: false, detectSessionInUrl: false },
    db: { retry: false },
    ...(token === undefined ? {} : { global: { headers: { Authorization: `Bearer ${token}` } } }),
  });
}

/** What a storage error says: HTTP status, the code in the body, and its name. */
export function toldBy(error: unknown): [status: unknown, statusCode: unknown, code: unknown, message: unknown] {
  const { status, statusCode, code, message } = error as Record<string, unknown>;
  return [status, statusCode, code, message];
}

export const readJson = async (response: Response): Promise<Record<string, unknown>> =>
  (await response.json()) as Record<string, unknown>;
