import type { Settings } from "../../settings.ts";
import type { SystemDependencies } from "../dependencies.ts";
import { createContextSource } from "./context/context-source.ts";
import { createPortfolioRoutes } from "./http/index.ts";
import { PORTFOLIO_SYSTEM } from "./job-names.ts";
import { portfolioJobs } from "./jobs.ts";
import { watchPortfolio } from "./metrics.ts";
import { portfolioStreams } from "./mirror.ts";
import { portfolioPeers } from "./peers.ts";
import { createPeopleStore } from "./people/people-store.ts";
import { ensureSamplePeople } from "./people/sample-people.ts";
import { sweepPortfolio } from "./retention.ts";

/** Market radar once, technical analysis for every user's positions, four files a user. */
export async function createPortfolioSystem(deps: SystemDependencies) {
  const { settings, db, clock, ids, log, market, metrics, audit } = deps;
  const dataSource = market.source;
  const rules = { directory: settings.portfolioDirectory, defaultPortfolio: settings.svgaDefaultPortfolio };
  const defaultTimezone = settings.dailyAnalysisTimezone;
  await ensureSamplePeople(db, clock, { dataSource });
  watchPortfolio({ metrics, db, dataSource });
  return {
    name: PORTFOLIO_SYSTEM,
    peers: portfolioPeers(settings),
    jobs: portfolioJobs({
      settings,
      db,
      market,
      people: createPeopleStore({ db, dataSource, defaultTimezone, ...rules }),
      context: createContextSource({ db, clock, log, settings, dataSource }),
      chartOf: chartAddress(settings),
    }),
    routes: createPortfolioRoutes({ db, market, clock, dataSource, settings, audit, ids, rules }),
    tags: [
      { name: "portfolio", description: "Users, what they hold, and the files that each cycle makes for them." },
      { name: "radar", description: "Candidates of the scanned markets, and market data for charts." },
    ],
    mirror: portfolioStreams(db),
    sweep: (now: Date) => sweepPortfolio(db, settings, now),
    judgeAlerts: async () => {},
  };
}

/** Where a chart is served, for links in stored reports; null without an address that readers could open. */
function chartAddress({ vigiaPublicUrl }: Pick<Settings, "vigiaPublicUrl">): (symbol: string) => string | null {
  const base = vigiaPublicUrl?.replace(/\/+$/, "");
  return (symbol) => (base ? `${base}/api/charts/${encodeURIComponent(symbol)}.svg` : null);
}
