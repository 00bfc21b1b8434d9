import { resolve } from "node:path";
import { type Command, Option } from "commander";
import { MARKETS, type MarketName } from "../../db/schema/market.ts";
import { readSettings } from "../../environment.ts";
import { openPrices, type PriceReader, type PricesRequest } from "../../house/prices.ts";
import { loadForScan, readUniverse } from "../../house/scan-prices.ts";
import { createSystemClock } from "../../kit/clock.ts";
import { VigiaError } from "../../kit/errors.ts";
import { lastTradingDate } from "../../market/calendar/nyse.ts";
import { isSymbol } from "../../market/symbol.ts";
import { selectWindow } from "../../systems/portfolio/analysis/periods.ts";
import { momentOf } from "../../systems/portfolio/cycle/moment.ts";
import { SCAN_PLANS, scanSymbols } from "../../systems/portfolio/cycle/scan-markets.ts";
import { LEGACY_STRATEGIES } from "../../systems/portfolio/radar/legacy/legacy-strategies.ts";
import { scanLegacyMarket } from "../../systems/portfolio/radar/legacy/scan-legacy-market.ts";
import type { RadarProfile, RadarScan } from "../../systems/portfolio/radar/radar-scan.ts";
import { parseDate } from "../arguments.ts";
import type { CommandContext, Handler } from "../context.ts";
import { plainText, renderTable } from "../output.ts";
import { registerUniverse } from "./radar-universe.ts";

interface ScanOptions {
  market: string;
  benchmark?: string;
  profile?: RadarProfile | "legacy";
  strategy: string;
  fearGreed?: number;
  asOf?: string;
}

/** Symbols of one scan by hand. */
const MAX_SYMBOLS = 5_000;

/** `vigia radar …`: scans without storing anything, and the list of members. */
export function registerRadar(program: Command, handle: Handler): void {
  const radar = program.command("radar").description("the market radar: scans and universes");
  radar
    .command("scan")
    .description("scan a market or a list of symbols with the stored prices or the price files; nothing is stored")
    .requiredOption("--market <market>", "sp500, crypto30, or symbols separated by commas")
    .option("--benchmark <symbol>", "whose regime decides (default: that of the market, for a list ^GSPC)")
    .addOption(
      new Option(
        "--profile <profile>",
        "v1, v2, or legacy for the older radar and its 0 to 100 score (default: SVGA_RADAR_PROFILE)",
      ).choices(["v1", "v2", "legacy"]),
    )
    .addOption(
      new Option("--strategy <strategy>", "of the legacy radar").choices([...LEGACY_STRATEGIES]).default("mixed"),
    )
    .option("--fear-greed <index>", "0 to 100: moves the legacy score", parseIndex)
    .option("--as-of <date>", "use only bars up to this date (YYYY-MM-DD)", parseDate)
    .action((options: ScanOptions) => handle((context) => scan(options, context)));
  registerUniverse(radar, handle);
}

async function scan(options: ScanOptions, context: CommandContext): Promise<void> {
  const loaded = readSettings(context.environment, context.globals.envFile);
  for (const warning of loaded.warnings) context.output.note(warning);
  const { settings } = loaded;
  const now = momentOf(options.asOf, createSystemClock(settings.vigiaNow).now());
  const request = { loaded, dataDir: resolve(settings.vigiaDataDir), now, signal: context.signal };
  const profile = options.profile ?? settings.svgaRadarProfile;
  const reader = await openPrices(request);
  try {
    const target = await findTarget(options, request, reader);
    const answer =
      profile === "legacy"
        ? await scanLegacy(target, options, request, reader)
        : await scanTactical(target, profile, request, reader);
    context.output.data(context.globals.json ? JSON.stringify(answer, null, 2) : describe(answer));
  } finally {
    reader.close();
  }
}

interface Target {
  market: MarketName;
  symbols: readonly string[];
  benchmarks: readonly string[];
}

async function findTarget(
  { market, benchmark }: ScanOptions,
  request: PricesRequest,
  reader: PriceReader,
): Promise<Target> {
  const benchmarks = benchmark === undefined ? undefined : [checkSymbol(benchmark, "--benchmark")];
  const plan = SCAN_PLANS.find((known) => known.market === market);
  if (plan) {
    const asOf = lastTradingDate(request.now);
    const { symbols } = await readUniverse(request, reader, { market: plan.market, asOf });
    return { market: plan.market, symbols, benchmarks: benchmarks ?? plan.benchmarks };
  }
  const symbols = market.split(",").map((symbol) => checkSymbol(symbol, "--market"));
  if (symbols.length > MAX_SYMBOLS)
    throw new VigiaError("bad_usage", `--market names ${symbols.length} symbols; at most ${MAX_SYMBOLS} are scanned.`);
  const coins = symbols.every((symbol) => /-USD$/.test(symbol));
  const own = SCAN_PLANS.find((known) => known.market === (coins ? "crypto30" : "sp500"))!;
  return { market: own.market, symbols, benchmarks: benchmarks ?? own.benchmarks };
}

function checkSymbol(text: string, option: string): string {
  const symbol = text.trim().toUpperCase();
  if (isSymbol(symbol)) return symbol;
  throw new VigiaError("bad_usage", `${option} ${JSON.stringify(text.slice(0, 40))} is no symbol and no market.`, {
    hint: `Name ${MARKETS.join(", ")}, or symbols like AAPL,MSFT,BTC-USD.`,
  });
}

async function scanTactical(target: Target, profile: RadarProfile, request: PricesRequest, reader: PriceReader) {
  const { period } = SCAN_PLANS.find(({ market }) => market === target.market)!;
  const found = await scanSymbols(
    target.symbols,
    { benchmarks: target.benchmarks, period },
    {
      load: (symbol) => loadForScan(reader, symbol, request.now),
      tradingDate: lastTradingDate(request.now),
      profile,
      signal: request.signal,
    },
  );
  return renderScan(found, reader.dataSource);
}

const renderScan = (scan: RadarScan, dataSource: string) => ({
  regime: scan.regime,
  candidates: scan.candidates.map(({ ticker }) => ticker),
  radars_used: scan.radars_used,
  metrics: scan.metrics,
  top_rows: scan.candidates,
  skipped: scan.skipped,
  as_of: scan.as_of,
  profile: scan.profile,
  data_source: dataSource,
});

/** The legacy radar looked at half a year of stocks and a quarter of coins; two years let its SMA 200 cross (a-20). */
async function scanLegacy(target: Target, options: ScanOptions, { now, signal }: PricesRequest, reader: PriceReader) {
  const members = [];
  for (const symbol of target.symbols) {
    signal.throwIfAborted();
    const bars = await loadForScan(reader, symbol, now);
    const asOf = bars.date.at(-1);
    members.push({ symbol, bars: asOf && selectWindow(bars, { asOf, period: "2y", interval: "1d" }) });
  }
  const index = options.fearGreed ?? null;
  return {
    ...scanLegacyMarket({
      members: members.map(({ symbol, bars }) => ({ symbol, bars: bars || undefined })),
      strategy: options.strategy,
      market: target.market,
      fearGreed: { stocks: index, crypto: index },
    }),
    data_source: reader.dataSource,
  };
}

type Answer = ReturnType<typeof renderScan> | Awaited<ReturnType<typeof scanLegacy>>;

function describe(answer: Answer): string {
  const sample = answer.data_source === "sample" ? " (SAMPLE: not real prices)" : "";
  if ("passed" in answer)
    return [
      `${answer.market}, strategy ${answer.strategy}: ${answer.passed.length} of ${answer.scanned} pass${sample}`,
      "",
      renderTable(answer.candidates, [
        { title: "Symbol", value: ({ ticker }) => ticker },
        { title: "Score", value: ({ score }) => score.toFixed(2), align: "right" },
        { title: "Confidence", value: ({ confianza }) => confianza },
      ]),
    ].join("\n");
  const { regime, top_rows, metrics, skipped } = answer;
  return [
    `${regime.benchmark}: ${regime.regime}, confidence ${regime.confidence}, on ${answer.as_of ?? "–"}${sample}`,
    ...regime.reasons.map((reason) => `  ${plainText(reason)}`),
    ...(regime.error ? [`  ${plainText(regime.error)}`] : []),
    `${metrics.length} symbols scanned, ${skipped.length} without enough bars. Radars: ${answer.radars_used}`,
    "",
    renderTable(top_rows, [
      { title: "Symbol", value: ({ ticker }) => ticker },
      { title: "Radar", value: ({ radar }) => radar },
      { title: "Score", value: ({ score }) => score.toFixed(2), align: "right" },
      { title: "Price", value: ({ precio }) => String(Number(precio.toPrecision(8))), align: "right" },
    ]),
  ].join("\n");
}

function parseIndex(text: string): number {
  const index = Number(text);
  if (text.trim() !== "" && index >= 0 && index <= 100) return index;
  throw new VigiaError("bad_usage", `--fear-greed ${text} is not a number from 0 to 100.`);
}
