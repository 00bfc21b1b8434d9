import { sql } from "drizzle-orm";
import type { Database } from "../../db/index.ts";
import { portfolioFiles, users } from "../../db/schema/portfolio.ts";
import { addSystemViews, type Metrics } from "../../server/metrics/index.ts";
import { PORTFOLIO_CYCLE, PORTFOLIO_SYSTEM } from "./job-names.ts";

/** The system's own figures beside the house's. Counts only: no name, id or symbol of anybody. */
export function watchPortfolio({ metrics, db }: { metrics: Metrics; db: Database }): void {
  addSystemViews(metrics, {
    prefix: "portfolio",
    system: PORTFOLIO_SYSTEM,
    job: PORTFOLIO_CYCLE,
    units: "files_changed",
  });
  metrics.declare({ name: "portfolio_users", type: "gauge", help: "Active users.", zeros: [{}] });
  metrics.declare({ name: "portfolio_users_served", type: "gauge", help: "Users who have files.", zeros: [{}] });
  metrics.collect("portfolio", async () => {
    metrics.set("portfolio_users", await db.read.$count(users, sql`active`));
    const [served] = await db.read.select({ count: sql<number>`count(distinct user_id)` }).from(portfolioFiles);
    metrics.set("portfolio_users_served", served?.count ?? 0);
  });
}
