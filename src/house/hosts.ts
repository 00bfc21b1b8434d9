import { alertWebhookPeer } from "../jobs/alert-delivery.ts";
import { describeHosts } from "../net/hosts.ts";
import type { Settings } from "../settings.ts";
import { sourcePeers } from "../systems/recommendations/sources/peers.ts";

/** One host that this configuration may call. */
export interface AllowedHost {
  system: string;
  peer: string;
  host: string;
  daily_limit: number | null;
}

/** Everything that the house may reach with these settings; what is not in here is refused. */
export function listHosts(settings: Settings): AllowedHost[] {
  const systems = [
    { name: "recommendations", peers: sourcePeers(settings) },
    { name: "ops", peers: settings.alertWebhookUrl ? [alertWebhookPeer(settings.alertWebhookUrl)] : [] },
  ];
  return describeHosts(systems).flatMap(({ system, peer, hosts, daily_limit }) =>
    hosts.map((host) => ({ system, peer, host, daily_limit })),
  );
}
