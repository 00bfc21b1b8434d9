import { readdirSync } from "node:fs";
import { parse } from "csv-parse/sync";
import { type Bars, toBars } from "../../../src/market/bars.ts";
import {
  computeAdx,
  computeAtr,
  computeBollinger,
  computeEma,
  computeMacd,
  computeObv,
  computeRsi,
  computeSma,
} from "../../../src/market/indicators/index.ts";
import { hasShared, sharedPath } from "../../support/shared.ts";

const FOLDER = "golden/portfolio/series";

/** One recorded file: the bars, and every column that was computed from them (NaN where it is empty). */
export interface GoldenSeries {
  name: string;
  bars: Bars;
  columns: ReadonlyMap<string, Float64Array>;
}

export async function readGoldenSeries(): Promise<GoldenSeries[]> {
  if (!hasShared) return [];
  const files = readdirSync(sharedPath(FOLDER)).filter((name) => name.endsWith(".csv"));
  return Promise.all(
    files.map(async (name) => {
      const rows: Record<string, string>[] = parse(await Bun.file(sharedPath(`${FOLDER}/${name}`)).text(), {
        columns: true,
      });
      const names = Object.keys(rows[0]!).filter((column) => column !== "date");
      const column = (of: string) => Float64Array.from(rows, (row) => (row[of] === "" ? Number.NaN : Number(row[of])));
      return { name, bars: readBars(rows), columns: new Map(names.map((of) => [of, column(of)])) };
    }),
  );
}

export function readBars(rows: readonly Record<string, string>[]): Bars {
  return toBars(
    rows.map((row) => ({
      date: row.date!,
      open: Number(row.open),
      high: Number(row.high),
      low: Number(row.low),
      close: Number(row.close),
      adjClose: Number(row.close),
      volume: Number(row.volume),
    })),
  );
}

/**
 * The same first index, and every value within `tolerance` of its record, relative to the record; where that is a
 * difference that all but vanishes, to `scale`.
 */
export function expectSeries(
  where: string,
  actual: ArrayLike<number>,
  recorded: Float64Array,
  { tolerance = 1e-9, scale = 0 }: { tolerance?: number; scale?: number } = {},
): void {
  if (actual.length !== recorded.length) throw new Error(`${where}: ${actual.length} of ${recorded.length} values`);
  for (const [index, expected] of recorded.entries())
    expectClose(`${where}[${index}]`, actual[index]!, expected, { tolerance, scale });
}

export function expectClose(
  where: string,
  actual: number,
  expected: number,
  { tolerance = 1e-9, scale = 0 } = {},
): void {
  const same = Number.isNaN(expected)
    ? Number.isNaN(actual)
    : Math.abs(actual - expected) <= tolerance * Math.max(Math.abs(expected), scale);
  if (!same) throw new Error(`${where}: ${actual}, recorded ${expected}`);
}

/** The indicators of portfolio.md 4.1 under the names of the record. */
export function computeMainSeries({ high, low, close, volume }: Bars): Record<string, Float64Array> {
  const macd = computeMacd(close);
  const bands = computeBollinger(close);
  return {
    EMA_12: computeEma(close, 12),
    EMA_26: computeEma(close, 26),
    EMA_50: computeEma(close, 50),
    EMA_200: computeEma(close, 200),
    SMA_20: computeSma(close, 20),
    RSI_14: computeRsi(close),
    MACD_12_26_9: macd.line,
    MACDs_12_26_9: macd.signal,
    MACDh_12_26_9: macd.histogram,
    ADX_14: computeAdx(high, low, close),
    OBV: computeObv(close, volume),
    ATR_14: computeAtr(high, low, close),
    "BBL_20_2.0": bands.lower,
    "BBM_20_2.0": bands.middle,
    "BBU_20_2.0": bands.upper,
  };
}
