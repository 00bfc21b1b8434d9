import type { DataSource } from "../../../../src/db/schema/market.ts";
import type { Clock } from "../../../../src/kit/clock.ts";
import type { LogFields, Logger } from "../../../../src/kit/log.ts";
import { silentLogger } from "../../../../src/kit/log.ts";
import { createHttpDoor } from "../../../../src/net/door.ts";
import { createContextSource } from "../../../../src/systems/portfolio/context/context-source.ts";
import { contextPeers } from "../../../../src/systems/portfolio/context/peers.ts";
import { openTestDatabase } from "../../../support/database.ts";
import { answer, type Fault, json, routeTo, startFaultServer } from "../../../support/faults.ts";

export const FRED_KEY = "fred0key1with2thirty3two4letters";
export const HOSTS = {
  crypto: "api.alternative.me",
  stocks: "feargreedmeter.com",
  fred: "api.stlouisfed.org",
} as const;

type Host = keyof typeof HOSTS;

/** Answers of a good day, in the sources' shapes. */
export const GOOD: Record<Host, Fault> = {
  crypto: cryptoAnswer({ value: "19", value_classification: "Extreme Fear" }),
  stocks: answer(stockPage("33")),
  fred: (socket, request) => fredAnswer(request.query.get("series_id") ?? "")(socket, request),
};

export function cryptoAnswer(row: Record<string, unknown>): Fault {
  return json({
    name: "Fear and Greed Index",
    data: [{ timestamp: "1772409600", time_until_update: "43200", ...row }],
    metadata: { error: null },
  });
}

export function stockPage(shown: string, classes = "text-center text-4xl font-semibold mb-1 text-white"): string {
  return `<!doctype html><html><head><title>Fear and Greed Index</title><style>.a{color:red}</style></head><body>
    <h1 class="text-center">Fear and Greed Index</h1><div class="${classes}">${shown}</div>
    <div class="text-sm">Yesterday</div><script>var a = "<b>77</b>";</script></body></html>`;
}

/** Newest first; consumer prices 3.1 % above those of the year before, the newest curve value a holiday. */
const FRED_SERIES: Record<string, [date: string, value: string][]> = {
  FEDFUNDS: [
    ["2026-02-01", "3.64"],
    ["2026-01-01", "3.70"],
  ],
  CPIAUCSL: [
    ["2026-01-01", "329.92"],
    ...Array.from({ length: 11 }, (_, index): [string, string] => [
      `2025-${String(12 - index).padStart(2, "0")}-01`,
      "325.0",
    ]),
    ["2025-01-01", "320.0"],
    ["2024-12-01", "319.0"],
  ],
  UNRATE: [["2026-01-01", "4.3"]],
  T10Y2Y: [
    ["2026-02-27", "."],
    ["2026-02-26", "0.62"],
  ],
};

export const fredAnswer = (series: string): Fault =>
  json({ count: 1, observations: (FRED_SERIES[series] ?? []).map(([date, value]) => ({ date, value })) });

export interface LogLine {
  level: string;
  event: string;
  message: string;
  fields: LogFields;
}

/** The market's context behind the real door, whose every host is one loopback server. */
export async function openContextBench(options: { dataSource?: DataSource; fredApiKey?: string | null } = {}) {
  const { dataSource = "yahoo", fredApiKey = FRED_KEY } = options;
  const store = await openTestDatabase();
  const server = await startFaultServer();
  const clock = createImpatientClock("2026-03-02T12:00:00.000Z");
  const lines: LogLine[] = [];
  const log = createLineLog(lines);
  const door = createHttpDoor({
    db: store.db,
    clock,
    random: () => 0.5,
    log,
    fetch: routeTo(server),
    defaultTimeoutMs: 30_000,
    secrets: [],
  });
  const answers: Record<Host, Fault> = { ...GOOD };
  server.otherwise((socket, request) => {
    const host = (Object.keys(HOSTS) as Host[]).find((name) => HOSTS[name] === request.host);
    return (host ? answers[host] : answer("", { status: 404 }))(socket, request);
  });
  const settings = fredApiKey === null ? {} : { fredApiKey };
  const peers = contextPeers();
  const newSource = (source = dataSource) =>
    createContextSource({ db: store.db, clock, log, settings, dataSource: source });
  let context = newSource();
  let runs = 0;
  return {
    db: store.db,
    clock,
    server,
    answers,
    lines,
    /** Requests by host. */
    asked: (host: Host) => server.requests.filter((request) => request.host === HOSTS[host]),
    load: (signal = new AbortController().signal) =>
      context.load(door.clientFor("portfolio", peers, { runId: ++runs }), signal),
    loadOffline: (at?: Date) => context.load(undefined, new AbortController().signal, at),
    /** Another process on the same database. */
    restart(source?: DataSource) {
      context = newSource(source);
    },
    async [Symbol.asyncDispose]() {
      await door.close();
      await server.close();
      await store[Symbol.asyncDispose]();
    },
  };
}

/** Longer than any wait of spacing or retries, shorter than any time limit. */
const LONGEST_WAIT_MS = 9_000;

/** Waits pass at once and move the clock; time limits come when they are told to. */
function createImpatientClock(start: string): Clock & { jump(ms: number): void; reachLimits(): void } {
  let elapsedMs = 0;
  const limits = new Set<() => void>();
  return {
    now: () => new Date(Date.parse(start) + elapsedMs),
    monotonicMs: () => elapsedMs,
    async sleep(ms, signal) {
      signal?.throwIfAborted();
      if (ms <= LONGEST_WAIT_MS) {
        elapsedMs += ms;
        return;
      }
      await new Promise<void>((resolve, reject) => {
        limits.add(resolve);
        signal?.addEventListener("abort", () => {
          limits.delete(resolve);
          reject(signal.reason);
        });
      });
    },
    jump(ms) {
      elapsedMs += ms;
    },
    reachLimits() {
      for (const resolve of limits) resolve();
      limits.clear();
    },
  };
}

function createLineLog(lines: LogLine[]): Logger {
  const write =
    (level: string) =>
    (event: string, message: string, fields: LogFields = {}) =>
      void lines.push({ level, event, message, fields });
  const log: Logger = {
    ...silentLogger,
    info: write("info"),
    warn: write("warn"),
    error: write("error"),
    debug: write("debug"),
    child: () => log,
  };
  return log;
}
