import { days, seconds } from "../../../kit/duration.ts";
import { yahooPeer } from "../../../market/yahoo/yahoo-peer.ts";
import type { Peer } from "../../../net/peer.ts";
import type { Settings } from "../../../settings.ts";

/** Attempts and waits of every source here, which all answer 500 for passing faults; limits and spacing are each one's own. */
const RETRIES = { attempts: 3, delaysMs: [seconds(1), seconds(2)], alsoRetry: [500] } as const;
/** Ámbito answers only to what looks like a browser on its own page. */
const AMBITO_HEADERS = {
  "User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
  Referer: "https://www.ambito.com/",
};

/** Every source that this configuration may call: none unless prices come from the network, and none without its key. */
export function sourcePeers(settings: Settings): Peer[] {
  if (settings.marketData !== "yahoo") return [];
  return [
    yahooPeer(settings.yahooDailyLimit),
    ...(settings.fmpApiKey ? [fmpPeer(settings)] : []),
    ...(settings.gnewsApiKey ? [gnewsPeer(settings)] : []),
    bcraPeer(settings),
    ambitoPeer,
    argentinaDatosPeer,
  ];
}

const fmpPeer = (settings: Settings): Peer => ({
  name: "fmp",
  hosts: [hostOf(settings.fmpBaseUrl)],
  ...RETRIES,
  timeoutMs: seconds(15),
  spacingMs: 500,
  concurrency: 2,
  dailyLimit: settings.fmpDailyLimit,
  opensOn: [401, 403],
  // About the symbol, not the key.
  remembers: [{ status: 402, scope: "subject", kind: "refused", lasts: { forMs: days(7) } }],
  secretParameters: ["apikey"],
});

const gnewsPeer = (settings: Settings): Peer => ({
  name: "gnews",
  hosts: [hostOf(settings.gnewsBaseUrl)],
  ...RETRIES,
  timeoutMs: seconds(15),
  spacingMs: 1_100,
  concurrency: 1,
  dailyLimit: settings.gnewsDailyLimit,
  opensOn: [401],
  remembers: [{ status: 403, scope: "peer", kind: "quota", lasts: { until: "utc_midnight" } }],
  secretParameters: ["apikey", "token"],
});

const bcraPeer = (settings: Settings): Peer => ({
  name: "bcra",
  hosts: [hostOf(settings.bcraApiUrl)],
  ...RETRIES,
  timeoutMs: seconds(20),
  spacingMs: 500,
  concurrency: 2,
  headers: { Accept: "application/json", "Accept-Language": "es-AR" },
});

const ambitoPeer: Peer = {
  name: "ambito",
  hosts: ["mercados.ambito.com"],
  ...RETRIES,
  timeoutMs: seconds(10),
  spacingMs: 1_000,
  concurrency: 1,
  dailyLimit: 20,
  headers: AMBITO_HEADERS,
};

const argentinaDatosPeer: Peer = {
  name: "argentinadatos",
  hosts: ["api.argentinadatos.com"],
  ...RETRIES,
  timeoutMs: seconds(10),
  spacingMs: 1_000,
  concurrency: 1,
  dailyLimit: 20,
};

/** Host with its port, as peers name it. */
const hostOf = (address: string): string => new URL(address).host;
