import type { AlertBook } from "../jobs/alerts.ts";
import type { HouseEvents } from "../jobs/events.ts";
import type { JobRuntime } from "../jobs/runtime.ts";
import { errorCode, toError } from "../kit/errors.ts";
import { whenAborted } from "../net/abort.ts";
import type { Audit } from "../server/identity/index.ts";
import type { Metrics } from "../server/metrics/index.ts";
import { mirrorTarget } from "../settings.ts";
import { clearMirrorAlerts, judgeMirror } from "./alerts.ts";
import { dlqStream } from "./dead-letters/dlq-stream.ts";
import { sweepDeadLetters } from "./dead-letters/sweep.ts";
import { unblockStreams } from "./delivery/blocking.ts";
import { hasDueStream } from "./delivery/due.ts";
import { createMirrorRoutes } from "./http/index.ts";
import { MIRROR_DRAIN } from "./job-names.ts";
import { mirrorJobs } from "./jobs.ts";
import { watchMirror } from "./metrics.ts";
import type { MirrorParts } from "./mirror.ts";
import { createBacklog } from "./outbox/backlog.ts";
import { noteOwedSince } from "./outbox/owed-since.ts";
import { oweUnowed, startNoting } from "./outbox/owing.ts";
import { forgetRemovedStreams } from "./outbox/removed-streams.ts";
import { forgetOwedRows, stopNoting } from "./outbox/stopping.ts";
import { MIRROR_SYSTEM, mirrorPeers } from "./remote/peer.ts";
import type { MirrorStream } from "./stream.ts";
import { isMirrorPaused } from "./stream-switch.ts";

export interface MirrorOptions extends MirrorParts {
  events: HouseEvents;
  metrics: Metrics;
  audit: Audit;
  /** The runtime, which is built with the mirror's jobs. */
  jobs: () => Pick<JobRuntime, "runNow" | "pause" | "resume" | "runs" | "running" | "lastTickAt">;
  /**
   * Whether this process is the installation itself. Its settings decide whether anything is owed at all, and it answers before
   * all is; a command may come from a shell without them, and must not forget what the installation owes.
   */
  isService: boolean;
}

/**
 * The outbox's way to Supabase, as a part of the house like any system. Without a target it has no jobs, no hosts and no
 * triggers: only its routes are there, and say that it is off.
 */
export async function createMirror(options: MirrorOptions) {
  const parts: MirrorParts = { ...options, streams: [...options.streams, dlqStream] };
  const { settings, db, clock, log } = parts;
  const target = mirrorTarget(settings);
  const backlog = createBacklog(await prepareOutbox(parts, target, options));
  if (!options.isService) await backlog.finish();
  const busyJobs = () => new Set(options.jobs().running.map(({ job }) => job));
  const begin = () => {
    if (backlog.state !== "waiting") return;
    backlog.finish().then(wake, (thrown) => {
      if (backlog.state === "stopped") return;
      // Every slot of the drain tries again.
      log.error("mirror.not_owed", "Not all rows could be owed yet.", { error: toError(thrown) });
    });
  };
  const hasWork = async () => {
    if (backlog.state !== "finished") {
      begin();
      return false;
    }
    if (await isMirrorPaused(db.read)) return false;
    await noteOwedSince(db, clock.now());
    return hasDueStream(parts, busyJobs());
  };
  const wake = target ? createWake(options, hasWork) : () => {};
  if (target) wakeAfterWriters(options, parts.streams, wake);
  watchMirror(options.metrics, parts);
  const ready = (signal: AbortSignal) => Promise.race([backlog.finish(), whenAborted(signal)]);
  let cleared = false;
  return {
    name: MIRROR_SYSTEM,
    peers: mirrorPeers(settings),
    jobs: target ? mirrorJobs({ ...parts, metrics: options.metrics, busyJobs, hasWork, ready }) : [],
    routes: createMirrorRoutes({ ...parts, enabled: target !== undefined, jobs: options.jobs, audit: options.audit }),
    tags: [{ name: "mirror", description: "What is owed to Supabase, what was refused, and the copies' comparison." }],
    mirror: [],
    sweep: (now: Date) => sweepDeadLetters(db, now),
    judgeAlerts: async (book: AlertBook) => {
      if (target) {
        await noteOwedSince(db, clock.now());
        await judgeMirror(parts, book);
      } else if (!cleared) {
        await clearMirrorAlerts(db, book);
        cleared = true;
      }
    },
    /** Does in the background what of the start takes longer the more rows there are. */
    begin,
    /** Before the store closes. */
    stop: backlog.stop,
  };
}

/** What a start does to the outbox before anything is written, in a few short transactions. Returns the long rest. */
async function prepareOutbox(
  parts: MirrorParts,
  target: ReturnType<typeof mirrorTarget>,
  { isService }: Pick<MirrorOptions, "isService">,
): Promise<(signal: AbortSignal) => Promise<void>> {
  const { db, clock, streams } = parts;
  if (target) {
    const unowed = await startNoting(db, streams, (stream) => destinationOf(parts, stream, target.url));
    await forgetRemovedStreams(db, streams, clock.now());
    // Somebody who starts it again has perhaps just mended what was in the way.
    await unblockStreams(db, clock.now());
    return (signal) => oweUnowed(db, unowed, signal);
  }
  if (!isService) return async () => {};
  await stopNoting(db);
  return (signal) => forgetOwedRows(db, streams, signal);
}

/** Everything that makes a delivery of yesterday worthless today when it changes. */
function destinationOf({ settings }: MirrorParts, { kind }: MirrorStream, url: string): string {
  if (kind === "rows") return `${url} ${settings.supabaseSchema}`;
  const { enableSupabaseUpload: uploads, supabaseBucketName: bucket, supabaseBasePrefix: prefix = "" } = settings;
  return `${url} ${bucket}/${prefix} ${uploads ? "on" : "off"}`;
}

/** A run that writes mirrored tables has ended: what it wrote goes out now, not with the next minute. */
function wakeAfterWriters({ events }: MirrorOptions, streams: readonly MirrorStream[], wake: () => void): void {
  const writers = new Set(streams.flatMap((stream) => stream.writers));
  events.subscribe(({ event }) => {
    if (event.type === "run.finished" && writers.has(event.job)) wake();
  });
}

/** Busy, stopping, a full disk: the next minute's slot comes anyway. */
const NO_FAULTS = new Set(["job_busy", "shutting_down", "disk_full"]);

/** Starts a drain between two slots when there is something to do. Never throws. */
function createWake({ jobs, log }: MirrorOptions, hasWork: () => Promise<boolean>): () => void {
  const wake = async () => {
    // Commands that run one job and end do not serve the mirror: the process that ticks does.
    if (jobs().lastTickAt === null || !(await hasWork())) return;
    await jobs().runNow(MIRROR_DRAIN, { trigger: "cron" });
  };
  return () => {
    wake().catch((thrown) => {
      const write = NO_FAULTS.has(errorCode(thrown) ?? "") ? log.debug : log.error;
      write("mirror.not_woken", "The mirror was not woken.", { error: toError(thrown) });
    });
  };
}
