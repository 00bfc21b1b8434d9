import { basename, extname, resolve } from "node:path";
import { type Command, Option } from "commander";
import { readSettings } from "../../environment.ts";
import { readPrices } from "../../house/prices.ts";
import { createSystemClock } from "../../kit/clock.ts";
import { VigiaError } from "../../kit/errors.ts";
import { type Bars, toBars } from "../../market/bars.ts";
import { parseBarsCsv } from "../../market/csv/csv-bars.ts";
import {
  analyzeSeries,
  type SeriesAnalysis,
  type SeriesOptions,
} from "../../systems/recommendations/scoring/analyze-series.ts";
import { parseCount, parseDate } from "../arguments.ts";
import type { CommandContext } from "../context.ts";
import type { Handler } from "../program.ts";

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
    .argument("<series>", "symbol, or a file with the header date,open,high,low,close,volume[,adjclose]")
    .addOption(new Option("--profile <profile>", "scoring profile").choices(["v2", "legacy-1"]).default("v2"))
    .option("--window <bars>", "look only at the last bars", parseCount)
    .option("--as-of <date>", "use only bars up to this date (YYYY-MM-DD)", parseDate)
    .action((series: string, options: AnalyzeOptions) =>
      handle(async (context) => {
        const loaded = series.toLowerCase().endsWith(".csv")
          ? await loadFile(series, context)
          : await loadSymbol(series, context, options);
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

interface LoadedSeries {
  symbol: string;
  bars: Bars;
  dataSource: SeriesOptions["dataSource"];
}

async function loadFile(path: string, { output }: CommandContext): Promise<LoadedSeries> {
  const file = Bun.file(path);
  if (!(await file.exists()))
    throw new VigiaError("file_unreadable", `${path} does not exist.`, { hint: "Name a CSV file, or a symbol." });
  const name = basename(path);
  const { bars, warnings } = await parseBarsCsv(file.stream(), name);
  for (const warning of warnings) output.note(warning);
  return { symbol: basename(name, extname(name)).toUpperCase(), bars: toBars(bars), dataSource: "file" };
}

async function loadSymbol(symbol: string, context: CommandContext, { asOf }: AnalyzeOptions): Promise<LoadedSeries> {
  const loaded = readSettings(context.environment, context.globals.envFile);
  const { settings } = loaded;
  const clock = createSystemClock(settings.vigiaNow);
  const { bars, warnings, dataSource } = await readPrices({
    loaded,
    dataDir: resolve(settings.vigiaDataDir),
    symbol: symbol.toUpperCase(),
    now: clock.now(),
    signal: context.signal,
    ...(asOf === undefined ? {} : { to: asOf }),
  });
  for (const warning of warnings) context.output.note(warning);
  return { symbol: symbol.toUpperCase(), bars, dataSource };
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
