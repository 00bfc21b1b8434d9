import type { z } from "zod";
import type { AnalysisHistoryItem, TickerAnalysisView } from "../views.ts";
import type { tickerAnalysisSchema } from "./analysis-schema.ts";
import { articlesOf } from "./articles.ts";
import { partOf, textsIn } from "./parts.ts";

export type TickerAnalysis = z.infer<typeof tickerAnalysisSchema>;

/** A ticker's analysis with everything that is known behind it; `past` are its stored verdicts of the last 30 days. */
export function renderTickerAnalysis(
  analysis: TickerAnalysisView,
  past: readonly AnalysisHistoryItem[],
): TickerAnalysis {
  const { recommendation, sector } = analysis;
  const technical = partOf(analysis, "technical");
  const fundamental = partOf(analysis, "fundamental");
  return {
    ticker: recommendation.ticker,
    company_name: recommendation.company_name,
    sector,
    market_cap: fundamental.number("market_cap"),
    current_price: recommendation.current_price,
    price_change_24h: technical.number("price_change"),
    price_change_percent: technical.number("price_change_percent"),
    score_breakdown: renderBreakdown(analysis),
    recommendation,
    technical_indicators: technical.indicators,
    financial_ratios: fundamental.indicators,
    recent_news: articlesOf(analysis),
    macro_context: renderMacroContext(analysis),
    recommendation_history: past.map(({ analysis_date, recommendation: verdict, total_score, confidence }) => ({
      analysis_date,
      recommendation: verdict,
      total_score,
      confidence,
    })),
    timestamp: recommendation.timestamp,
    analysis_date: recommendation.analysis_date,
    bar_date: recommendation.bar_date,
    currency: recommendation.currency,
    coverage: recommendation.coverage,
    scoring_profile: recommendation.scoring_profile,
    data_quality: recommendation.data_quality,
    source: recommendation.source,
    data_source: recommendation.data_source,
  };
}

/** The old breakdown with the fields filled that it left empty, and misnamed ones named after what they hold. */
function renderBreakdown(analysis: TickerAnalysisView): TickerAnalysis["score_breakdown"] {
  const { recommendation } = analysis;
  const technical = partOf(analysis, "technical");
  const fundamental = partOf(analysis, "fundamental");
  const macro = partOf(analysis, "macro");
  const sentiment = partOf(analysis, "sentiment");
  return {
    ticker: recommendation.ticker,
    technical_score: recommendation.technical_score,
    fundamental_score: recommendation.fundamental_score,
    macro_score: recommendation.macro_score,
    sentiment_score: recommendation.sentiment_score,
    total_score: recommendation.total_score,
    rsi: technical.number("rsi"),
    rsi_signal: technical.signal("rsi"),
    macd_signal: technical.signal("macd"),
    moving_average_trend: technical.signal("trend"),
    roe: fundamental.number("roe"),
    debt_to_equity: fundamental.number("debt_to_equity"),
    current_ratio: fundamental.number("current_ratio"),
    pe_ratio: fundamental.number("pe_ratio"),
    cer_index: macro.number("cer_rate"),
    usd_change_30d: macro.number("usd_change_30d"),
    inflation_rate: macro.number("inflation_rate"),
    news_sentiment: sentiment.text("overall_sentiment"),
    news_count: sentiment.number("news_count"),
    timestamp: recommendation.timestamp,
  };
}

/** The country's figures and what is said of them. */
export function renderMacroContext(analysis: TickerAnalysisView): TickerAnalysis["macro_context"] {
  const macro = partOf(analysis, "macro");
  return {
    macro_score: analysis.recommendation.macro_score,
    indicators: macro.indicators,
    interpretation: macro.text("interpretation"),
    trends: textsIn(macro.metadata.trends),
    impact_on_stocks: macro.text("impact_on_stocks"),
  };
}
