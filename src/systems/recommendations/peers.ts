import type { Peer } from "../../net/peer.ts";
import type { Settings } from "../../settings.ts";
import { sourcePeers } from "./sources/peers.ts";

/** Every source that this configuration may call: none unless prices come from the network. */
export function recommendationPeers(settings: Settings): Peer[] {
  return settings.marketData === "yahoo" ? sourcePeers(settings) : [];
}
