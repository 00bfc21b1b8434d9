import type { Command } from "commander";
import { callApi } from "../api.ts";
import type { Handler } from "../context.ts";
import { type Column, renderTable } from "../output.ts";

interface ScoreItem {
  ticker: string;
  recommendation: string;
  total_score: number;
  confidence: number;
  coverage: number;
  current_price: number | null;
  target_price: number | null;
  currency: string | null;
  bar_date: string | null;
  risk_level: string;
  summary: string;
}

interface Latest {
  analysis_date: string;
  data_source: string;
  items: ScoreItem[];
}

/** `vigia scores`: the recommendations of the newest date. */
export function registerScores(program: Command, handle: Handler): void {
  program
    .command("scores")
    .description("list the newest recommendations")
    .action(() =>
      handle(async ({ output, globals, connect }) => {
        const path = "/api/recommendations/latest?format=envelope";
        const { analysis_date, data_source, items } = await callApi<Latest>(await connect(), path);
        if (globals.json) return output.data(JSON.stringify({ analysis_date, data_source, items }, null, 2));
        const label = data_source === "sample" ? " — SAMPLE DATA, not real prices" : "";
        output.data(
          `Analysis of ${analysis_date}, prices from ${data_source}${label}\n\n${renderTable(items, COLUMNS)}`,
        );
      }),
    );
}

const COLUMNS: readonly Column<ScoreItem>[] = [
  { title: "TICKER", value: (item) => item.ticker },
  { title: "VERDICT", value: (item) => item.recommendation },
  { title: "SCORE", value: (item) => item.total_score.toFixed(2), align: "right" },
  { title: "CONF", value: (item) => item.confidence.toFixed(1), align: "right" },
  { title: "COVER", value: (item) => item.coverage.toFixed(2), align: "right" },
  { title: "PRICE", value: (item) => item.current_price?.toFixed(2), align: "right" },
  { title: "TARGET", value: (item) => item.target_price?.toFixed(2), align: "right" },
  { title: "CCY", value: (item) => item.currency },
  { title: "RISK", value: (item) => item.risk_level },
  { title: "BAR", value: (item) => item.bar_date },
];
