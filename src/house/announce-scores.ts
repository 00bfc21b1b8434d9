import { toError } from "../kit/errors.ts";
import type { House } from "./house.ts";

interface Latest {
  analysis_date: string;
  data_source: string;
  items: {
    ticker: string;
    recommendation: string;
    total_score: number;
    confidence: number;
    current_price: number | null;
    currency: string | null;
  }[];
}

/** Tells the log what new scores say, for operators without the dashboard. */
export function announceScores(house: House): void {
  house.events.subscribe(({ event }) => {
    if (event.type !== "system" || event.event.type !== "scores.updated") return;
    logLatest(house).catch((thrown) => {
      house.log.warn("scores.unread", "The new scores could not be read for the log.", { error: toError(thrown) });
    });
  });
}

async function logLatest(house: House): Promise<void> {
  const response = await house.fetch("/api/recommendations/latest?format=envelope");
  if (!response.ok) return;
  const { analysis_date, data_source, items } = (await response.json()) as Latest;
  const label = data_source === "sample" ? " — SAMPLE, not real prices" : "";
  house.log.info("scores.latest", `Recommendations of ${analysis_date}, prices from ${data_source}${label}`, {
    analysis_date,
    data_source,
  });
  for (const { ticker, recommendation, total_score, confidence, current_price, currency } of items) {
    const price = current_price === null ? "–" : `${current_price.toFixed(2)} ${currency ?? ""}`.trimEnd();
    const text = `${ticker.padEnd(6)} ${recommendation.padEnd(8)} ${total_score.toFixed(2).padStart(6)}  confidence ${confidence.toFixed(1)}  ${price}${label}`;
    house.log.info("scores.item", text, { ticker, recommendation, total_score, data_source });
  }
}
