import type { Database } from "../db/index.ts";
import type { Clock } from "../kit/clock.ts";
import type { Ids } from "../kit/ids.ts";
import type { Logger } from "../kit/log.ts";
import type { HttpClient } from "../net/client.ts";
import type { Settings } from "../settings.ts";
import type { MirrorStream } from "./stream.ts";

/** What every part of the mirror works with. */
export interface MirrorParts {
  settings: Settings;
  db: Database;
  clock: Clock;
  ids: Ids;
  log: Logger;
  /** In the order of their delivery: parents first. */
  streams: readonly MirrorStream[];
}

/** One run of a mirror job: its own way out and its own end. */
export interface MirrorRun {
  http: HttpClient;
  log: Logger;
  signal: AbortSignal;
}
