import type { AlertBook } from "../jobs/alerts.ts";
import type { HouseEvents } from "../jobs/events.ts";
import type { JobRuntime } from "../jobs/runtime.ts";
import { errorCode } from "../kit/errors.ts";
import type { Audit } from "../server/identity/index.ts";
import type { Metrics } from "../server/metrics/index.ts";
import { mirrorTarget } from "../settings.ts";
import { clearMirrorAlerts, judgeMirror } from "./alerts.ts";
import { dlqStream } from "./dead-letters/dlq-stream.ts";
import { unblockStreams } from "./delivery/blocking.ts";
import { hasDueStream } from "./delivery/due.ts";
import { createMirrorRoutes } from "./http/index.ts";
import { MIRROR_DRAIN } from "./job-names.ts";
import { mirrorJobs } from "./jobs.ts";
import { watchMirror } from "./metrics.ts";
import type { MirrorParts } from "./mirror.ts";
import { noteOwedSince } from "./outbox/owed-since.ts";
import { startOwing } from "./outbox/owing.ts";
import { stopOwing } from "./outbox/triggers.ts";
import { MIRROR_SYSTEM, mirrorPeers } from "./remote/peer.ts";
import type { MirrorStream } from "./stream.ts";

export interface MirrorOptions extends MirrorParts {
  events: HouseEvents;
  metrics: Metrics;
  audit: Audit;
  /** The runtime, which is built with the mirror's jobs. */
  jobs: () => JobRuntime;
}

/**
 * The outbox's way to Supabase, as a part of the house like any system. Without a target it has no jobs, no hosts and no
 * triggers: only its routes are there, and say that it is off.
 */
export async function createMirror(options: MirrorOptions) {
  const parts: MirrorParts = { ...options, streams: [...options.streams, dlqStream] };
  const { settings, db, clock } = parts;
  const target = mirrorTarget(settings);
  if (target) {
    await startOwing(db, parts.streams, (stream) => destinationOf(parts, stream, target.url));
    // Somebody who starts it again has perhaps just mended what was in the way.
    await unblockStreams(db);
  } else await stopOwing(db);
  const busyJobs = () => new Set(options.jobs().running.map(({ job }) => job));
  const hasWork = async () => {
    await noteOwedSince(db, clock.now());
    return hasDueStream(parts, busyJobs());
  };
  if (target) wakeAfterWriters(options, parts.streams, hasWork);
  watchMirror(options.metrics, parts);
  let cleared = false;
  return {
    name: MIRROR_SYSTEM,
    peers: mirrorPeers(settings),
    jobs: target ? mirrorJobs({ ...parts, metrics: options.metrics, busyJobs, hasWork }) : [],
    routes: createMirrorRoutes({ ...parts, enabled: target !== undefined, jobs: options.jobs, audit: options.audit }),
    tags: [{ name: "mirror", description: "What is owed to Supabase, what was refused, and the copies' comparison." }],
    mirror: [],
    sweep: async () => {},
    judgeAlerts: async (book: AlertBook) => {
      if (target) {
        await noteOwedSince(db, clock.now());
        await judgeMirror(parts, book);
      } else if (!cleared) {
        await clearMirrorAlerts(parts, book);
        cleared = true;
      }
    },
  };
}

/** Everything that makes a delivery of yesterday worthless today when it changes. */
function destinationOf({ settings }: MirrorParts, { kind }: MirrorStream, url: string): string {
  if (kind === "rows") return `${url} ${settings.supabaseSchema}`;
  const { enableSupabaseUpload: uploads, supabaseBucketName: bucket, supabaseBasePrefix: prefix = "" } = settings;
  return `${url} ${bucket}/${prefix} ${uploads ? "on" : "off"}`;
}

/** A run that writes mirrored tables has ended: what it wrote goes out now, not with the next minute. */
function wakeAfterWriters(
  { events, jobs, log }: MirrorOptions,
  streams: readonly MirrorStream[],
  hasWork: () => Promise<boolean>,
): void {
  const writers = new Set(streams.flatMap((stream) => stream.writers));
  const wake = async () => {
    // Commands that run one job and end do not serve the mirror: the process that ticks does.
    if (jobs().lastTickAt === null || !(await hasWork())) return;
    await jobs().runNow(MIRROR_DRAIN, { trigger: "cron" });
  };
  events.subscribe(({ event }) => {
    if (event.type !== "run.finished" || !writers.has(event.job)) return;
    // Busy, stopping, paused disk: the next minute's slot comes anyway.
    wake().catch((thrown) => log.debug("mirror.not_woken", "The mirror was not woken.", { error: errorCode(thrown) }));
  });
}
