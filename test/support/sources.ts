import { readFileSync } from "node:fs";
import { join } from "node:path";
import { addDays, type IsoDate, utcDate } from "../../src/kit/dates.ts";
import type { HttpAnswer, HttpClient, HttpRequest } from "../../src/net/client.ts";
import type { Fetch } from "../../src/net/exchange.ts";
import { HttpCallError } from "../../src/net/http-call-error.ts";

const FIXTURES = join(import.meta.dir, "../systems/recommendations/sources/fixtures");

/** A hand-built answer in the recorded shape, as text. */
export const fixtureText = (name: string): string => readFileSync(join(FIXTURES, `${name}.json`), "utf8");

export const fixture = (name: string): unknown => JSON.parse(fixtureText(name));

export type ReplayedSource =
  | "fmp"
  | "yahoo-fundamentals"
  | "yahoo-news"
  | "gnews"
  | "bcra"
  | "ambito"
  | "argentinadatos";

/** A status (with an empty body), a broken connection, no answer at all, or a body that is no JSON. */
export type SourceFault = number | "network" | "hang" | "html" | "truncated";

/** What to answer instead of the fixture: a body for 200, or a whole answer. */
export type Override = (url: URL) => unknown | Response;

export interface SourceReplay {
  /** For the door: answers every source beside prices from fixtures whose dates follow the clock. */
  readonly fetch: Fetch;
  /** A client without the door's rules: one request a call. */
  readonly http: HttpClient;
  /** What was asked, in order. */
  readonly requests: { source: ReplayedSource | "other"; url: URL; headers: Headers }[];
  asked(source: ReplayedSource): URL[];
  /** Lets a source (all without a name) fail from now on. */
  fail(fault: SourceFault, ...sources: ReplayedSource[]): void;
  heal(...sources: ReplayedSource[]): void;
  answer(source: ReplayedSource, override: Override): void;
}

interface ReplayOptions {
  now: () => Date;
  /** Answers addresses that are none of these sources, for example charts. Default: 404. */
  other?: Fetch;
}

const ALL: readonly ReplayedSource[] = [
  "fmp",
  "yahoo-fundamentals",
  "yahoo-news",
  "gnews",
  "bcra",
  "ambito",
  "argentinadatos",
];

/** Stands for FMP, Yahoo's timeseries and search, GNews, BCRA, Ámbito and argentinadatos. */
export function createSourceReplay({ now, other }: ReplayOptions): SourceReplay {
  const faults = new Map<ReplayedSource, SourceFault>();
  const overrides = new Map<ReplayedSource, Override>();
  const requests: SourceReplay["requests"] = [];

  const fetchReplay: Fetch = async (address, init) => {
    const url = new URL(address);
    const source = sourceOf(url);
    requests.push({ source: source ?? "other", url, headers: new Headers(init.headers) });
    if (!source) return other ? other(address, init) : new Response("not replayed", { status: 404 });
    const fault = faults.get(source);
    if (fault !== undefined) return failWith(fault, init.signal ?? undefined);
    const override = overrides.get(source);
    const body = override ? override(url) : bodyOf(source, url, now());
    return body instanceof Response ? body : Response.json(body);
  };

  return {
    fetch: fetchReplay,
    http: createDirectClient(fetchReplay),
    requests,
    asked: (source) => requests.filter((request) => request.source === source).map(({ url }) => url),
    fail(fault, ...sources) {
      for (const source of sources.length > 0 ? sources : ALL) faults.set(source, fault);
    },
    heal(...sources) {
      for (const source of sources.length > 0 ? sources : ALL) faults.delete(source);
    },
    answer: (source, override) => void overrides.set(source, override),
  };
}

function sourceOf({ hostname, pathname }: URL): ReplayedSource | undefined {
  if (hostname === "financialmodelingprep.com") return "fmp";
  if (hostname === "gnews.io") return "gnews";
  if (hostname === "api.bcra.gob.ar") return "bcra";
  if (hostname === "mercados.ambito.com") return "ambito";
  if (hostname === "api.argentinadatos.com") return "argentinadatos";
  if (hostname.endsWith("finance.yahoo.com")) {
    if (pathname.startsWith("/ws/fundamentals-timeseries/")) return "yahoo-fundamentals";
    if (pathname === "/v1/finance/search") return "yahoo-news";
  }
  return undefined;
}

async function failWith(fault: SourceFault, signal: AbortSignal | undefined): Promise<Response> {
  if (typeof fault === "number") return new Response("", { status: fault });
  if (fault === "html") return new Response("<html><body>Just a moment...</body></html>");
  if (fault === "truncated") return new Response('{"results":[{"idVar');
  if (fault === "network") throw Object.assign(new Error("connect refused"), { code: "ECONNREFUSED" });
  return new Promise((_, reject) => signal?.addEventListener("abort", () => reject(signal.reason), { once: true }));
}

function bodyOf(source: ReplayedSource, url: URL, now: Date): unknown {
  switch (source) {
    case "fmp":
      return fmpBody(url, now);
    case "yahoo-fundamentals":
      return inYearsOf(now, "yahoo_timeseries_usd");
    case "yahoo-news":
      return yahooNewsBody(url, now);
    case "gnews":
      return gnewsBody(url, now);
    case "bcra":
      return bcraBody(url);
    case "ambito":
      return ambitoBody(url, now);
    case "argentinadatos":
      return { fecha: utcDate(now), valor: 549 };
  }
}

/** The newest fiscal year of the fixtures is 2025; here it is the year before the clock's. */
function inYearsOf(now: Date, name: string): unknown {
  const shift = now.getUTCFullYear() - 2026;
  const shifted = fixtureText(name).replace(
    /"(20\d\d)(-\d\d-\d\d)?"/g,
    (_, year, rest = "") => `"${+year + shift}${rest}"`,
  );
  return JSON.parse(shifted);
}

function fmpBody(url: URL, now: Date): unknown {
  const { pathname } = url;
  const legacy = pathname.startsWith("/api/v3/");
  if (pathname.includes("key-metrics")) return inYearsOf(now, "fmp_stable_key_metrics");
  const kind = pathname.includes("profile") ? "profile" : "ratios";
  return inYearsOf(now, legacy ? `fmp_v3_${kind}` : `fmp_stable_${kind}`);
}

/** Two headlines about whatever was asked for, a few hours old. */
function yahooNewsBody(url: URL, now: Date): unknown {
  const symbol = url.searchParams.get("q") ?? "";
  const item = (title: string, hours: number) => ({
    uuid: `${symbol}-${hours}`,
    title,
    publisher: "Example Wire",
    link: `https://news.example.com/${symbol}/${hours}`,
    providerPublishTime: Math.floor(now.getTime() / 1_000) - hours * 3_600,
    type: "STORY",
    relatedTickers: [symbol],
  });
  const news = [item(`${symbol} shares jump on record profit`, 5), item(`${symbol} announces its results date`, 30)];
  return { quotes: [], news };
}

function gnewsBody(url: URL, now: Date): unknown {
  const name = /"([^"]+)"/.exec(url.searchParams.get("q") ?? "")?.[1] ?? "Mercado";
  const article = (title: string, hours: number) => ({
    id: `${name}-${hours}`,
    title,
    description: null,
    url: `https://diario.example.com/${encodeURIComponent(name)}/${hours}`,
    publishedAt: new Date(now.getTime() - hours * 3_600_000).toISOString().replace(/\.\d+Z$/, "Z"),
    source: { name: "Diario Ejemplo", url: "https://diario.example.com" },
  });
  const articles = [
    article(`${name} sube tras presentar ganancias récord`, 14),
    article(`${name} anunció un acuerdo`, 40),
  ];
  return { totalArticles: articles.length, articles };
}

/** The v4 shape for the range that was asked for; a later `Hasta` gives CER ahead of time, as the bank does. */
function bcraBody(url: URL): unknown {
  const id = Number(/Monetarias\/(\d+)$/.exec(url.pathname)?.[1]);
  const [from, to] = [url.searchParams.get("Desde"), url.searchParams.get("Hasta")];
  if (!id || !from || !to) return new Response(fixtureText("bcra_v4_error_404"), { status: 404 });
  const days = datesBetween(from, to).filter((date) => id !== 27 || addDays(date, 1).endsWith("-01"));
  const value = (date: IsoDate) => {
    const dayNumber = Date.parse(date) / 86_400_000;
    if (id === 27) return 2.4;
    return id === 5 ? 1_400 * 1.0004 ** (dayNumber - 20_500) : 600 * 1.0007 ** (dayNumber - 20_500);
  };
  const detalle = days.reverse().map((fecha) => ({ fecha, valor: Number(value(fecha).toFixed(4)) }));
  const resultset = { count: detalle.length, offset: 0, limit: 1000 };
  return { status: 200, metadata: { resultset }, results: [{ idVariable: id, detalle }] };
}

function ambitoBody(url: URL, now: Date): unknown {
  const dayFirst = (date: IsoDate) => date.split("-").reverse().join("-");
  if (url.pathname.endsWith("variacion-ultimo"))
    return { ultimo: "557", fecha: dayFirst(utcDate(now)), variacion: "1,46%", "class-variacion": "up-red" };
  const [from = "", to = ""] = url.pathname.split("/").slice(-2);
  const rows = datesBetween(from, to).map((date, index) => [dayFirst(date), `${600 - index},00`]);
  return [["Fecha", "Puntos"], ...rows.reverse()];
}

function datesBetween(from: IsoDate, to: IsoDate): IsoDate[] {
  const dates: IsoDate[] = [];
  for (let date = from; date <= to && dates.length < 1_000; date = addDays(date, 1)) dates.push(date);
  return dates;
}

/** One request a call, errors as the door throws them. */
function createDirectClient(fetchReplay: Fetch): HttpClient {
  const error = (code: "http_status" | "network" | "bad_body", peer: string, kind: string, status?: number) =>
    new HttpCallError(code, `${peer} failed (${kind}).`, { peer, kind, attempts: 1, status });
  return {
    async call(peer: string, { url, kind, headers = {}, signal }: HttpRequest): Promise<HttpAnswer> {
      signal.throwIfAborted();
      const response = await fetchReplay(url, { headers, signal }).catch((thrown: unknown) => {
        signal.throwIfAborted();
        throw Object.assign(error("network", peer, kind), { cause: thrown });
      });
      if (!response.ok) throw error("http_status", peer, kind, response.status);
      const text = await response.text();
      const json = () => {
        try {
          return JSON.parse(text) as unknown;
        } catch {
          throw error("bad_body", peer, kind, response.status);
        }
      };
      return { status: response.status, headers: response.headers, text, json };
    },
    budgetLeft: async () => Number.POSITIVE_INFINITY,
  };
}
