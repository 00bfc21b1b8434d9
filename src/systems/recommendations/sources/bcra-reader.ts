import type { Point } from "../facts.ts";
import { isObject, type JsonObject, mergePoints, objectsOf, readDate, readNumber } from "./reading.ts";

export interface BcraPage {
  /** Points by series id, oldest first. */
  series: Map<number, Point[]>;
  /** Rows of this page, for paging. */
  rows: number;
}

/**
 * One reader for the lists and series of BCRA versions 1 to 4: rows may hold `detalle`, `fecha` and `valor`, or (v4 list)
 * `ultFechaInformada` and `ultValorInformado`; values may be comma text and dates day-first; order does not matter.
 * Rows without an id belong to `seriesId`.
 */
export function readBcraPage(body: unknown, seriesId = 0): BcraPage {
  const results = isObject(body) ? body.results : body;
  const items = isObject(results) ? [results] : objectsOf(results);
  const series = new Map<number, Point[]>();
  let rows = 0;
  for (const item of items) {
    const details = Array.isArray(item.detalle) ? objectsOf(item.detalle) : [item];
    rows += details.length;
    const id = readNumber(item.idVariable) ?? seriesId;
    series.set(id, mergePoints(series.get(id) ?? [], details.flatMap(readPoint)));
  }
  return { series, rows };
}

function readPoint(row: JsonObject): Point[] {
  const date = readDate(row.fecha ?? row.ultFechaInformada);
  const value = readNumber(row.valor ?? row.ultValorInformado ?? row.tipoCotizacion);
  return date === null || value === null ? [] : [{ date, value }];
}

/** Points of `/estadisticascambiarias/v1.0/Cotizaciones/USD`: each day's `detalle` has one quotation without a date. */
export function readBcraQuotations(body: unknown): Point[] {
  const days = isObject(body) ? objectsOf(body.results) : [];
  const points = days.flatMap((day) =>
    objectsOf(day.detalle).flatMap((row) => readPoint({ ...row, fecha: day.fecha })),
  );
  // A zero means that this kind of quotation was not made.
  return mergePoints(points.filter(({ value }) => value > 0));
}
