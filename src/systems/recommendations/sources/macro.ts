import { addDays, daysBetween, type IsoDate, utcDate } from "../../../kit/dates.ts";
import { IMPORT_SOURCE, type SnapshotStore } from "../../../market/snapshot-store.ts";
import type { Settings } from "../../../settings.ts";
import type { Available, MacroFacts, Point, Sourced, SourceRequest } from "../facts.ts";
import { MACRO_MAX_AGE_DAYS } from "../scoring/macro-series.ts";
import { type BcraSeries, createBcra, type SeriesAnswer } from "./bcra.ts";
import { fetchCountryRisk } from "./country-risk.ts";
import { failed, missing } from "./failure.ts";
import { mergePoints, pointsBetween } from "./reading.ts";

export const MACRO_SERIES = ["usd", "cer", "inflation", "countryRisk"] as const;
export type MacroSeries = (typeof MACRO_SERIES)[number];

/** Sources whose answers are stored for a series, best first. */
const STORED_SOURCES: Record<MacroSeries, readonly string[]> = {
  usd: ["bcra"],
  cer: ["bcra"],
  inflation: ["bcra"],
  countryRisk: ["ambito", "argentinadatos"],
};

/** A stored series may be twice as old as the age at which its last point stops being fresh. */
const MAX_STORED_AGES = 2;

/** The month's figure is published about the 14th of the next month; the series dates it at the month's end. */
const INFLATION_PUBLISHED_DAYS = 15;

export const macroKey = (series: MacroSeries): string => `macro:${series}`;

/** How a series was obtained, best first. */
const ORIGINS = ["fresh", "stale", "embedded"] as const;
type Origin = (typeof ORIGINS)[number];

interface SeriesFacts {
  points: Point[];
  origin: Origin | null;
  source: string | null;
  problem: string | null;
  failed: boolean;
}

type Ask = (series: MacroSeries, request: SourceRequest) => Promise<SeriesAnswer & { source: string }>;

/**
 * The four series of a run: asked by `ask` (absent: nothing may be asked), stored when they answered, and completed with
 * stored and imported points, over which fresh ones win. The status is that of the worst series that has points.
 */
export function createMacro(store: SnapshotStore, ask?: Ask) {
  async function loadSeries(series: MacroSeries, request: SourceRequest): Promise<SeriesFacts> {
    const { asOf } = request;
    const answer = await ask?.(series, request);
    const fresh = answer?.points ?? [];
    if (answer && fresh.length > 0)
      await store.save([
        { source: answer.source, key: macroKey(series), asOf, fetchedAt: request.now.toISOString(), payload: fresh },
      ]);
    const oldest = addDays(asOf, -MAX_STORED_AGES * MACRO_MAX_AGE_DAYS[series]);
    const key = macroKey(series);
    const stored = fresh.length > 0 ? [] : await store.load({ sources: STORED_SOURCES[series], key, asOf, oldest });
    const imported = await loadImported(store, series);
    const layers = [
      { origin: "embedded" as const, source: IMPORT_SOURCE, points: imported },
      ...stored
        .reverse()
        .map((row) => ({ origin: "stale" as const, source: row.source, points: pointsOf(row.payload) })),
      { origin: "fresh" as const, source: answer?.source ?? null, points: fresh },
    ].map((layer) => ({ ...layer, points: pointsBetween(layer.points, "0000-01-01", knownUntil(series, request)) }));
    const points = mergePoints(...layers.map((layer) => layer.points));
    const last = points.at(-1)?.date;
    const origin = layers.findLast((layer) => layer.points.at(-1)?.date === last);
    return {
      points,
      origin: last === undefined ? null : origin!.origin,
      source: last === undefined ? null : origin!.source,
      problem: describeProblem(answer, last, origin?.origin),
      failed: answer?.failure !== undefined,
    };
  }

  return async (request: SourceRequest): Promise<Sourced<MacroFacts>> => {
    const all = await Promise.all(MACRO_SERIES.map((series) => loadSeries(series, request)));
    const by = Object.fromEntries(MACRO_SERIES.map((series, index) => [series, all[index]!])) as Record<
      MacroSeries,
      SeriesFacts
    >;
    const withPoints = all.filter(({ points }) => points.length > 0);
    if (withPoints.length === 0) {
      const reason = [...new Set(all.flatMap(({ problem }) => problem ?? []))].join("; ");
      return all.some((one) => one.failed) ? failed("bcra", reason) : missing(null, reason);
    }
    return {
      status: ORIGINS.findLast((origin) => withPoints.some((one) => one.origin === origin))!,
      source: [...new Set(withPoints.map(({ source }) => source))].join("+"),
      fetchedAt: request.now.toISOString(),
      asOf: withPoints
        .map(({ points }) => points.at(-1)!.date)
        .sort()
        .at(-1)!,
      facts: {
        usd: by.usd.points,
        cer: by.cer.points,
        inflation: by.inflation.points,
        countryRisk: by.countryRisk.points,
        problems: problemsOf(by),
      },
      raw: Object.fromEntries(MACRO_SERIES.map((series) => [series, by[series].points.at(-1) ?? null])),
    } satisfies Available<MacroFacts>;
  };
}

/** Imported points carry their own dates: a file of a later day still tells what was known at `asOf`. */
export async function loadImported(store: SnapshotStore, series: MacroSeries): Promise<Point[]> {
  const everything = { sources: [IMPORT_SOURCE], asOf: "9999-12-31", oldest: "0000-01-01" };
  const [file] = await store.load({ ...everything, key: macroKey(series) });
  return pointsOf(file?.payload);
}

/** Points up to here were published on `asOf`; for an analysis of today, whatever the source has is. */
function knownUntil(series: MacroSeries, { asOf, now }: SourceRequest): IsoDate {
  const historic = daysBetween(asOf, utcDate(now)) > 1;
  return series === "inflation" && historic ? addDays(asOf, -INFLATION_PUBLISHED_DAYS) : asOf;
}

function describeProblem(answer: SeriesAnswer | undefined, last: IsoDate | undefined, origin?: Origin): string | null {
  if (last !== undefined && origin === "fresh") return null;
  const why = answer ? (answer.failure?.reason ?? "the source has no points") : "nothing may be asked over the network";
  return last === undefined ? `${why}; nothing is stored` : `${why}; stored points up to ${last} are used`;
}

function problemsOf(by: Record<MacroSeries, SeriesFacts>): MacroFacts["problems"] {
  const problems: MacroFacts["problems"] = {};
  for (const series of MACRO_SERIES) {
    const { problem } = by[series];
    if (problem) problems[series] = problem;
  }
  return problems;
}

const pointsOf = (payload: unknown): Point[] => (Array.isArray(payload) ? (payload as Point[]) : []);

/** Asks the central bank, and for country risk Ámbito and its spare. */
export function createMacroAsk(settings: Pick<Settings, "bcraApiUrl">): Ask {
  const bcra = createBcra(settings);
  return async (series, request) =>
    series === "countryRisk"
      ? fetchCountryRisk(request)
      : { source: "bcra", ...(await bcra.fetch(series satisfies BcraSeries, request)) };
}
