import type { Database } from "../../db/index.ts";
import type { DataSource } from "../../db/schema/market.ts";
import { addSystemViews, type Metrics } from "../../server/metrics/index.ts";
import { PORTFOLIO_CYCLE, PORTFOLIO_SYSTEM } from "./job-names.ts";
import { COUNTED_USERS } from "./people/user-rows.ts";

interface WatchOptions {
  metrics: Metrics;
  db: Database;
  /** Of the prices: it decides whether users of the sample count. */
  dataSource: DataSource;
}

/** The system's own figures beside the house's. Counts only: no name, id or symbol of anybody. */
export function watchPortfolio({ metrics, db, dataSource }: WatchOptions): void {
  addSystemViews(metrics, {
    prefix: "portfolio",
    system: PORTFOLIO_SYSTEM,
    job: PORTFOLIO_CYCLE,
    units: "files_changed",
  });
  metrics.declare({ name: "portfolio_users", type: "gauge", help: "Users whom a cycle looks at.", zeros: [{}] });
  metrics.declare({
    name: "portfolio_users_served",
    type: "gauge",
    help: "Of these, those who have files.",
    zeros: [{}],
  });
  metrics.collect("portfolio", async () => {
    const { rows } = await db.client.execute({ sql: COUNTS, args: { dataSource } });
    metrics.set("portfolio_users", Number(rows[0]!.users));
    metrics.set("portfolio_users_served", Number(rows[0]!.served));
  });
}

const COUNTS = `select count(*) as users,
  count(case when exists (select 1 from portfolio_files f where f.user_id = users.user_id) then 1 end) as served
  from users where ${COUNTED_USERS}`;
