import type { Clock } from "../../kit/clock.ts";
import { seconds } from "../../kit/duration.ts";
import { silentLogger } from "../../kit/log.ts";
import type { HttpAnswer, HttpRequest } from "../../net/client.ts";
import { createHttpDoor } from "../../net/door.ts";
import type { Settings } from "../../settings.ts";

/** One call to the project with one of its keys; the path begins with a slash. */
export type ProjectCall = (path: string, request?: Partial<HttpRequest>) => Promise<HttpAnswer>;

/**
 * Calls to SUPABASE_URL through a door like the house's, without its counters: the store belongs to the process that runs, and
 * these are a handful of calls by hand.
 */
export async function withProject<Result>(
  { url, key, clock, signal }: { url: string; key: string; clock: Clock; signal: AbortSignal },
  settings: Pick<Settings, "httpTimeoutMs">,
  work: (call: ProjectCall) => Promise<Result>,
): Promise<Result> {
  const door = createHttpDoor({
    db: null,
    clock,
    random: Math.random,
    log: silentLogger,
    defaultTimeoutMs: settings.httpTimeoutMs,
    secrets: [key],
  });
  const http = door.clientFor("db", [
    {
      name: "supabase",
      hosts: [new URL(url).host],
      // Concordance 6, "Supabase Auth": two attempts, 5 s.
      attempts: 2,
      delaysMs: [seconds(1)],
      timeoutMs: seconds(5),
      spacingMs: 0,
      concurrency: 1,
    },
  ]);
  const call: ProjectCall = (target, { headers, ...request } = {}) =>
    http.call("supabase", {
      kind: "db_command",
      signal,
      ...request,
      url: `${url}${target}`,
      headers: { apikey: key, authorization: `Bearer ${key}`, "content-type": "application/json", ...headers },
    });
  try {
    return await work(call);
  } finally {
    await door.close();
  }
}
