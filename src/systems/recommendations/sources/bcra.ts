import { addDays, type IsoDate } from "../../../kit/dates.ts";
import type { Settings } from "../../../settings.ts";
import type { Point, SourceRequest } from "../facts.ts";
import { readBcraPage, readBcraQuotations } from "./bcra-reader.ts";
import { describeFailure, type Failure } from "./failure.ts";
import { fetchJson } from "./fetch-json.ts";
import { mergePoints, pointsBetween } from "./reading.ts";

/** Series ids of the central bank (the same in every version). */
const SERIES = { usd: 5, cer: 30, inflation: 27 } as const;
export type BcraSeries = keyof typeof SERIES;

/** Days before `asOf` that are read: a 30-day change seen from a point of twice the maximum age, with room. */
const HISTORY_DAYS: Record<BcraSeries, number> = { usd: 75, cer: 75, inflation: 240 };

/** Rows a page; the API takes 10 to 3000. */
const PAGE_ROWS = 1_000;
/** No window needs more than one page; this only ends a server that repeats itself. */
const MAX_PAGES = 5;

type Version = "v4.0" | "v3.0" | "v2.0";
const VERSIONS: readonly Version[] = ["v4.0", "v3.0", "v2.0"];
/** A version that was withdrawn answers so; the next one is tried. */
const WITHDRAWN = [404, 410];

export type SeriesAnswer = { points: Point[]; failure?: undefined } | { points?: undefined; failure: Failure };

interface Window {
  from: IsoDate;
  to: IsoDate;
}

/** The central bank's API, no key. The version that answered is kept for the next series. */
export function createBcra(settings: Pick<Settings, "bcraApiUrl">) {
  const base = settings.bcraApiUrl;
  let answering: Version | undefined;

  const fetchBody = (url: string, subject: string, request: SourceRequest): Promise<unknown> =>
    fetchJson("bcra", { url, kind: "macro", subject }, request);

  async function fetchVersion(version: Version, name: BcraSeries, window: Window, request: SourceRequest) {
    const id = SERIES[name];
    let points: Point[] = [];
    for (let page = 0; page < MAX_PAGES; page++) {
      const url = seriesUrl(base, version, id, window, page * PAGE_ROWS);
      const read = readBcraPage(await fetchBody(url, `${name}:${version}`, request), id);
      points = mergePoints(points, read.series.get(id) ?? []);
      // `count` is unreliable in v4: only a short page says that it was the last. v2 has no pages.
      if (read.rows < PAGE_ROWS || version === "v2.0") break;
    }
    return points;
  }

  async function fetchAnyVersion(name: BcraSeries, window: Window, request: SourceRequest): Promise<Point[]> {
    let firstError: unknown;
    for (const version of answering ? [answering, ...VERSIONS.filter((other) => other !== answering)] : VERSIONS) {
      try {
        const points = await fetchVersion(version, name, window, request);
        answering = version;
        return points;
      } catch (thrown) {
        const { status } = describeFailure(thrown, "BCRA", request.signal);
        firstError ??= thrown;
        if (status === null || !WITHDRAWN.includes(status)) break;
      }
    }
    throw firstError;
  }

  async function fetchSpareUsd(window: Window, request: SourceRequest): Promise<Point[]> {
    const url = new URL(`${base}/estadisticascambiarias/v1.0/Cotizaciones/USD`);
    url.search = new URLSearchParams({
      fechaDesde: window.from,
      fechaHasta: window.to,
      limit: String(PAGE_ROWS),
      offset: "0",
    }).toString();
    return readBcraQuotations(await fetchBody(url.href, "usd:spare", request));
  }

  return {
    /**
     * The series up to `asOf`, oldest first; CER is published ahead and is cut there. Never throws but on abort; a series
     * without points in the window is an empty answer.
     */
    async fetch(name: BcraSeries, request: SourceRequest): Promise<SeriesAnswer> {
      const window = { from: addDays(request.asOf, -HISTORY_DAYS[name]), to: request.asOf };
      const within = (points: Point[]) => ({ points: pointsBetween(points, window.from, window.to) });
      try {
        const points = await fetchAnyVersion(name, window, request);
        if (points.length > 0 || name !== "usd") return within(points);
        return within(await fetchSpareUsd(window, request));
      } catch (thrown) {
        const failure = describeFailure(thrown, "BCRA", request.signal);
        if (name !== "usd") return { failure };
        return await fetchSpareUsd(window, request).then(within, (second) => {
          describeFailure(second, "BCRA", request.signal);
          return { failure };
        });
      }
    },
  };
}

function seriesUrl(base: string, version: Version, id: number, { from, to }: Window, offset: number): string {
  if (version === "v2.0") return `${base}/estadisticas/v2.0/DatosVariable/${id}/${from}/${to}`;
  const url = new URL(`${base}/estadisticas/${version}/Monetarias/${id}`);
  const names = version === "v3.0" ? ["desde", "hasta", "limit", "offset"] : ["Desde", "Hasta", "Limit", "Offset"];
  for (const [index, value] of [from, to, PAGE_ROWS, offset].entries())
    url.searchParams.set(names[index]!, String(value));
  return url.href;
}
