import { MIRROR_SYSTEM, mirrorPeers } from "../mirror/remote/peer.ts";
import { describeHosts } from "../net/hosts.ts";
import { declareIdentityPeers } from "../server/identity/index.ts";
import type { Settings } from "../settings.ts";
import { declarePeers } from "../systems/index.ts";
import { declareOwnPeers } from "./engine.ts";

/** One host that this configuration may call. */
export interface AllowedHost {
  system: string;
  peer: string;
  host: string;
  daily_limit: number | null;
}

/** Everything that the house may reach with these settings; what is not in here is refused. */
export function listHosts(settings: Settings): AllowedHost[] {
  return describeHosts([
    ...declarePeers(settings),
    { name: MIRROR_SYSTEM, peers: mirrorPeers(settings) },
    declareIdentityPeers(settings),
    declareOwnPeers(settings),
  ]).flatMap(({ system, peer, hosts, daily_limit }) => hosts.map((host) => ({ system, peer, host, daily_limit })));
}
