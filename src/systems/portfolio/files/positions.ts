import { isFailed } from "../analysis/asset-analysis.ts";
import type { Holding } from "../people/user-portfolio.ts";
import type { ReportAsset } from "./user-report.ts";

/** What a user holds of one symbol, over all portfolios; keys are those of the files. Null: not stated or not computable. */
export interface PositionRow {
  symbol: string;
  /** Names of the portfolios that hold it, each once. */
  portfolios: string[];
  /** Sum of the stated quantities. */
  quantity: number | null;
  /** Mean price paid for a unit, weighted by quantity; null while one of the lots has none. */
  acquisition_price: number | null;
  /** Close of the analysed bar. */
  price: number | null;
  /** As the price source says; null where it does not. */
  currency: string | null;
  /** quantity × price. */
  value: number | null;
  /** Σ quantity × acquisition price. */
  cost: number | null;
  /** value − cost. */
  gain: number | null;
  /** gain ÷ |cost| × 100. */
  gain_percent: number | null;
  /** value ÷ Σ |values in the same currency| × 100: the share of the total, as long as nothing is sold short. */
  weight_percent: number | null;
  /** Lots without a quantity: the figures leave them out. */
  lots_without_quantity: number;
}

/** Sums over the positions of one currency; those of different currencies are never added. */
export interface PositionTotal {
  currency: string | null;
  /** Positions with a value. */
  positions: number;
  value: number;
  /** Over the positions whose cost is known, like the gain; null when there is none. */
  cost: number | null;
  gain: number | null;
  gain_percent: number | null;
  positions_without_cost: number;
}

export interface Positions {
  /** One a symbol, in the order of the holdings. */
  rows: PositionRow[];
  /** In the order in which the currencies appear. */
  totals: PositionTotal[];
}

/** Value, gain and weight of each held symbol. Sums beyond what a number can hold are null. Pure. */
export function computePositions(holdings: readonly Holding[], assets: readonly ReportAsset[]): Positions {
  const assetOf = new Map(assets.map((asset) => [asset.symbol, asset]));
  const lots = new Map<string, Holding[]>();
  for (const holding of holdings) {
    const known = lots.get(holding.symbol);
    if (known) known.push(holding);
    else lots.set(holding.symbol, [holding]);
  }
  const rows = Array.from(lots, ([symbol, held]) => position(held, assetOf.get(symbol)));
  return { rows, totals: weighRows(rows) };
}

function position(held: readonly Holding[], asset: ReportAsset | undefined): PositionRow {
  const stated = held.filter(({ quantity }) => isNumber(quantity));
  const quantity = stated.length === 0 ? null : finite(sum(stated.map((lot) => lot.quantity!)));
  const hasCost = quantity !== null && stated.every(({ acquisitionPrice }) => isNumber(acquisitionPrice));
  const cost = hasCost ? finite(sum(stated.map((lot) => lot.quantity! * lot.acquisitionPrice!))) : null;
  const price = asset && !isFailed(asset.entry) ? finite(asset.entry.signals.price_current) : null;
  const value = quantity !== null && price !== null ? finite(quantity * price) : null;
  return {
    symbol: held[0]!.symbol,
    portfolios: [...new Set(held.map(({ portfolioName }) => portfolioName))],
    quantity,
    acquisition_price: meanCost(stated, quantity, cost),
    price,
    currency: asset?.currency ?? null,
    value,
    cost,
    ...gainOf(value, cost),
    weight_percent: null,
    lots_without_quantity: held.length - stated.length,
  };
}

/** A single lot keeps the price as it was entered, without the noise of multiplying and dividing. */
function meanCost(stated: readonly Holding[], quantity: number | null, cost: number | null): number | null {
  if (cost === null || !quantity) return stated.length === 1 && cost !== null ? stated[0]!.acquisitionPrice : null;
  return stated.length === 1 ? stated[0]!.acquisitionPrice : finite(cost / quantity);
}

/** Fills in the weights and answers with the sums. */
function weighRows(rows: readonly PositionRow[]): PositionTotal[] {
  const groups = new Map<string | null, PositionRow[]>();
  for (const row of rows) {
    if (row.value === null) continue;
    const group = groups.get(row.currency);
    if (group) group.push(row);
    else groups.set(row.currency, [row]);
  }
  return Array.from(groups, ([currency, valued]) => {
    const exposure = sum(valued.map(({ value }) => Math.abs(value!)));
    for (const row of valued)
      row.weight_percent = exposure > 0 && exposure < Infinity ? finite((row.value! / exposure) * 100) : null;
    return totalOf(currency, valued);
  }).filter(({ value }) => Number.isFinite(value));
}

function totalOf(currency: string | null, valued: readonly PositionRow[]): PositionTotal {
  const priced = valued.filter(({ gain }) => gain !== null);
  const cost = priced.length === 0 ? null : finite(sum(priced.map((row) => row.cost!)));
  const gain = priced.length === 0 ? null : finite(sum(priced.map((row) => row.gain!)));
  return {
    currency,
    positions: valued.length,
    value: sum(valued.map((row) => row.value!)),
    cost,
    gain,
    gain_percent: percentOf(gain, cost),
    positions_without_cost: valued.length - priced.length,
  };
}

function gainOf(value: number | null, cost: number | null): { gain: number | null; gain_percent: number | null } {
  if (value === null || cost === null) return { gain: null, gain_percent: null };
  const difference = value - cost;
  // What is left of two equal amounts after binary arithmetic is no gain.
  const isNoise = Math.abs(difference) < 1e-12 * Math.abs(value);
  const gain = isNoise ? 0 : finite(difference);
  return { gain, gain_percent: percentOf(gain, cost) };
}

const percentOf = (gain: number | null, cost: number | null): number | null =>
  gain === null || !cost ? null : finite((gain / Math.abs(cost)) * 100);

const isNumber = (value: number | null): value is number => Number.isFinite(value);

/** -0 is 0 and what overflowed is unknown. */
const finite = (value: number): number | null => (Number.isFinite(value) ? value + 0 : null);

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
