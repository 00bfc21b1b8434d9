import type { Peer } from "../net/peer.ts";
import type { Settings } from "../settings.ts";
import type { SystemDependencies } from "./dependencies.ts";
import { PORTFOLIO_SYSTEM } from "./portfolio/job-names.ts";
import { portfolioPeers } from "./portfolio/peers.ts";
import { createPortfolioSystem } from "./portfolio/system.ts";
import { sourcePeers } from "./recommendations/sources/peers.ts";
import { createRecommendationSystem, RECOMMENDATIONS_SYSTEM } from "./recommendations/system.ts";
import type { System } from "./system.ts";

/** Every system of the house: a sixth one is a folder and a line in each of these two. */
export async function createSystems(deps: SystemDependencies) {
  const recommendations = await createRecommendationSystem(deps);
  const portfolio = await createPortfolioSystem(deps);
  const systems: System[] = [recommendations, portfolio];
  return { systems, status: recommendations.status };
}

/** What each system may call with these settings, without opening anything. */
export function declarePeers(settings: Settings): { name: string; peers: Peer[] }[] {
  return [
    { name: RECOMMENDATIONS_SYSTEM, peers: sourcePeers(settings) },
    { name: PORTFOLIO_SYSTEM, peers: portfolioPeers(settings) },
  ];
}
