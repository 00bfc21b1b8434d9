import type { Clock } from "../../../../src/kit/clock.ts";
import type { Logger } from "../../../../src/kit/log.ts";
import { silentLogger } from "../../../../src/kit/log.ts";
import { createHttpDoor } from "../../../../src/net/door.ts";
import { loadSettings } from "../../../../src/settings.ts";
import type { Ticker } from "../../../../src/systems/recommendations/facts.ts";
import { createSources } from "../../../../src/systems/recommendations/sources/create-sources.ts";
import { openTestDatabase } from "../../../support/database.ts";
import { createSourceReplay } from "../../../support/sources.ts";

export const YPF: Ticker = {
  ticker: "YPF",
  companyName: "YPF S.A.",
  sector: "Energy",
  kind: "corporate",
  quoteSymbol: "YPF",
  quoteCurrency: "USD",
  aliases: ["YPF"],
  newsQuery: null,
  active: true,
  validFrom: null,
  validTo: null,
  position: 1,
};

export const tickerNamed = (ticker: string, fields: Partial<Ticker> = {}): Ticker => ({
  ...YPF,
  ticker,
  quoteSymbol: ticker,
  aliases: [ticker],
  ...fields,
});

export const FMP_KEY = "fmp-key-3f9a1c77";
export const GNEWS_KEY = "gnews-key-8b2e4d10";

/** Sources behind the real door, whose fetch is the replay. */
export async function openBench(
  environment: Record<string, string> = {},
  options: { now?: string; log?: Logger } = {},
) {
  const store = await openTestDatabase();
  const clock = createHastyClock(options.now ?? "2026-03-02T12:00:00.000Z");
  const { settings } = loadSettings({ MARKET_DATA: "yahoo", MARKET_DATA_DIR: "/nowhere", ...environment });
  const log = options.log ?? silentLogger;
  const replay = createSourceReplay({ now: () => clock.now() });
  const door = createHttpDoor({
    db: store.db,
    clock,
    random: () => 0.5,
    log,
    fetch: replay.fetch,
    defaultTimeoutMs: 30_000,
  });
  const { sources, peers } = createSources({ settings, db: store.db, clock, log });
  let runs = 0;
  const newRun = () => door.clientFor("recommendations", peers, { runId: ++runs });
  let http = newRun();
  const request = (asOf = clock.now().toISOString().slice(0, 10)) => ({
    http,
    signal: new AbortController().signal,
    now: clock.now(),
    asOf,
    priceCurrency: "USD",
  });
  return {
    db: store.db,
    clock,
    settings,
    log,
    replay,
    door,
    sources,
    peers,
    request,
    /** Refusals of keys hold for one run. */
    startRun() {
      http = newRun();
    },
    async [Symbol.asyncDispose]() {
      await door.close();
      await store[Symbol.asyncDispose]();
    },
  };
}

/** Longer than any wait of spacing or retries, shorter than any time limit. */
const LONGEST_WAIT_MS = 9_000;

/** Waits pass at once and move the clock; a time limit never comes. */
function createHastyClock(start: string): Clock & { jump(ms: number): void } {
  let elapsedMs = 0;
  return {
    now: () => new Date(Date.parse(start) + elapsedMs),
    monotonicMs: () => elapsedMs,
    async sleep(ms, signal) {
      signal?.throwIfAborted();
      if (ms <= LONGEST_WAIT_MS) elapsedMs += ms;
      else await new Promise((_, reject) => signal?.addEventListener("abort", () => reject(signal.reason)));
    },
    jump(ms) {
      elapsedMs += ms;
    },
  };
}
