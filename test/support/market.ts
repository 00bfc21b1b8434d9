import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { addDays, dateInZone, type IsoDate } from "../../src/kit/dates.ts";
import type { Bar } from "../../src/market/bars.ts";
import { rulesFromSymbol } from "../../src/market/symbol.ts";
import type { HttpAnswer, HttpClient } from "../../src/net/client.ts";
import type { Fetch } from "../../src/net/exchange.ts";
import { HttpCallError } from "../../src/net/http-call-error.ts";
import { hasShared, sharedPath } from "./shared.ts";

/** A status with Yahoo's words for it, a broken connection, no answer at all, a body that is no JSON, or a body. */
export type ChartScript =
  | 404
  | 422
  | 429
  | 500
  | "network"
  | "hang"
  | "html"
  | "truncated"
  | { body: unknown; status?: number };

export interface YahooReplay {
  /** For the door: answers the chart addresses of both hosts; everything else is 404. */
  readonly fetch: Fetch;
  /** A client without the door's rules: one request a call. */
  readonly http: HttpClient;
  readonly requests: { host: string; symbol: string; query: URLSearchParams }[];
  /** The next answers for `symbol` (`*` = any), each once; the last one stays. */
  script(symbol: string, ...answers: ChartScript[]): void;
  /** Prices of a symbol from now on, instead of the file's. */
  prices(symbol: string, bars: readonly Bar[], meta?: Record<string, unknown>): void;
}

export interface YahooReplayOptions {
  now: () => Date;
  /** Folder with `SYMBOL.csv` files. Default: the shared prices. */
  folder?: string;
}

/** Yahoo's chart as a double: real prices in the recorded shape, up to and with the session that is open at `now`. */
export function createYahooReplay({ now, folder = sharedPath("data/prices") }: YahooReplayOptions): YahooReplay {
  const scripts = new Map<string, ChartScript[]>();
  const given = new Map<string, { bars: readonly Bar[]; meta: Record<string, unknown> }>();
  const files = indexPrices(folder);
  const requests: YahooReplay["requests"] = [];

  const fetchReplay: Fetch = async (address, init) => {
    const url = new URL(address);
    const symbol = decodeURIComponent(/^\/v8\/finance\/chart\/([^/]+)$/.exec(url.pathname)?.[1] ?? "");
    if (!symbol) return new Response("not replayed", { status: 404 });
    requests.push({ host: url.host, symbol, query: url.searchParams });
    const script = scripts.get(symbol) ?? scripts.get("*");
    const answer = script && (script.length > 1 ? script.shift() : script[0]);
    if (answer !== undefined) return playScript(answer, init.signal ?? undefined);
    const series = given.get(symbol) ?? readPrices(files, symbol);
    return series ? Response.json(chartOf(symbol, series, url.searchParams, now())) : playScript(404, undefined);
  };

  return {
    fetch: fetchReplay,
    http: createPlainClient(fetchReplay),
    requests,
    script: (symbol, ...answers) => void (answers.length > 0 ? scripts.set(symbol, answers) : scripts.delete(symbol)),
    prices: (symbol, bars, meta = {}) => void given.set(symbol, { bars, meta }),
  };
}

const TEXTS = {
  404: '{"chart":{"result":null,"error":{"code":"Not Found","description":"No data found, symbol may be delisted"}}}',
  422: '{"chart":{"result":null,"error":{"code":"Unprocessable Entity","description":"Invalid input - start date cannot be after end date."}}}',
  429: "Too Many Requests\r\n",
  500: "Internal Server Error",
} as const;

async function playScript(script: ChartScript, signal: AbortSignal | undefined): Promise<Response> {
  if (typeof script === "number") return new Response(TEXTS[script], { status: script });
  if (typeof script === "object") return Response.json(script.body, { status: script.status ?? 200 });
  if (script === "html") return new Response("<html><body>Just a moment...</body></html>");
  if (script === "truncated") return new Response('{"chart":{"result":[{"meta":{"currency":"US');
  if (script === "network") throw Object.assign(new Error("connect refused"), { code: "ECONNREFUSED" });
  return new Promise((_, reject) => signal?.addEventListener("abort", () => reject(signal.reason), { once: true }));
}

/** The chart body for bars whose sessions started by `now`; the newest one may still be open. */
function chartOf(
  symbol: string,
  { bars, meta }: { bars: readonly Bar[]; meta: Record<string, unknown> },
  query: URLSearchParams,
  now: Date,
): unknown {
  const zone = (meta.exchangeTimezoneName as string | undefined) ?? rulesFromSymbol(symbol).timezone;
  const nowSeconds = now.getTime() / 1_000;
  const from = Number(query.get("period1"));
  const until = Math.min(Number(query.get("period2")), nowSeconds);
  const rows = bars
    .map((bar) => ({ bar, openedAt: sessionOpen(bar.date, zone) }))
    .filter(({ openedAt }) => openedAt >= from && openedAt <= until);
  const pick = (read: (bar: Bar) => number) => rows.map(({ bar }) => read(bar));
  const quote = {
    open: pick((bar) => bar.open),
    high: pick((bar) => bar.high),
    low: pick((bar) => bar.low),
    close: pick((bar) => bar.close),
    volume: pick((bar) => bar.volume),
  };
  return {
    chart: {
      result: [
        {
          meta: {
            ...chartMeta(symbol, zone, now),
            firstTradeDate: bars[0] ? sessionOpen(bars[0].date, zone) : null,
            ...meta,
          },
          ...(rows.length > 0 ? { timestamp: rows.map(({ openedAt }) => openedAt) } : {}),
          indicators: {
            quote: [rows.length > 0 ? quote : {}],
            ...(rows.length > 0 ? { adjclose: [{ adjclose: pick((bar) => bar.adjClose) }] } : {}),
          },
        },
      ],
      error: null,
    },
  };
}

function chartMeta(symbol: string, zone: string, now: Date): Record<string, unknown> {
  const crypto = rulesFromSymbol(symbol).kind === "crypto";
  const start = sessionOpen(dateInZone(now, zone), zone);
  const period = (length: number) => ({ timezone: zone, start, end: start + length, gmtoffset: 0 });
  return {
    currency: symbol.endsWith(".BA") ? "ARS" : "USD",
    symbol,
    exchangeName: crypto ? "CCC" : "NYQ",
    fullExchangeName: crypto ? "CCC" : "NYSE",
    instrumentType: crypto ? "CRYPTOCURRENCY" : "EQUITY",
    exchangeTimezoneName: zone,
    longName: `${symbol} Inc.`,
    currentTradingPeriod: { regular: period(crypto ? 86_340 : 6.5 * 3_600) },
    dataGranularity: "1d",
    range: "",
  };
}

/** Unix seconds at which the clocks of the zone show the session's open: 9:30, or midnight where trading never stops. */
function sessionOpen(date: IsoDate, zone: string): number {
  if (zone === "UTC") return Date.parse(`${date}T00:00:00Z`) / 1_000;
  for (const offsetHours of [4, 5, 3, 0, -1, -2]) {
    const instant = new Date(Date.parse(`${date}T09:30:00Z`) + offsetHours * 3_600_000);
    const shown = instant.toLocaleTimeString("en-GB", { timeZone: zone });
    if (shown === "09:30:00" && dateInZone(instant, zone) === date) return instant.getTime() / 1_000;
  }
  throw new Error(`no session open known for ${zone}`);
}

function indexPrices(folder: string): ReadonlyMap<string, string> {
  if (!hasShared && folder === sharedPath("data/prices")) return new Map();
  const names = readdirSync(folder, { recursive: true }) as string[];
  return new Map(
    names
      .filter((name) => name.endsWith(".csv"))
      .map((name) => [name.split("/").at(-1)!.slice(0, -4).toUpperCase(), join(folder, name)]),
  );
}

/** Reads well-formed price files; independent of the product's own reader. */
function readPrices(files: ReadonlyMap<string, string>, symbol: string) {
  const path = files.get(symbol.toUpperCase());
  if (!path) return undefined;
  const [, ...lines] = readFileSync(path, "utf8").trim().split("\n");
  const bars = lines.map((line): Bar => {
    const [date = "", ...numbers] = line.split(",");
    const [open = 0, high = 0, low = 0, close = 0, volume = 0] = numbers.map(Number);
    return { date, open, high, low, close, adjClose: close, volume };
  });
  return { bars, meta: {} };
}

/** An `HttpClient` over a fetch: no spacing, no budget, no second attempt. */
export function createPlainClient(fetchReplay: Fetch): HttpClient {
  return {
    async call(peer, { url, kind, signal, accept = [] }): Promise<HttpAnswer> {
      const failure = (code: "http_status" | "network" | "bad_body", status?: number) =>
        new HttpCallError(code, `${peer}: ${kind} failed (${status ?? code}).`, {
          peer,
          kind,
          status,
          attempts: 1,
          retryable: code === "network" || (status ?? 0) >= 429,
        });
      const response = await fetchReplay(url, { signal }).catch(() => {
        signal.throwIfAborted();
        throw failure("network");
      });
      if (!response.ok && !accept.includes(response.status)) throw failure("http_status", response.status);
      const text = await response.text();
      const json = () => {
        try {
          return JSON.parse(text) as unknown;
        } catch {
          throw failure("bad_body", response.status);
        }
      };
      return { status: response.status, headers: response.headers, text, json };
    },
    budgetLeft: async () => Number.POSITIVE_INFINITY,
  };
}

/** Weekday bars that rise by one cent a day: easy to change and to compare. */
export function stairs(from: IsoDate, count: number, start = 10): Bar[] {
  const bars: Bar[] = [];
  for (let date = from; bars.length < count; date = addDays(date, 1)) {
    if (new Date(`${date}T00:00:00Z`).getUTCDay() % 6 === 0) continue;
    const close = Math.round((start + bars.length / 100) * 100) / 100;
    bars.push({ date, open: close, high: close + 0.05, low: close - 0.05, close, adjClose: close, volume: 1_000 });
  }
  return bars;
}
