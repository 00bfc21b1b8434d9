import type { Database } from "../../../db/index.ts";
import type { DataSource } from "../../../db/schema/market.ts";
import type { Clock } from "../../../kit/clock.ts";
import type { Market } from "../../../market/market.ts";
import type { Settings } from "../../../settings.ts";

/** What the routes need of the house. */
export interface PortfolioRoutesOptions {
  db: Database;
  market: Market;
  clock: Clock;
  dataSource: DataSource;
  settings: Settings;
}
