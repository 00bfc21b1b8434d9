import type { Database } from "../db/index.ts";
import type { HouseEvents } from "../jobs/events.ts";
import type { Clock } from "../kit/clock.ts";
import type { Ids } from "../kit/ids.ts";
import type { Logger } from "../kit/log.ts";
import type { Market } from "../market/market.ts";
import type { HttpDoor } from "../net/door.ts";
import type { Audit } from "../server/identity/index.ts";
import type { Metrics } from "../server/metrics/index.ts";
import type { Settings } from "../settings.ts";

/** What the house gives every system. */
export interface SystemDependencies {
  settings: Settings;
  db: Database;
  clock: Clock;
  ids: Ids;
  log: Logger;
  events: HouseEvents;
  market: Market;
  door: HttpDoor;
  metrics: Metrics;
  /** For routes that change something. */
  audit: Audit;
}
