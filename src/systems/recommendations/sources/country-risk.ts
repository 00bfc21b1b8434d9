import { addDays, daysBetween, type IsoDate, utcDate } from "../../../kit/dates.ts";
import type { Point, SourceRequest } from "../facts.ts";
import type { SeriesAnswer } from "./bcra.ts";
import { describeFailure, type Failure } from "./failure.ts";
import { fetchJson } from "./fetch-json.ts";
import { isObject, mergePoints, pointsBetween, readDate, readSpanishNumber } from "./reading.ts";

/** Days before `asOf` that are read: a 30-day change seen from a point of twice the maximum age, with room. */
const HISTORY_DAYS = 60;
const AMBITO = "https://mercados.ambito.com/riesgopais";
const SPARE = "https://api.argentinadatos.com/v1/finanzas/indices/riesgo-pais/ultimo";

/**
 * Country risk in basis points: Ámbito's history and last value, else the last value of argentinadatos. Both are
 * undocumented, so the input is optional. Never throws but on abort.
 */
export async function fetchCountryRisk(request: SourceRequest): Promise<SeriesAnswer & { source: string }> {
  const from = addDays(request.asOf, -HISTORY_DAYS);
  const current = daysBetween(request.asOf, utcDate(request.now)) <= 1;
  const failures: Failure[] = [];

  async function points(peer: string, url: string, read: (body: unknown) => Point[]): Promise<Point[]> {
    try {
      const body = await fetchJson(peer, { url, kind: "country_risk" }, request);
      return pointsBetween(read(body), from, request.asOf);
    } catch (thrown) {
      failures.push(describeFailure(thrown, peer, request.signal));
      return [];
    }
  }

  const history = await points("ambito", `${AMBITO}/historico-general/${from}/${request.asOf}`, readAmbitoHistory);
  const last = current ? await points("ambito", `${AMBITO}/variacion-ultimo`, readAmbitoLast) : [];
  const first = mergePoints(history, last);
  if (first.length > 0) return { source: "ambito", points: first };
  const spare = current ? await points("argentinadatos", SPARE, readArgentinaDatos) : [];
  if (spare.length > 0) return { source: "argentinadatos", points: spare };
  const [failure] = failures;
  return failure ? { source: "ambito", failure } : { source: "ambito", points: [] };
}

/** `{"ultimo":"1.557,00","fecha":"24-04-2026",…}`. */
export function readAmbitoLast(body: unknown): Point[] {
  return isObject(body) ? point(body.fecha, body.ultimo) : [];
}

/** `[["Fecha","Puntos"],["08-05-2026","510,00"],…]`. */
export function readAmbitoHistory(body: unknown): Point[] {
  const rows = Array.isArray(body) ? body : [];
  return mergePoints(rows.flatMap((row) => (Array.isArray(row) ? point(row[0], row[1]) : [])));
}

/** `{"fecha":"2026-04-24","valor":557}`. */
export function readArgentinaDatos(body: unknown): Point[] {
  return isObject(body) ? point(body.fecha, body.valor) : [];
}

function point(dateText: unknown, valueText: unknown): Point[] {
  const date: IsoDate | null = readDate(dateText);
  const value = readSpanishNumber(valueText);
  return date === null || value === null || value < 0 ? [] : [{ date, value }];
}
