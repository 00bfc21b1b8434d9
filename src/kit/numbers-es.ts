/** Stands for a value that nobody knows. */
export const NO_VALUE = "–";

/** Beyond these, digits in a row say less than an exponent. */
const LARGEST_WRITTEN_OUT = 1e15;
const SMALLEST_WRITTEN_OUT = 1e-12;
const SIGNIFICANT_DIGITS = 4;

type Known = number | null | undefined;

/** NaN and the infinities are unknown too. */
const isKnown = (value: Known): value is number => Number.isFinite(value);

/** `1.234,56`: a point between thousands, a comma before the decimals; never `-0`. */
export function formatNumber(value: Known, decimals: number): string {
  if (!isKnown(value)) return NO_VALUE;
  if (Math.abs(value) >= LARGEST_WRITTEN_OUT) return exponentText(value);
  return spanishDigits(value.toFixed(decimals));
}

/**
 * A price or an amount: two decimals from 1 up, at least four significant digits below, so that a coin of 0,00003321
 * never reads as 0,00.
 */
export function formatMoney(value: Known): string {
  if (!isKnown(value)) return NO_VALUE;
  const size = Math.abs(value);
  if (size >= 1 || size === 0) return formatNumber(value, 2);
  return size < SMALLEST_WRITTEN_OUT ? exponentText(value) : spanishDigits(value.toFixed(decimalsBelowOne(size)));
}

/** An amount that is a difference: with its sign, also when it is positive. */
export const formatGain = (value: Known): string => withSign(value, formatMoney(value));

/** A count of units: up to eight decimals (the smallest part of a coin), no zeros at the end. */
export function formatQuantity(value: Known): string {
  if (!isKnown(value)) return NO_VALUE;
  const size = Math.abs(value);
  if (size !== 0 && size < SMALLEST_WRITTEN_OUT) return exponentText(value);
  if (size >= LARGEST_WRITTEN_OUT) return exponentText(value);
  const decimals = size !== 0 && size < 1 ? Math.max(8, decimalsBelowOne(size)) : 8;
  const digits = value.toFixed(decimals);
  return spanishDigits(digits.includes(".") ? digits.replace(/\.?0+$/, "") : digits);
}

/** `12,34 %` of a value that is already in percent. */
export const formatPercent = (value: Known): string => (isKnown(value) ? `${formatNumber(value, 2)} %` : NO_VALUE);

export const formatPercentChange = (value: Known): string => withSign(value, formatPercent(value));

/** A whole number of things. */
export const formatCount = (value: number): string => formatNumber(value, 0);

const decimalsBelowOne = (size: number): number => SIGNIFICANT_DIGITS - 1 - Math.floor(Math.log10(size));

const exponentText = (value: number): string => value.toExponential(SIGNIFICANT_DIGITS - 1).replace(".", ",");

const withSign = (value: Known, text: string): string =>
  isKnown(value) && value > 0 && /[1-9]/.test(text) ? `+${text}` : text;

/** Turns `-1234.56` into `-1.234,56`; a sign before nothing but zeros goes. */
function spanishDigits(digits: string): string {
  const negative = digits.charCodeAt(0) === 45;
  const point = digits.indexOf(".");
  const start = negative ? 1 : 0;
  let whole = digits.slice(start, point < 0 ? undefined : point);
  for (let index = whole.length - 3; index > 0; index -= 3) whole = `${whole.slice(0, index)}.${whole.slice(index)}`;
  const text = point < 0 ? whole : `${whole},${digits.slice(point + 1)}`;
  return negative && /[1-9]/.test(text) ? `-${text}` : text;
}
