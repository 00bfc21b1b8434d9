import { mkdirSync, statfsSync } from "node:fs";
import { resolve } from "node:path";
import manifest from "../../package.json" with { type: "json" };
import { type Database, databaseLocation, migrateDatabase, openDatabase, runLogsLocation } from "../db/index.ts";
import { alertWebhookPeer, createWebhookDelivery } from "../jobs/alert-delivery.ts";
import { createJobRuntime, type JobEngine } from "../jobs/create-runtime.ts";
import type { HouseEvent, HouseEvents } from "../jobs/events.ts";
import { acquireLock, type ProcessLock } from "../jobs/process-lock.ts";
import { retentionJob } from "../jobs/retention.ts";
import { type Clock, createSystemClock } from "../kit/clock.ts";
import { createEventBus } from "../kit/events.ts";
import { createIds } from "../kit/ids.ts";
import type { Logger } from "../kit/log.ts";
import { createRedactor } from "../kit/redact.ts";
import { createMarket } from "../market/create-market.ts";
import { createPriceProvider } from "../market/price-provider.ts";
import { createHttpDoor } from "../net/door.ts";
import { pruneUsage } from "../net/usage.ts";
import { createIdentity, ensureHouseTenant, type OperatorToken } from "../server/identity/index.ts";
import { createServer } from "../server/index.ts";
import { createMetrics } from "../server/metrics/index.ts";
import type { LoadedSettings, Settings } from "../settings.ts";
import { createSystems } from "../systems/index.ts";
import type { System } from "../systems/system.ts";
import { openLog, secretsOf } from "./logging.ts";
import { settleMarketSource } from "./market-source.ts";

export interface HouseOptions {
  /** Default: the machine's clock, moved by `VIGIA_NOW`. */
  clock?: Clock;
  /** Default: as the settings say. */
  log?: Logger;
}

/** Everything put together: the store, the engines and the systems, owned by this process alone. */
export interface House {
  readonly settings: Settings;
  readonly clock: Clock;
  readonly log: Logger;
  readonly jobs: JobEngine;
  readonly events: HouseEvents;
  readonly lock: ProcessLock;
  readonly operatorToken: OperatorToken;
  readonly version: string;
  /** What `listen` serves. */
  readonly app: ReturnType<typeof createServer>;
  /** Calls the API without a socket, as a peer on this machine. */
  fetch(path: string, init?: RequestInit): Promise<Response>;
  /** First call: readiness turns to 503, runs may end for `graceMs`, then they are aborted. A second one aborts at once. */
  stopWork(graceMs: number): Promise<void>;
  /** Lets go of network, store and lock. */
  close(): Promise<void>;
}

/** The only address that in-process calls come from. */
const LOOPBACK = { requestIP: () => ({ address: "127.0.0.1" }) };

/**
 * Opens the data directory and builds the house in it. Nothing runs before `house.jobs.start()`.
 * Errors: `already_running` (who holds the directory), `db_open_failed`, `db_migration_failed`.
 */
export async function openHouse(loaded: LoadedSettings, options: HouseOptions = {}): Promise<House> {
  const { settings } = loaded;
  const dataDir = resolve(settings.vigiaDataDir);
  const clock = options.clock ?? createSystemClock(settings.vigiaNow);
  const machineClock = createSystemClock();
  const ids = createIds(machineClock);
  const log = options.log ?? openLog(settings, clock);
  const bootId = ids.uuid();
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const lock = await acquireLock(dataDir, { bootId, clock: machineClock });
  try {
    return await build({ loaded, dataDir, clock, machineClock, ids, log, bootId, lock });
  } catch (thrown) {
    lock.release();
    throw thrown;
  }
}

interface Foundation {
  loaded: LoadedSettings;
  dataDir: string;
  clock: Clock;
  machineClock: Clock;
  ids: ReturnType<typeof createIds>;
  log: Logger;
  bootId: string;
  lock: ProcessLock;
}

async function build({ loaded, dataDir, clock, machineClock, ids, log, bootId, lock }: Foundation): Promise<House> {
  const metrics = createMetrics({ log });
  const events = createEventBus<HouseEvent>(clock.now);
  const secrets = secretsOf(loaded.settings);
  const closing = new AbortController();
  let stopping = false;

  const { db, logs } = await openStores(loaded.settings, dataDir, (durationMs, error) => {
    metrics.observeWrite(durationMs, error);
    if (error && isStorageFault(error)) jobs?.reportDatabaseError();
  });
  const settings = await settleMarketSource(loaded, db);
  await ensureHouseTenant(db, { clock, timezone: settings.dailyAnalysisTimezone });
  const door = createHttpDoor({
    db,
    clock,
    random: Math.random,
    log,
    defaultTimeoutMs: settings.httpTimeoutMs,
    secrets,
    observe: metrics.observeCall,
  });
  const market = createMarket({ db, provider: createPriceProvider(settings, log), clock, log });
  const systems = await createSystems({ settings, db, clock, log, events, market, door, metrics });
  const all: System[] = Object.values(systems);
  for (const { name, peers } of all) door.declare(name, peers);

  const jobs: JobEngine = createJobRuntime({
    db,
    logs,
    clock,
    ids,
    random: Math.random,
    log,
    events,
    bootId,
    schedulerEnabled: settings.schedulerEnabled,
    redactor: createRedactor(secrets),
    diskFree: () => freeSpace(dataDir),
    httpFor: (system, run) =>
      door.clientFor(system, all.find(({ name }) => name === system)?.peers ?? [], { runId: run.id }),
    jobs: [
      ...all.flatMap(({ name, jobs: own }) => own.map((definition) => ({ system: name, definition }))),
      {
        system: "ops",
        definition: retentionJob({
          db,
          logs,
          jobRunsDays: settings.retentionJobRunsDays,
          sweeps: [
            ...all.map(({ name, sweep }) => ({ name, sweep })),
            { name: "http_usage", sweep: (now: Date) => pruneUsage(db, now) },
          ],
        }),
      },
    ],
    ...alertDelivery(settings, door),
  });

  const identity = createIdentity({ db, settings, clock: machineClock, ids, dataDir });
  const { recommendations } = systems;
  const app = createServer({
    settings,
    db,
    clock,
    ids,
    log,
    jobs,
    events,
    identity,
    systems: all,
    status: recommendations.status,
    httpUsage: () => door.usageToday(),
    metrics,
    readiness: { isShuttingDown: () => stopping },
    closing: closing.signal,
    version: manifest.version,
    startedAt: clock.now(),
  });

  return {
    settings,
    clock,
    log,
    jobs,
    events,
    lock,
    operatorToken: identity.operatorToken,
    version: manifest.version,
    app,
    fetch: async (path, init) => app.fetch(new Request(`http://127.0.0.1${path}`, init), LOOPBACK),
    async stopWork(graceMs) {
      stopping = true;
      await jobs.stop({ graceMs });
      closing.abort();
    },
    async close() {
      stopping = true;
      closing.abort();
      await jobs.stop({ graceMs: 0 });
      await door.close();
      db.close();
      logs.close();
      lock.release();
    },
  };
}

async function openStores(
  settings: Settings,
  dataDir: string,
  onWrite: (durationMs: number, error: Error | undefined) => void,
): Promise<{ db: Database; logs: Database }> {
  const location = databaseLocation(settings.databaseUrl, dataDir);
  const db = await openDatabase({
    ...location,
    ...(settings.databaseAuthToken ? { authToken: settings.databaseAuthToken } : {}),
    onWrite,
  });
  const logs = await openDatabase(runLogsLocation(location, dataDir));
  await migrateDatabase(db, "main");
  await migrateDatabase(logs, "logs");
  return { db, logs };
}

/** Refusals that the code expects (a unique index, a check) are not faults of the store. */
function isStorageFault(error: Error): boolean {
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    if ("code" in cause && /^SQLITE_(BUSY|IOERR|FULL|CORRUPT|CANTOPEN|READONLY|NOTADB|LOCKED)/.test(String(cause.code)))
      return true;
  }
  return false;
}

function alertDelivery(settings: Settings, door: ReturnType<typeof createHttpDoor>) {
  const url = settings.alertWebhookUrl;
  if (!url) return {};
  const http = door.clientFor("ops", [alertWebhookPeer(url)]);
  return { deliverAlert: createWebhookDelivery({ http, url }) };
}

function freeSpace(path: string): { freeBytes: number; totalBytes: number } | undefined {
  try {
    const { bavail, blocks, bsize } = statfsSync(path);
    return { freeBytes: bavail * bsize, totalBytes: blocks * bsize };
  } catch {
    return undefined;
  }
}
