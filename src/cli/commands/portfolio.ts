import { type Command, Option } from "commander";
import { readSettings } from "../../environment.ts";
import { EXIT } from "../../jobs/exit-codes.ts";
import { createSystemClock } from "../../kit/clock.ts";
import { VigiaError } from "../../kit/errors.ts";
import type { Interval } from "../../market/bars.ts";
import { lastTradingDate } from "../../market/calendar/nyse.ts";
import { computeAssetEntry } from "../../systems/portfolio/analysis/analyze-asset.ts";
import { type AssetEntry, isFailed } from "../../systems/portfolio/analysis/asset-analysis.ts";
import { choosePeriodUsed, selectWindow } from "../../systems/portfolio/analysis/periods.ts";
import { momentOf } from "../../systems/portfolio/cycle/moment.ts";
import { PORTFOLIO_CYCLE } from "../../systems/portfolio/job-names.ts";
import { parseDate } from "../arguments.ts";
import type { CommandContext, Handler } from "../context.ts";
import { type LoadedSeries, loadSeries } from "../load-series.ts";
import { plainText } from "../output.ts";
import { writeUserFiles } from "../write-user-files.ts";
import { registerPortfolioUsers } from "./portfolio-users.ts";
import { runJob } from "./run.ts";

/** `vigia portfolio …`: cycles, single analyses, users and their positions. */
export function registerPortfolio(program: Command, handle: Handler): void {
  const portfolio = program.command("portfolio").description("users' portfolios: cycles, analyses, users, positions");
  registerPortfolioRun(portfolio, handle);
  registerPortfolioAsset(portfolio, handle);
  registerPortfolioUsers(portfolio, handle);
}

interface RunOptions {
  user?: string;
  asOf?: string;
  out?: string;
}

function registerPortfolioRun(portfolio: Command, handle: Handler): void {
  portfolio
    .command("run")
    .description("run a cycle now and wait for it; the exit code is its outcome, Ctrl+C cancels it")
    .option("--user <id>", "serve this user only")
    .option(
      "--as-of <date>",
      "use what was known on this date (YYYY-MM-DD); the files become the users' files until the next cycle",
      parseDate,
    )
    .option("--out <folder>", "write the files to <folder>/<user id>/ too")
    .action(({ user, asOf, out }: RunOptions) =>
      handle(async (context) => {
        // An unset variable of a script must not become everybody, or this folder.
        if (user?.trim() === "") throw new VigiaError("bad_usage", "--user is empty.", { hint: "Name a user's id." });
        if (out?.trim() === "") throw new VigiaError("bad_usage", "--out is empty.", { hint: "Name a folder." });
        const params = { ...(user ? { user } : {}), ...(asOf ? { as_of: asOf } : {}) };
        const connection = await context.connect();
        const run = await runJob(context, PORTFOLIO_CYCLE, { params }, connection);
        if (out === undefined || run.status !== "completed") return;
        const { files, users } = await writeUserFiles(connection, out, user);
        context.output.note(`${files} files of ${users} users written to ${out}.`);
      }),
    );
}

interface AssetOptions {
  asOf?: string;
  period: "1mo" | "3mo" | "6mo" | "1y" | "2y";
  interval: Interval;
}

function registerPortfolioAsset(portfolio: Command, handle: Handler): void {
  portfolio
    .command("asset")
    .description("the analysis of one symbol or of a CSV file as the users' files have it, without storing anything")
    .argument("<series>", "symbol, or path of a file with the header date,open,high,low,close,volume[,adjclose]")
    .option("--as-of <date>", "use only bars up to this date (YYYY-MM-DD)", parseDate)
    .addOption(
      new Option("--period <period>", "window that ends with the last bar")
        .choices(["1mo", "3mo", "6mo", "1y", "2y"])
        .default("1y"),
    )
    .addOption(new Option("--interval <interval>", "daily or weekly bars").choices(["1d", "1wk"]).default("1d"))
    .action((series: string, options: AssetOptions) =>
      handle(async (context) => {
        const to = options.asOf === undefined ? {} : { to: options.asOf };
        const entry = analyse(await loadSeries(series, context, { whole: true, ...to }), options, context);
        if (isFailed(entry)) context.exit(EXIT.failure);
        context.output.data(context.globals.json ? JSON.stringify(entry, null, 2) : describeEntry(entry));
      }),
    );
}

function analyse({ symbol, bars }: LoadedSeries, options: AssetOptions, context: CommandContext): AssetEntry {
  const { settings } = readSettings(context.environment, context.globals.envFile);
  const { period, interval } = options;
  const moment = momentOf(options.asOf, createSystemClock(settings.vigiaNow).now());
  const cut = options.asOf ?? bars.date.at(-1);
  const asOf = bars.date.findLast((date) => cut !== undefined && date <= cut) ?? cut ?? "";
  const window = selectWindow(bars, { asOf, period, interval });
  const firstBar = window.date[0];
  return computeAssetEntry({
    symbol,
    bars: window,
    expectedDate: lastTradingDate(moment),
    period,
    interval,
    ...(firstBar === undefined
      ? {}
      : { periodUsed: choosePeriodUsed({ asOf, period, firstBar, sourceFirst: bars.date[0] ?? null }) }),
  });
}

function describeEntry(entry: AssetEntry): string {
  if (isFailed(entry)) return plainText(entry.error);
  const { signals, latest_metrics, data_as_of, bars, period_used, stale } = entry;
  const number = (value: number) => String(Number(value.toPrecision(8)));
  return [
    `${signals.ticker} on ${data_as_of} (${bars} bars, ${period_used}${stale ? ", stale" : ""}): ${signals.recommendation}, priority ${signals.priority}`,
    `Trend ${signals.filters.long_term_trend}, regime ${signals.filters.market_regime}`,
    "",
    ...Object.entries(latest_metrics).map(([name, value]) => `${name.padEnd(16)} ${number(value)}`),
    "",
    ...signals.alerts.map(({ type, priority, description }) => `${priority.padEnd(6)} ${type}: ${description}`),
  ].join("\n");
}
