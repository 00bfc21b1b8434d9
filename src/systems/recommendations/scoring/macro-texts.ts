import type { MacroLevels } from "./macro.ts";

export type Trend = "rising" | "falling" | "stable";
export type MacroTrends = Partial<Record<"usd" | "inflation" | "risk", Trend>>;
export type Impact = "positive" | "negative" | "neutral";

/** Changes that trends of profile `v2` are read from. Null = unknown. */
export interface MacroChanges {
  /** Percent over 30 days. */
  usd: number | null;
  /** Percentage points against the month before. */
  inflation: number | null;
  /** Percent over 30 days. */
  countryRisk: number | null;
}

/** The sentence of both profiles: what the levels and the score mean for investments. */
export function renderMacroText({ usd, inflation, countryRisk }: Omit<MacroLevels, "cer">, score: number): string {
  const usdText = usd === null ? null : usdLevelText(usd);
  return joinMacroText([usdText, inflationText(inflation), riskText(countryRisk), scoreText(score)]);
}

/** The same for profile `v2`, where the dollar is judged by its change and not by its level. */
export function renderMacroChangeText(
  {
    usdTrend,
    inflation,
    countryRisk,
  }: { usdTrend: Trend | undefined; inflation: number | null; countryRisk: number | null },
  score: number,
): string {
  const usdText = usdTrend === undefined ? null : USD_TREND_TEXTS[usdTrend];
  return joinMacroText([usdText, inflationText(inflation), riskText(countryRisk), scoreText(score)]);
}

const USD_TREND_TEXTS: Record<Trend, string> = {
  rising: "Tipo de cambio en alza, presión inflacionaria",
  falling: "Tipo de cambio en baja",
  stable: "Tipo de cambio estable",
};

/** Trends of profile `legacy-1`: read from levels. */
export function describeLevelTrends({ usd, inflation, countryRisk }: Omit<MacroLevels, "cer">): MacroTrends {
  return withoutUndefined({
    usd: trendBeyond(usd, 600, 900),
    inflation: trendBeyond(inflation, 3, 10),
    risk: trendBeyond(countryRisk, 800, 1200),
  });
}

/** Trends of profile `v2`: read from changes. */
export function describeChangeTrends({ usd, inflation, countryRisk }: MacroChanges): MacroTrends {
  return withoutUndefined({
    usd: trendBeyond(usd, -2, 2),
    inflation: trendBeyond(inflation, -0.3, 0.3),
    risk: trendBeyond(countryRisk, -5, 5),
  });
}

export function impactOf(score: number): Impact {
  if (score > 70) return "positive";
  return score < 40 ? "negative" : "neutral";
}

function trendBeyond(value: number | null, low: number, high: number): Trend | undefined {
  if (value === null) return undefined;
  if (value > high) return "rising";
  return value < low ? "falling" : "stable";
}

function usdLevelText(usd: number): string {
  if (usd > 1000) return "Tipo de cambio elevado, presión inflacionaria";
  return usd < 500 ? "Tipo de cambio controlado" : "Tipo de cambio en rango moderado";
}

function inflationText(inflation: number | null): string | null {
  if (inflation === null) return null;
  if (inflation > 15) return "Inflación muy alta, impacto negativo en inversiones";
  return inflation > 5 ? "Inflación moderada a alta" : "Inflación controlada";
}

function riskText(countryRisk: number | null): string | null {
  if (countryRisk === null) return null;
  if (countryRisk > 1500) return "Riesgo país elevado, cautela en inversiones";
  return countryRisk < 800 ? "Riesgo país moderado" : "Riesgo país en niveles altos";
}

function scoreText(score: number): string {
  if (score > 70) return "Contexto macro favorable para inversiones";
  return score < 40 ? "Contexto macro desafiante" : "Contexto macro mixto";
}

const joinMacroText = (parts: (string | null)[]) => parts.filter((part) => part !== null).join(". ");

function withoutUndefined(trends: Record<keyof MacroTrends, Trend | undefined>): MacroTrends {
  return Object.fromEntries(Object.entries(trends).filter(([, trend]) => trend !== undefined)) as MacroTrends;
}
