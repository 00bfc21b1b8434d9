import { z } from "zod";
import { dateInZone, type IsoDate, isTimezone } from "../../kit/dates.ts";
import type { Bar, Interval } from "../bars.ts";
import type { ProviderAnswer } from "../provider.ts";
import { isBarComplete, mondayOf, openSessionDate } from "../session.ts";

/** What a chart answer holds, with every bar that is complete and whole. */
export type YahooChart = ProviderAnswer & { timezone: string };

/** Yahoo's own words for having nothing. */
export interface YahooRefusal {
  code: string;
  description: string;
}

const column = z.array(z.number().nullable()).optional();

/** Only what is read; everything else may change without notice. */
const resultSchema = z.object({
  meta: z.object({
    currency: z.string().nullish(),
    symbol: z.string(),
    exchangeName: z.string().nullish(),
    fullExchangeName: z.string().nullish(),
    instrumentType: z.string().nullish(),
    firstTradeDate: z.number().nullish(),
    exchangeTimezoneName: z.string().refine(isTimezone, "is not a time zone"),
    longName: z.string().nullish(),
    shortName: z.string().nullish(),
    currentTradingPeriod: z.object({ regular: z.object({ start: z.number(), end: z.number() }).optional() }).optional(),
  }),
  timestamp: z.array(z.number()).optional(),
  indicators: z.object({
    quote: z.array(z.object({ open: column, high: column, low: column, close: column, volume: column })),
    adjclose: z.array(z.object({ adjclose: column })).optional(),
  }),
});

const chartSchema = z.object({
  chart: z.object({
    result: z.array(resultSchema).nullish(),
    error: z.object({ code: z.string(), description: z.string().nullish() }).nullish(),
  }),
});

type ChartResult = z.infer<typeof resultSchema>;

/**
 * Reads a chart body. Daily timestamps are session opens, so dates are those of the exchange's zone. Bars with a null,
 * and the session still open at `now` (which comes apart as `openBar`), are left out; a missing adjusted close is the close.
 * Throws `ZodError` when the body has another shape.
 */
export function parseYahooChart(body: unknown, interval: Interval, now: Date): YahooChart | YahooRefusal {
  const { result, error } = chartSchema.parse(body).chart;
  if (error) return { code: error.code, description: (error.description ?? "").slice(0, 200) };
  const [chart] = result ?? [];
  if (!chart) return { code: "Empty", description: "the answer has no result" };
  const { meta } = chart;
  const kind = instrumentKind(meta.instrumentType);
  const timezone = meta.exchangeTimezoneName;
  const whole = wholeBars(chart, interval);
  const openDate = openSession(chart, now);
  const bars = whole.bars.filter(
    ({ date }) => !(interval === "1d" && date === openDate) && isBarComplete(date, { timezone, kind }, now, interval),
  );
  const running = interval === "1d" ? whole.bars.at(-1) : undefined;
  const isRunning = running !== undefined && running.date === openSessionDate({ timezone, kind }, now);
  return {
    bars,
    ...(isRunning ? { openBar: running } : {}),
    currency: meta.currency ?? null,
    timezone,
    name: meta.longName ?? meta.shortName ?? null,
    kind,
    exchange: meta.fullExchangeName ?? meta.exchangeName ?? null,
    firstDate: typeof meta.firstTradeDate === "number" ? dateAt(meta.firstTradeDate, timezone) : null,
    warnings: whole.warnings,
  };
}

/** Bars without nulls and with possible prices, one a date, oldest first; and what was left out. */
function wholeBars(chart: ChartResult, interval: Interval): Pick<YahooChart, "bars" | "warnings"> {
  const { symbol, exchangeTimezoneName: timezone } = chart.meta;
  const byDate = new Map<IsoDate, Bar>();
  const empty: IsoDate[] = [];
  const warnings: string[] = [];
  (chart.timestamp ?? []).forEach((timestamp, index) => {
    const session = dateAt(timestamp, timezone);
    // The running week comes with the time of its last trade.
    const date = interval === "1wk" ? mondayOf(session) : session;
    const bar = barAt(chart, index, date);
    if (bar === undefined) empty.push(date);
    else if (!isPossible(bar)) warnings.push(`${symbol} ${date}: impossible prices; the bar was left out`);
    // Yahoo may repeat the last session with its latest state.
    else byDate.set(date, bar);
  });
  if (empty.length > 0)
    warnings.push(`${symbol}: ${empty.length} bars without prices were left out (first ${empty[0]})`);
  const bars = [...byDate.values()].sort((left, right) => (left.date < right.date ? -1 : 1));
  return { bars, warnings };
}

function barAt({ indicators }: ChartResult, index: number, date: IsoDate): Bar | undefined {
  const quote = indicators.quote[0];
  const adjusted = indicators.adjclose?.[0]?.adjclose;
  const [open, high, low, close, volume] = [quote?.open, quote?.high, quote?.low, quote?.close, quote?.volume].map(
    (values) => values?.[index],
  );
  const adjClose = adjusted ? adjusted[index] : close;
  if (open == null || high == null || low == null || close == null || volume == null || adjClose == null)
    return undefined;
  return { date, open, high, low, close, adjClose, volume };
}

function isPossible({ open, high, low, close, adjClose, volume }: Bar): boolean {
  return Math.min(open, high, low, close, adjClose) > 0 && high >= low && volume >= 0;
}

/** Date of the session that Yahoo says is not over yet. */
function openSession({ meta }: ChartResult, now: Date): IsoDate | undefined {
  const regular = meta.currentTradingPeriod?.regular;
  if (!regular || now.getTime() >= regular.end * 1_000) return undefined;
  return dateAt(regular.start, meta.exchangeTimezoneName);
}

const KINDS: Readonly<Record<string, string>> = { CRYPTOCURRENCY: "crypto", MUTUALFUND: "fund" };

function instrumentKind(instrumentType: string | null | undefined): string | null {
  return instrumentType ? (KINDS[instrumentType] ?? instrumentType.toLowerCase()) : null;
}

function dateAt(unixSeconds: number, timezone: string): IsoDate {
  return dateInZone(new Date(unixSeconds * 1_000), timezone);
}
