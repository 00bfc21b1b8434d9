import type { Bars } from "../../bars.ts";

type Candles = Pick<Bars, "open" | "high" | "low" | "close" | "length">;

/** 0 = no pattern, 100 = bullish, -100 = bearish, ±80 = one that holds only just. Also 0 where bars are missing. */
export type PatternSeries = Int8Array;

/** What TA-Lib measures a body or a range against: the mean of the ten bars before it. */
const USUAL_BARS = 10;
/** Share of the usual range below which TA-Lib finds a shadow very short. */
const VERY_SHORT = 0.1;
/** Share of the usual range of five bars within which TA-Lib finds two prices near each other. */
const NEAR = 0.2;
const NEAR_BARS = 5;
/** How deep into the first body the third one of a morning star must close (TA-Lib's default). */
const PENETRATION = 0.3;

/**
 * Four candle patterns with TA-Lib's definitions (CDLENGULFING, CDLHAMMER, CDLMORNINGSTAR) and the doji as a body below
 * 10 % of the mean range of ten bars. Those of `technicalindicators` measure in fixed shares of the price instead.
 */
export function computeCandlePatterns(
  bars: Candles,
): Record<"doji" | "engulfing" | "hammer" | "morningStar", PatternSeries> {
  const bodies = bars.close.map((close, index) => Math.abs(close - bars.open[index]!));
  const ranges = bars.high.map((high, index) => high - bars.low[index]!);
  const measured: Measured = { ...bars, bodies, ranges };
  return {
    doji: find(bars, USUAL_BARS - 1, (at) => (isDoji(measured, at) ? 100 : 0)),
    engulfing: find(bars, 2, (at) => engulfingAt(bars, at)),
    hammer: find(bars, USUAL_BARS + 1, (at) => (isHammer(measured, at) ? 100 : 0)),
    morningStar: find(bars, USUAL_BARS + 2, (at) => (isMorningStar(measured, at) ? 100 : 0)),
  };
}

interface Measured extends Candles {
  bodies: Float64Array;
  ranges: Float64Array;
}

function find({ length }: Candles, first: number, at: (index: number) => number): PatternSeries {
  const found = new Int8Array(length);
  for (let index = first; index < length; index++) found[index] = at(index);
  return found;
}

/** Unlike the others it is measured against bars of which it is one itself. */
function isDoji({ bodies, ranges }: Measured, at: number): boolean {
  return bodies[at]! < 0.1 * meanBefore(ranges, at + 1, USUAL_BARS);
}

/** A body around the one before it, of the other colour; ±80 when they share an end. */
function engulfingAt({ open, close }: Candles, at: number): number {
  const colour = colourOf(open, close, at);
  const [opens, closes, openBefore, closeBefore] = [open[at]!, close[at]!, open[at - 1]!, close[at - 1]!];
  if (colour === colourOf(open, close, at - 1)) return 0;
  const [beyondOpen, beyondClose] = [colour * (closes - openBefore), colour * (closeBefore - opens)];
  const engulfs = (beyondOpen >= 0 && beyondClose > 0) || (beyondOpen > 0 && beyondClose >= 0);
  return engulfs ? colour * (beyondOpen !== 0 && beyondClose !== 0 ? 100 : 80) : 0;
}

/** A small body with a lower shadow longer than itself, hardly an upper one, at or below the last low. */
function isHammer({ open, high, low, close, bodies, ranges }: Measured, at: number): boolean {
  const [top, bottom] = [Math.max(open[at]!, close[at]!), Math.min(open[at]!, close[at]!)];
  return (
    bodies[at]! < meanBefore(bodies, at, USUAL_BARS) &&
    bottom - low[at]! > bodies[at]! &&
    high[at]! - top < VERY_SHORT * meanBefore(ranges, at, USUAL_BARS) &&
    bottom <= low[at - 1]! + NEAR * meanBefore(ranges, at - 1, NEAR_BARS)
  );
}

/** A long black body, a short one that gaps below it, and a white one that closes well inside the first. */
function isMorningStar({ open, close, bodies }: Measured, at: number): boolean {
  const [first, star] = [at - 2, at - 1];
  return (
    bodies[first]! > meanBefore(bodies, first, USUAL_BARS) &&
    colourOf(open, close, first) === -1 &&
    bodies[star]! <= meanBefore(bodies, star, USUAL_BARS) &&
    Math.max(open[star]!, close[star]!) < Math.min(open[first]!, close[first]!) &&
    bodies[at]! > meanBefore(bodies, at, USUAL_BARS) &&
    colourOf(open, close, at) === 1 &&
    close[at]! > close[first]! + bodies[first]! * PENETRATION
  );
}

/** White (1) or black (-1); a close at the open is white. */
function colourOf(open: Float64Array, close: Float64Array, at: number): 1 | -1 {
  return close[at]! >= open[at]! ? 1 : -1;
}

/** Mean of the `count` values before index `end`. */
function meanBefore(values: Float64Array, end: number, count: number): number {
  let sum = 0;
  for (let index = end - count; index < end; index++) sum += values[index]!;
  return sum / count;
}
