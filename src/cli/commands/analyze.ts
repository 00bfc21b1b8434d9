import { type Command, Option } from "commander";
import { VigiaError } from "../../kit/errors.ts";
import { analyzeSeries, type SeriesAnalysis } from "../../systems/recommendations/scoring/analyze-series.ts";
import { parseCount, parseDate } from "../arguments.ts";
import type { Handler } from "../context.ts";
import { loadSeries } from "../load-series.ts";

interface AnalyzeOptions {
  profile: "legacy-1" | "v2";
  window?: number;
  asOf?: string;
}

/** `vigia analyze <SYMBOL | file.csv>`: the technical analysis of any series; nothing is stored. */
export function registerAnalyze(program: Command, handle: Handler): void {
  program
    .command("analyze")
    .description("indicators, points and score of a symbol or of a CSV file, without storing anything")
    .argument("<series>", "symbol, or path of a file with the header date,open,high,low,close,volume[,adjclose]")
    .addOption(new Option("--profile <profile>", "scoring profile").choices(["v2", "legacy-1"]).default("v2"))
    .option(
      "--window <bars>",
      "look only at this many last bars (default: a file's all, a symbol's last PRICE_HISTORY_DAYS)",
      parseCount,
    )
    .option("--as-of <date>", "use only bars up to this date (YYYY-MM-DD)", parseDate)
    .action((series: string, options: AnalyzeOptions) =>
      handle(async (context) => {
        const loaded = await loadSeries(series, context, {
          whole: options.window !== undefined,
          ...(options.asOf === undefined ? {} : { to: options.asOf }),
        });
        const analysis = analyzeSeries(loaded.symbol, loaded.bars, {
          profile: options.profile,
          dataSource: loaded.dataSource,
          ...(options.window === undefined ? {} : { window: options.window }),
          ...(options.asOf === undefined ? {} : { asOf: options.asOf }),
        });
        if (analysis.bars === 0)
          throw new VigiaError("no_data", `There are no bars of ${loaded.symbol} to analyse.`, {
            hint: "Check --as-of and the dates of the series.",
          });
        context.output.data(context.globals.json ? JSON.stringify(analysis, null, 2) : describeAnalysis(analysis));
      }),
    );
}

function describeAnalysis({
  symbol,
  profile,
  as_of,
  bars,
  data_source,
  technical_score,
  indicators,
  points,
  signals,
}: SeriesAnalysis): string {
  const number = (value: number | null) => (value === null ? "–" : String(Math.round(value * 10_000) / 10_000));
  const lines = [
    `${symbol} on ${as_of} (${bars} bars, ${data_source}${data_source === "sample" ? ": not real prices" : ""}), profile ${profile}`,
    `Technical score  ${technical_score === null ? "– (too few bars)" : number(technical_score)}`,
    "",
    ...Object.entries(indicators).map(([name, value]) => `${name.padEnd(16)} ${number(value)}`),
    "",
    ...Object.entries(points).map(([name, value]) => `points ${name.padEnd(9)} ${number(value ?? null)}`),
    "",
    ...Object.entries(signals).map(([name, value]) => `${name.padEnd(16)} ${value ?? "–"}`),
  ];
  return lines.join("\n");
}
