import type { Bars } from "../../../market/bars.ts";

export type BarsRejectionCode = "no_bars" | "too_few_bars" | "missing_column" | "too_many_gaps";

/** Bars that can be analysed, or why they cannot; `message` is a Spanish sentence for end users. */
export type BarsCheck = { accepted: true; bars: Bars } | { accepted: false; code: BarsRejectionCode; message: string };

/** Portfolio.md 3.2: fewer bars, or more cells without a number, say nothing about an asset. */
const FEWEST_BARS = 20;
const LARGEST_GAP_SHARE = 0.1;

const COLUMNS = ["open", "high", "low", "close", "volume"] as const;
type Column = (typeof COLUMNS)[number];
const SPANISH: Readonly<Record<Column, string>> = {
  open: "apertura",
  high: "máximo",
  low: "mínimo",
  close: "cierre",
  volume: "volumen",
};

/**
 * Accepts at least 20 bars with all five columns and at most 10 % of cells that are no finite number; those take the value
 * before them, at the beginning the first one after them. The input is never changed; `adjClose` is not looked at.
 */
export function checkBars(symbol: string, bars: Bars): BarsCheck {
  const reject = (code: BarsRejectionCode, reason: string): BarsCheck => ({
    accepted: false,
    code,
    message: `No se pudo analizar ${symbol}: ${reason}.`,
  });
  if (bars.length === 0) return reject("no_bars", "no hay precios en el período; conviene revisar el símbolo");
  if (bars.length < FEWEST_BARS) return reject("too_few_bars", fewBars(bars.length));
  const gaps = COLUMNS.map((column) => countGaps(bars[column], bars.length));
  const missing = COLUMNS.filter((_, index) => gaps[index] === bars.length);
  if (missing.length > 0) return reject("missing_column", missingColumns(missing));
  const gapShare = gaps.reduce((sum, count) => sum + count, 0) / (COLUMNS.length * bars.length);
  if (gapShare > LARGEST_GAP_SHARE) return reject("too_many_gaps", manyGaps(gapShare));
  return { accepted: true, bars: gapShare === 0 ? bars : fillGaps(bars) };
}

const fewBars = (count: number): string =>
  `${count === 1 ? "solo hay 1 barra" : `solo hay ${count} barras`} de precios y se necesitan al menos ${FEWEST_BARS}`;

const missingColumns = (columns: readonly Column[]): string =>
  `a sus precios les ${columns.length === 1 ? "falta el dato" : "faltan los datos"} de ${columns.map((column) => SPANISH[column]).join(", ")}`;

const manyGaps = (share: number): string =>
  `falta el ${(share * 100).toFixed(1)} % de sus datos y se admite como mucho el ${LARGEST_GAP_SHARE * 100} %`;

/** A column that is absent or of another length has no usable cell. */
function countGaps(values: Float64Array | undefined, length: number): number {
  if (values?.length !== length) return length;
  let count = 0;
  for (let index = 0; index < length; index++) if (!Number.isFinite(values[index])) count++;
  return count;
}

function fillGaps(bars: Bars): Bars {
  const filled = { ...bars };
  for (const column of COLUMNS) filled[column] = fillColumn(bars[column]);
  return filled;
}

function fillColumn(values: Float64Array): Float64Array {
  const filled = values.slice();
  let known = filled.find(Number.isFinite)!;
  for (let index = 0; index < filled.length; index++) {
    if (Number.isFinite(filled[index])) known = filled[index]!;
    else filled[index] = known;
  }
  return filled;
}
