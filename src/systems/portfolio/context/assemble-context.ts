import { computeBias } from "./bias.ts";
import { assessRisk, classifyOverall, classifyRegime } from "./classify.ts";
import type { Feed, FeedName, Reading } from "./feed.ts";
import type { MarketContext, Sourced } from "./market-context.ts";

/** A figure as it is published; `reading` null: nothing is known, `fallback`: not what the source says now. */
export interface Answer {
  source: Feed["source"];
  reading: Reading | null;
  fallback: boolean;
}

/** `market.context` of six answers, with classes, regime, risk and bias computed from them. Pure. */
export function assembleContext(answers: Readonly<Record<FeedName, Answer>>): MarketContext {
  const figures = { curve: figureOf(answers.yield_curve_10y2y), unemployment: figureOf(answers.unemployment) };
  const overall = classifyOverall(figureOf(answers.stocks), figureOf(answers.crypto));
  const regime = classifyRegime(figures);
  const risk = assessRisk(figures);
  return {
    fear_greed: { stocks: toIndex(answers.stocks), crypto: toIndex(answers.crypto), overall },
    macro: {
      fed_funds: toSourced(answers.fed_funds),
      inflation_yoy: toSourced(answers.inflation_yoy),
      unemployment: toSourced(answers.unemployment),
      yield_curve_10y2y: toSourced(answers.yield_curve_10y2y),
      regime,
      risk_level: risk,
    },
    bias: computeBias(regime, risk, overall),
  };
}

const figureOf = ({ reading }: Answer): number | null => reading?.value ?? null;

const toSourced = ({ source, reading, fallback }: Answer): Sourced<number> => ({
  value: reading?.value ?? null,
  source,
  timestamp: reading?.timestamp ?? null,
  fallback,
});

const toIndex = (answer: Answer): MarketContext["fear_greed"]["stocks"] => ({
  ...toSourced(answer),
  classification: answer.reading?.classification ?? null,
});
