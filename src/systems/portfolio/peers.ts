import { alertWebhookPeer } from "../../jobs/alert-delivery.ts";
import { constituentsPeer } from "../../market/universe/fetch-constituents.ts";
import { yahooPeer } from "../../market/yahoo/yahoo-peer.ts";
import type { Peer } from "../../net/peer.ts";
import type { Settings } from "../../settings.ts";
import { contextPeers } from "./context/peers.ts";

/** Everything that portfolios and radar may reach with these settings; without the network's prices nothing but the webhook. */
export function portfolioPeers(settings: Settings): Peer[] {
  const { marketData, svgaYahooDailyLimit, universeCsvUrl, svgaAlertWebhook, alertWebhookUrl } = settings;
  const sources =
    marketData === "yahoo" ? [yahooPeer(svgaYahooDailyLimit), constituentsPeer(universeCsvUrl), ...contextPeers()] : [];
  return svgaAlertWebhook && alertWebhookUrl ? [...sources, alertWebhookPeer(alertWebhookUrl)] : sources;
}
