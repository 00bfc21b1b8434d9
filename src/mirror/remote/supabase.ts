import type { SupabaseClient } from "@supabase/supabase-js";
import type { HttpClient } from "../../net/client.ts";
import { mirrorTarget, type Settings } from "../../settings.ts";
import { createDoorFetch, type DoorFetch } from "./door-fetch.ts";

/** The service client of one run: its calls go through the door and end with the run. One call at a time. */
export interface Supabase {
  client: SupabaseClient;
  door: DoorFetch;
}

/** Loads supabase-js only when something is sent: most of a day nothing is. Undefined while the mirror is off. */
export async function openSupabase(
  settings: Settings,
  http: HttpClient,
  signal: AbortSignal,
): Promise<Supabase | undefined> {
  const target = mirrorTarget(settings);
  if (!target) return undefined;
  const { createClient } = await import("@supabase/supabase-js");
  const door = createDoorFetch(http, signal, target.key);
  const client = createClient(target.url, target.key, {
    auth: { persistSession: false, autoRefreshToken: false, detectSessionInUrl: false },
    // One retry layer, ours (concordance 6).
    db: { schema: settings.supabaseSchema as "public", retry: false },
    global: { fetch: door.fetch as typeof fetch },
  });
  return { client, door };
}
