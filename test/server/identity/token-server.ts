import type { Clock } from "../../../src/kit/clock.ts";
import { createFakeClock } from "../../support/clock.ts";
import { openTestServer, probeRoutes, type TestServer } from "../harness.ts";
import { addUser, type SupabaseProject, startSupabaseProject } from "./supabase-project.ts";

export interface TokenServer extends AsyncDisposable {
  server: TestServer;
  project: SupabaseProject;
  /** `GET /probe` with a bearer: the status and the scope or problem. */
  ask(token: string): Promise<Asked>;
}

export interface Asked {
  status: number;
  headers: Headers;
  body: Record<string, unknown>;
}

/** The API beside a Supabase project, with one known user; `/probe` tells whom it takes the caller for. */
export async function openTokenServer(environment: Record<string, string> = {}): Promise<TokenServer> {
  let clock: Clock = createFakeClock();
  const project = await startSupabaseProject(() => clock.now());
  const server = await openTestServer({
    environment: { SUPABASE_URL: project.url, ...environment },
    overrides: { systems: [probeRoutes("/probe", (context) => context.json(context.get("scope") ?? null))] },
  });
  clock = server.clock;
  await addUser(server.store);
  return {
    server,
    project,
    async ask(token) {
      const response = await server.app.request("/probe", { headers: { Authorization: `Bearer ${token}` } });
      const body = (await response.json()) as Record<string, unknown>;
      return { status: response.status, headers: response.headers, body };
    },
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await project[Symbol.asyncDispose]();
    },
  };
}

/** Moves the clock on until something has happened, so that waits and time limits end. */
export async function passTimeUntil<Value>({ server }: TokenServer, happened: Promise<Value>): Promise<Value> {
  let waiting = true;
  const stop = () => {
    waiting = false;
  };
  happened.then(stop, stop);
  while (waiting) {
    // A request needs real time to arrive.
    await Bun.sleep(2);
    await server.clock.advance(100);
  }
  return happened;
}
