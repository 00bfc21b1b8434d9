import type { z } from "zod";
import { roundHalfUp } from "../../../kit/round.ts";
import type { TickerAnalysisView } from "../views.ts";
import { partOf } from "./parts.ts";
import type { stockSchema } from "./schemas.ts";

export type Stock = z.infer<typeof stockSchema>;

const RISKS = { low: "Bajo", medium: "Medio", high: "Alto" } as const;

/** What the page reads without a null check; undefined for a ticker that has no price, change or target to show. */
export function renderStock(analysis: TickerAnalysisView): Stock | undefined {
  const { recommendation: view, sector } = analysis;
  const technical = partOf(analysis, "technical");
  const change = technical.number("price_change");
  const changePercent = technical.number("price_change_percent");
  if (view.current_price === null || change === null || changePercent === null) return undefined;
  return {
    symbol: view.ticker,
    name: view.company_name ?? view.ticker,
    sector: sector ?? "-",
    price: view.current_price,
    change: roundHalfUp(change, 2),
    changePercent: roundHalfUp(changePercent, 2),
    recommendation: view.recommendation,
    confidence: Math.round(view.confidence),
    risk: RISKS[view.risk_level ?? "medium"],
    // Coverage below 0.7 leaves no target; the page shows none, but its type wants a number: the price itself says "no change".
    targetPrice: view.target_price ?? view.current_price,
    monthlyInvestment: "-",
  };
}
