import manifest from "../../package.json" with { type: "json" };
import type { JobEngine } from "../jobs/create-runtime.ts";
import type { HouseEvent, HouseEvents } from "../jobs/events.ts";
import { acquireLock, type ProcessLock } from "../jobs/process-lock.ts";
import { type Clock, createSystemClock } from "../kit/clock.ts";
import { toError } from "../kit/errors.ts";
import { createEventBus } from "../kit/events.ts";
import { createIds, type Ids } from "../kit/ids.ts";
import type { Logger } from "../kit/log.ts";
import { createMarket } from "../market/create-market.ts";
import { createPriceProvider } from "../market/price-provider.ts";
import { createMirror } from "../mirror/create-mirror.ts";
import { countSupabase } from "../mirror/metrics.ts";
import { createHttpDoor, type HttpDoor } from "../net/door.ts";
import {
  createIdentity,
  declareIdentityPeers,
  ensureHouseTenant,
  type OperatorToken,
} from "../server/identity/index.ts";
import { createServer } from "../server/index.ts";
import { createMetrics } from "../server/metrics/index.ts";
import type { LoadedSettings, Settings } from "../settings.ts";
import { createSystems } from "../systems/index.ts";
import { backupHomeOf } from "./backup-home.ts";
import { watchBackups } from "./backup-jobs.ts";
import { openDataDir } from "./data-dir.ts";
import { createEngine } from "./engine.ts";
import { houseStreams } from "./house-streams.ts";
import { openLog, secretsOf } from "./logging.ts";
import { settleMarketSource } from "./market-source.ts";
import { openStores, type Stores } from "./stores.ts";

export interface HouseOptions {
  /** Default: the machine's clock, moved by `VIGIA_NOW`. */
  clock?: Clock;
  /** Default: as the settings say. */
  log?: Logger;
  /**
   * Whether this process is the installation itself, and its settings say what the installation mirrors. Default: false, a
   * command, which may come from a shell that lacks them.
   */
  isService?: boolean;
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
  /** Begins in the background what takes long and can wait until the process answers. */
  begin(): void;
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
 * Errors: `data_dir_unusable`, `already_running` (who holds the directory), `db_open_failed`, `db_damaged`, `db_migration_failed`.
 */
export async function openHouse(loaded: LoadedSettings, options: HouseOptions = {}): Promise<House> {
  const { settings } = loaded;
  const dataDir = openDataDir(settings.vigiaDataDir);
  const clock = options.clock ?? createSystemClock(settings.vigiaNow);
  const machineClock = createSystemClock();
  const ids = createIds(machineClock);
  const log = options.log ?? openLog(settings, clock);
  const bootId = ids.uuid();
  const lock = await acquireLock(dataDir, { bootId, clock: machineClock });
  try {
    const isService = options.isService ?? false;
    return await build({ loaded, dataDir, clock, machineClock, ids, log, bootId, lock, isService });
  } catch (thrown) {
    lock.release();
    throw thrown;
  }
}

interface Foundation {
  loaded: LoadedSettings;
  dataDir: string;
  clock: Clock;
  /** The machine's own time: tokens are made by other processes, whose clock `VIGIA_NOW` does not move. */
  machineClock: Clock;
  ids: Ids;
  log: Logger;
  bootId: string;
  lock: ProcessLock;
  isService: boolean;
}

async function build(foundation: Foundation): Promise<House> {
  const { loaded, dataDir, clock, machineClock, ids, log, lock } = foundation;
  const metrics = createMetrics({ log });
  const events = createEventBus<HouseEvent>({
    now: clock.now,
    onFault: (thrown) => log.error("events.listener_failed", "A listener of events broke.", { error: toError(thrown) }),
  });
  let engine: JobEngine | undefined;
  const stores = await openStores(loaded.settings, dataDir, {
    onWrite: metrics.observeWrite,
    onFault: () => engine?.reportDatabaseError(),
    onLogsDamaged: (aside) =>
      log.error("run_logs.damaged", `The file of run logs was damaged: it is now ${aside}, and a new one begins.`),
  });
  try {
    const { db } = stores;
    const settings = await settleMarketSource(loaded, db);
    await ensureHouseTenant(db, { clock, timezone: settings.dailyAnalysisTimezone });
    const door = createHttpDoor({
      db,
      clock,
      random: Math.random,
      log,
      defaultTimeoutMs: settings.httpTimeoutMs,
      secrets: secretsOf(settings),
      observe: (event) => {
        metrics.observeCall(event);
        countSupabase(metrics, event);
      },
    });
    const market = createMarket({ db, provider: createPriceProvider(settings, log), clock, log });
    const identityPeers = declareIdentityPeers(settings);
    const http = door.clientFor(identityPeers.name, identityPeers.peers);
    const identity = createIdentity({ db, settings, clock: machineClock, ids, dataDir, http });
    const { audit } = identity;
    const dependencies = { settings, db, clock, ids, log, events, market, door, metrics, audit };
    const { systems: own, status } = await createSystems(dependencies);
    const mirror = await createMirror({
      ...dependencies,
      streams: [...houseStreams, ...own.flatMap((system) => system.mirror)],
      jobs: () => engine as JobEngine,
      isService: foundation.isService,
    });
    const systems = [...own, mirror];
    watchBackups(metrics, backupHomeOf(settings, clock));
    const jobs = createEngine({ ...foundation, settings, stores, events, door, systems });
    engine = jobs;
    const ending = createEnding({ jobs, mirror, door, stores, lock });
    const app = createServer({
      settings,
      db,
      clock,
      ids,
      log,
      jobs,
      events,
      identity,
      systems,
      status,
      door,
      metrics,
      readiness: { isShuttingDown: () => ending.begun },
      closing: ending.signal,
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
      begin: mirror.begin,
      fetch: async (path, init) => app.fetch(new Request(`http://127.0.0.1${path}`, init), LOOPBACK),
      stopWork: ending.stopWork,
      close: ending.close,
    };
  } catch (thrown) {
    await stores.close();
    throw thrown;
  }
}

/** The way down, in order: readiness says no, runs end, streams close, the network and the store close, the lock goes last. */
function createEnding({
  jobs,
  mirror,
  door,
  stores,
  lock,
}: {
  jobs: JobEngine;
  mirror: { stop(): Promise<void> };
  door: HttpDoor;
  stores: Stores;
  lock: ProcessLock;
}) {
  const closing = new AbortController();
  let begun = false;
  const stopWork = async (graceMs: number): Promise<void> => {
    begun = true;
    await jobs.stop({ graceMs });
    closing.abort();
  };
  return {
    get begun() {
      return begun;
    },
    signal: closing.signal,
    stopWork,
    async close(): Promise<void> {
      await stopWork(0);
      await mirror.stop();
      await door.close();
      await stores.close();
      lock.release();
    },
  };
}
