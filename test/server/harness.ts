import type { Context } from "hono";
import type { HouseEvent } from "../../src/jobs/events.ts";
import { createEventBus } from "../../src/kit/events.ts";
import { createIds } from "../../src/kit/ids.ts";
import type { LogFields, Logger } from "../../src/kit/log.ts";
import { createHttpDoor } from "../../src/net/door.ts";
import type { ServerEnv } from "../../src/server/env.ts";
import { createIdentity, declareIdentityPeers, ensureHouseTenant } from "../../src/server/identity/index.ts";
import { createServer, type ServerOptions } from "../../src/server/index.ts";
import { createMetrics } from "../../src/server/metrics/index.ts";
import { createRouter } from "../../src/server/router.ts";
import { loadSettings } from "../../src/settings.ts";
import { createFakeClock, type FakeClock } from "../support/clock.ts";
import { openTestDatabase, type TestDatabase } from "../support/database.ts";
import { createFakeJobs, type FakeJobs } from "./fake-jobs.ts";

export const ADMIN_TOKEN = "operator-token-canary-0123456789";
export const SECRET_KEY = "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0";

export interface LoggedLine {
  level: string;
  event: string;
  message: string;
  fields: LogFields;
}

export function createListLogger(): Logger & { lines: LoggedLine[] } {
  const lines: LoggedLine[] = [];
  const line =
    (level: string) =>
    (event: string, message: string, fields: LogFields = {}) =>
      void lines.push({ level, event, message, fields });
  const logger = {
    lines,
    debug: line("debug"),
    info: line("info"),
    warn: line("warn"),
    error: line("error"),
    child: () => logger,
  };
  return logger;
}

export interface TestServer {
  app: ReturnType<typeof createServer>;
  jobs: FakeJobs;
  events: ReturnType<typeof createEventBus<HouseEvent>>;
  clock: FakeClock;
  log: ReturnType<typeof createListLogger>;
  store: TestDatabase;
  options: ServerOptions;
  /** A request as if from `ip`; default this machine over the network. */
  from(ip: string, path: string, init?: RequestInit): Promise<Response>;
  shutDown(): void;
  [Symbol.asyncDispose](): Promise<void>;
}

export interface TestServerOptions {
  environment?: Record<string, string>;
  overrides?: Partial<ServerOptions>;
  /** Without the configured operator token: one is generated. */
  generatedToken?: boolean;
}

/** The whole API on a fresh database, a fake clock and fake jobs. */
export async function openTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  const store = await openTestDatabase();
  const clock = createFakeClock();
  const log = createListLogger();
  const { settings } = loadSettings({
    SECRET_KEY,
    VIGIA_DATA_DIR: store.dir,
    ...(options.generatedToken ? {} : { VIGIA_ADMIN_TOKEN: ADMIN_TOKEN }),
    ...options.environment,
  });
  const ids = createIds(clock);
  const jobs = createFakeJobs();
  jobs.lastTickAt = clock.now();
  const events = createEventBus<HouseEvent>({ now: () => clock.now() });
  const closing = new AbortController();
  let stopping = false;
  await ensureHouseTenant(store.db, { timezone: settings.dailyAnalysisTimezone, clock });
  const door = createHttpDoor({ db: store.db, clock, random: () => 0.5, log, defaultTimeoutMs: 5_000 });
  const identityPeers = declareIdentityPeers(settings);
  const http = door.clientFor(identityPeers.name, identityPeers.peers);
  const serverOptions: ServerOptions = {
    settings,
    db: store.db,
    clock,
    ids,
    log,
    jobs,
    events,
    identity: createIdentity({ db: store.db, settings, clock, ids, dataDir: store.dir, http }),
    systems: [],
    status: {
      mainJob: "daily_analysis",
      data: async () => ({ latest_analysis_date: "2026-03-02", age_seconds: 10_800, rows: 15 }),
      quotas: async () => ({ fmp: { used: 3, limit: 250, resets_at: "2026-03-03T00:00:00.000Z" } }),
    },
    door: { usageToday: async () => [], breakers: () => [] },
    metrics: createMetrics({ log }),
    readiness: { isShuttingDown: () => stopping },
    closing: closing.signal,
    version: "0.1.0",
    startedAt: clock.now(),
    ...options.overrides,
  };
  const app = createServer(serverOptions);
  return {
    app,
    jobs,
    events,
    clock,
    log,
    store,
    options: serverOptions,
    from: async (ip, path, init) =>
      app.fetch(new Request(`http://localhost${path}`, init), { requestIP: () => ({ address: ip }) }),
    shutDown() {
      stopping = true;
      closing.abort();
    },
    async [Symbol.asyncDispose]() {
      closing.abort();
      await door.close();
      await store[Symbol.asyncDispose]();
    },
  };
}

export const operator = (init: RequestInit = {}): RequestInit => ({
  ...init,
  headers: { ...(init.headers as Record<string, string>), Authorization: `Bearer ${ADMIN_TOKEN}` },
});

/** A router with one route that does what the test wants. */
export function probeRoutes(path: string, answer: (context: Context<ServerEnv>) => Response | Promise<Response>) {
  const routes = createRouter();
  routes.get(path, (context) => answer(context));
  routes.post(path, async (context) => {
    await context.req.text();
    return answer(context);
  });
  return { name: "probe", routes };
}
