import { isFailed } from "../analysis/asset-analysis.ts";
import {
  describeConcentration,
  describeCorrelations,
  describeCurrency,
  describePortfolioFall,
  describeWorstAsset,
  HIGH_HHI,
  LARGE_PERCENT,
  TOP_THREE_PERCENT,
} from "./check-sentences.ts";
import { type CloseSeries, closeSeries } from "./close-series.ts";
import { type Correlations, computeCorrelations } from "./correlation.ts";
import { type AssetFall, assetFall, computePortfolioFall, MIN_FALL_DATES, type PortfolioFall } from "./drawdown.ts";
import type { PositionRow, Positions } from "./positions.ts";
import type { UserReport } from "./user-report.ts";

export type CheckState = "ok" | "attention" | "not_enough_data";

interface Check {
  state: CheckState;
  /** Spanish, for end users; every number in them is a field beside them. */
  sentences: string[];
}

/** Four questions to a portfolio as a whole; keys are those of the files. */
export interface PortfolioChecks {
  concentration: Check & { groups: ConcentrationGroup[] };
  currency: CurrencyCheck;
  drawdown: Check & { portfolio: PortfolioFall[]; assets: AssetFall[] };
  correlation: Check & Correlations;
}

/** Weights within one currency. */
export interface ConcentrationGroup {
  currency: string | null;
  positions: number;
  largest_symbol: string;
  largest_weight_percent: number;
  top_three_symbols: string[];
  top_three_weight_percent: number;
  /** Herfindahl-Hirschman index: Σ (weight ÷ 100)², 0 to 1. */
  hhi: number;
  /** 1 ÷ hhi: so many positions of the same size would be as concentrated. */
  equivalent_positions: number;
}

export interface CurrencyCheck extends Check {
  /** Currencies of the analysed assets, first occurrence first. */
  currencies: string[];
  count: number;
  /** Analysed assets whose source names no currency. */
  without_currency: string[];
}

/** Above it a fall is what is called a bear market. */
const BEAR_MARKET_PERCENT = -20;

/** Concentration and falls of what has a value; currency and correlation of all that was analysed. Pure. */
export function computeChecks(report: Pick<UserReport, "assets">, { rows }: Positions): PortfolioChecks {
  const series = new Map<string, CloseSeries>();
  for (const asset of report.assets) {
    const closes = isFailed(asset.entry) ? null : closeSeries(asset);
    if (closes) series.set(asset.symbol, closes);
  }
  const groups = Map.groupBy(
    rows.filter(({ weight_percent: weight }) => weight !== null && weight !== 0),
    ({ currency }) => currency,
  );
  return {
    concentration: checkConcentration(groups),
    currency: checkCurrency(report.assets),
    drawdown: checkDrawdown(groups, series),
    correlation: checkCorrelation(rows, series),
  };
}

type Groups = ReadonlyMap<string | null, readonly PositionRow[]>;

function checkConcentration(byCurrency: Groups): PortfolioChecks["concentration"] {
  const groups = Array.from(byCurrency, ([currency, rows]) => concentrationOf(currency, rows));
  if (groups.length === 0)
    return notEnough("Sin cantidades y precios no se puede decir cuánto pesa cada posición.", { groups });
  const isConcentrated = groups.some(
    (group) =>
      group.largest_weight_percent > LARGE_PERCENT ||
      (group.positions > 3 && group.top_three_weight_percent > TOP_THREE_PERCENT) ||
      group.hhi > HIGH_HHI,
  );
  return { state: isConcentrated ? "attention" : "ok", sentences: groups.flatMap(describeConcentration), groups };
}

function concentrationOf(currency: string | null, rows: readonly PositionRow[]): ConcentrationGroup {
  const weights = rows
    .map(({ symbol, weight_percent }) => ({ symbol, percent: Math.abs(weight_percent!) }))
    .sort((one, other) => other.percent - one.percent);
  const topThree = weights.slice(0, 3);
  const hhi = weights.reduce((total, { percent }) => total + (percent / 100) ** 2, 0);
  return {
    currency,
    positions: weights.length,
    largest_symbol: weights[0]!.symbol,
    largest_weight_percent: weights[0]!.percent,
    top_three_symbols: topThree.map(({ symbol }) => symbol),
    top_three_weight_percent: topThree.reduce((total, { percent }) => total + percent, 0),
    hhi,
    equivalent_positions: 1 / hhi,
  };
}

function checkCurrency(assets: UserReport["assets"]): CurrencyCheck {
  const analysed = assets.filter(({ entry }) => !isFailed(entry));
  const currencies = [...new Set(analysed.flatMap(({ currency }) => currency ?? []))];
  const nameless = analysed.filter(({ currency }) => currency === null).map(({ symbol }) => symbol);
  const facts = { currencies, count: currencies.length, without_currency: nameless };
  if (analysed.length === 0)
    return notEnough("Ningún activo se pudo analizar: no se sabe en qué monedas cotizan.", facts);
  const state: CheckState = currencies.length === 0 ? "not_enough_data" : currencies.length > 1 ? "attention" : "ok";
  return { state, sentences: describeCurrency({ state, ...facts }), ...facts };
}

function checkDrawdown(groups: Groups, series: ReadonlyMap<string, CloseSeries>): PortfolioChecks["drawdown"] {
  const assets = Array.from(series.values())
    .filter(({ values }) => values.length >= MIN_FALL_DATES)
    .map((one) => ({ symbol: one.symbol, ...assetFall(one) }));
  const portfolio = Array.from(groups, ([currency, rows]) => computePortfolioFall(currency, rows, series)).filter(
    (fall) => fall !== null,
  );
  if (assets.length === 0)
    return notEnough("No hay historia de precios suficiente para medir caídas.", { portfolio, assets });
  const worst = assets.reduce((one, other) => (other.fall_percent < one.fall_percent ? other : one));
  const missing = portfolio.length < Math.max(groups.size, 1);
  return {
    state: portfolio.some(({ fall_percent }) => fall_percent < BEAR_MARKET_PERCENT) ? "attention" : "ok",
    sentences: [
      ...portfolio.map(describePortfolioFall),
      ...(missing ? ["Faltan cantidades o fechas en común para medir la caída de todo el portafolio."] : []),
      describeWorstAsset(worst),
    ],
    portfolio,
    assets,
  };
}

function checkCorrelation(
  rows: readonly PositionRow[],
  series: ReadonlyMap<string, CloseSeries>,
): PortfolioChecks["correlation"] {
  const weightOf = new Map(rows.map(({ symbol, weight_percent }) => [symbol, Math.abs(weight_percent ?? 0)]));
  const bySize = Array.from(series.values()).sort(
    (one, other) => (weightOf.get(other.symbol) ?? 0) - (weightOf.get(one.symbol) ?? 0),
  );
  const correlations = computeCorrelations(bySize);
  if (correlations.pairs_compared === 0)
    return notEnough("Faltan activos con fechas en común suficientes para comparar cómo se mueven.", correlations);
  return {
    state: correlations.pairs_above > 0 ? "attention" : "ok",
    sentences: describeCorrelations(correlations),
    ...correlations,
  };
}

const notEnough = <Facts extends object>(sentence: string, facts: Facts): Check & Facts => ({
  state: "not_enough_data",
  sentences: [sentence],
  ...facts,
});
