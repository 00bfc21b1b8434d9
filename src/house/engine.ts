import { statfsSync } from "node:fs";
import { alertWebhookPeer, createWebhookDelivery } from "../jobs/alert-delivery.ts";
import type { AlertBook } from "../jobs/alerts.ts";
import { createJobRuntime, type JobEngine } from "../jobs/create-runtime.ts";
import type { HouseEvents } from "../jobs/events.ts";
import { retentionJob } from "../jobs/retention.ts";
import type { Clock } from "../kit/clock.ts";
import type { Ids } from "../kit/ids.ts";
import type { Logger } from "../kit/log.ts";
import { createRedactor } from "../kit/redact.ts";
import type { HttpDoor } from "../net/door.ts";
import type { Peer } from "../net/peer.ts";
import { pruneUsage } from "../net/usage.ts";
import type { Settings } from "../settings.ts";
import type { System } from "../systems/system.ts";
import { backupHomeOf } from "./backup-home.ts";
import { backupJobs } from "./backup-jobs.ts";
import { judgeBackups } from "./backup-rules.ts";
import { secretsOf } from "./logging.ts";
import type { Stores } from "./stores.ts";

export interface EngineOptions {
  settings: Settings;
  dataDir: string;
  stores: Stores;
  clock: Clock;
  ids: Ids;
  log: Logger;
  events: HouseEvents;
  bootId: string;
  door: HttpDoor;
  systems: readonly System[];
}

/** System of the jobs that look after the house itself. */
const OPS = "ops";

/** What the house itself may call: the receiver of alerts, when there is one. */
export function declareOwnPeers({ alertWebhookUrl }: Pick<Settings, "alertWebhookUrl">): {
  name: string;
  peers: Peer[];
} {
  return { name: OPS, peers: alertWebhookUrl ? [alertWebhookPeer(alertWebhookUrl)] : [] };
}

/** The job runtime with the systems' jobs, the house's own, and the way out for alerts. */
export function createEngine(options: EngineOptions): JobEngine {
  const { settings, dataDir, stores, clock, ids, log, events, bootId, door, systems } = options;
  const peersOf = (system: string) => systems.find(({ name }) => name === system)?.peers ?? [];
  const webhook = settings.alertWebhookUrl;
  const backups = backupHomeOf(settings, clock);
  return createJobRuntime({
    db: stores.db,
    logs: stores.logs,
    clock,
    ids,
    random: Math.random,
    log,
    events,
    bootId,
    schedulerEnabled: settings.schedulerEnabled,
    redactor: createRedactor(secretsOf(settings)),
    diskFree: () => freeSpace(dataDir),
    httpFor: (system, run) => door.clientFor(system, peersOf(system), { runId: run.id }),
    jobs: [
      ...systems.flatMap(({ name, jobs }) => jobs.map((definition) => ({ system: name, definition }))),
      ...backupJobs(backups).map((definition) => ({ system: OPS, definition })),
      { system: OPS, definition: retentionOf(options) },
    ],
    judges: [
      ...systems.map(({ judgeAlerts }) => judgeAlerts),
      (book: AlertBook) => judgeBackups({ db: stores.db, home: backups, clock, book }),
    ],
    ...(webhook
      ? {
          deliverAlert: createWebhookDelivery({
            http: door.clientFor(OPS, declareOwnPeers(settings).peers),
            url: webhook,
          }),
        }
      : {}),
  });
}

function retentionOf({ settings, stores: { db, logs }, systems }: EngineOptions) {
  return retentionJob({
    db,
    logs,
    jobRunsDays: settings.retentionJobRunsDays,
    sweeps: [
      ...systems.map(({ name, sweep }) => ({ name, sweep })),
      { name: "http_usage", sweep: (now: Date) => pruneUsage(db, now) },
    ],
  });
}

/** Undefined where the file system does not say. */
function freeSpace(path: string): { freeBytes: number; totalBytes: number } | undefined {
  try {
    const { bavail, blocks, bsize } = statfsSync(path);
    return { freeBytes: bavail * bsize, totalBytes: blocks * bsize };
  } catch {
    return undefined;
  }
}
