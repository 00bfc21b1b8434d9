/** Stands for a figure that is not known. */
export const MISSING = "-";

/**
 * Two decimals, or four digits of what costs less than one: coins cost anything. `kit/numbers-es.ts` has the rule for the
 * Spanish files; the terminal speaks English and its columns are narrow, so it has neither that file's comma nor its thousands.
 */
export function renderPrice(price: number | null): string {
  if (price === null) return MISSING;
  return price === 0 || Math.abs(price) >= 1 ? price.toFixed(2) : price.toPrecision(4);
}

/** `+3.1%` from one price to another. */
export function renderMove(from: number | undefined, to: number | undefined): string {
  if (!from || to === undefined) return MISSING;
  const percent = (to / from - 1) * 100;
  return `${percent >= 0 ? "+" : ""}${percent.toFixed(1)}%`;
}

/** 0 to 100 as a whole percentage. */
export const renderShare = (share: number): string => `${Math.round(share)}%`;
