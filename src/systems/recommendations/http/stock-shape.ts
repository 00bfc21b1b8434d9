import type { z } from "zod";
import { roundHalfUp } from "../../../kit/round.ts";
import type { TickerAnalysisView } from "../views.ts";
import type { stockSchema } from "./frontend-routes.ts";
import { partOf } from "./parts.ts";

export type Stock = z.infer<typeof stockSchema>;

const RISKS = { low: "Bajo", medium: "Medio", high: "Alto" } as const;

/** What the page reads without a null check; undefined for a ticker that has no price or change to show. */
export function renderStock(analysis: TickerAnalysisView): Stock | undefined {
  const { recommendation: view, sector } = analysis;
  const technical = partOf(analysis, "technical");
  const change = technical.number("price_change");
  const changePercent = technical.number("price_change_percent");
  if (view.current_price === null || change === null || changePercent === null) return undefined;
  return {
    symbol: view.ticker,
    name: nameOf(view),
    sector: sector ?? "-",
    price: view.current_price,
    change: roundHalfUp(change, 2),
    changePercent: roundHalfUp(changePercent, 2),
    recommendation: view.recommendation,
    confidence: Math.round(view.confidence),
    risk: RISKS[view.risk_level ?? "medium"],
    // Coverage below 0.7 leaves no target. The page does not show it, but its type wants a number: the price says "no change".
    targetPrice: view.target_price ?? view.current_price,
    monthlyInvestment: "-",
  };
}

/** The page shows no other text of ours, so the name says when the figures are made up. */
function nameOf({ company_name, ticker, data_source }: TickerAnalysisView["recommendation"]): string {
  const name = company_name ?? ticker;
  return data_source === "sample" ? `${name} (datos de muestra)` : name;
}
