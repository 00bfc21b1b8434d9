import { addDays, daysBetween, type IsoDate } from "../../../kit/dates.ts";
import type { FundamentalFacts, Ratios } from "../facts.ts";
import { ANNUAL_FILING_DAYS, MAX_PERIOD_DAYS } from "./fmp-reader.ts";
import { isObject, objectsOf, readDate, readNumber, readText } from "./reading.ts";

/** A quarterly report counts from this many days after its period end. */
const QUARTERLY_FILING_DAYS = 75;

/** Statement lines that are asked for, without the prefix `annual` or `quarterly`. */
export const STATEMENT_LINES = [
  "NetIncome",
  "StockholdersEquity",
  "TotalAssets",
  "TotalDebt",
  "CurrentAssets",
  "CurrentLiabilities",
  "Inventory",
  "GrossProfit",
  "OperatingIncome",
  "TotalRevenue",
  "DilutedEPS",
] as const;

type Line = (typeof STATEMENT_LINES)[number];

interface Amount {
  value: number;
  currency: string | null;
}

/** What was reported for one period end. */
interface Statement {
  periodEnd: IsoDate;
  annual: boolean;
  lines: Map<Line, Amount>;
}

export interface StatementReading {
  facts: Pick<FundamentalFacts, "ratios" | "equityNotPositive" | "periodEnd" | "currency">;
  /** The amounts used, by line. */
  raw: Record<string, unknown>;
}

/**
 * Ratios from Yahoo's `timeseries`, all of one period end: Argentine statements are restated for inflation, so two dates
 * are never divided. The newest year filed by `asOf` wins; a quarter (debt, liquidity and margins only: its profit is not
 * a year's) steps in when no year has two of the three main ratios. Null when neither has any.
 */
export function readYahooStatements(
  body: unknown,
  options: { asOf: IsoDate; priceCurrency: string | null; price?: number | null },
): StatementReading | null {
  const readings = readStatements(body)
    .filter(({ periodEnd, annual }) => addDays(periodEnd, filingDays(annual)) <= options.asOf)
    .filter(({ periodEnd }) => daysBetween(periodEnd, options.asOf) <= MAX_PERIOD_DAYS)
    .sort((a, b) => Number(b.annual) - Number(a.annual) || (a.periodEnd < b.periodEnd ? 1 : -1))
    .map((statement) => computeReading(statement, options));
  return readings.find(({ facts }) => mainRatios(facts.ratios) >= 2) ?? readings.find(hasRatio) ?? null;
}

const filingDays = (annual: boolean) => (annual ? ANNUAL_FILING_DAYS : QUARTERLY_FILING_DAYS);

const mainRatios = ({ roe, debtToEquity, currentRatio }: Ratios) =>
  [roe, debtToEquity, currentRatio].filter((ratio) => ratio !== null).length;

const hasRatio = ({ facts }: StatementReading) => Object.values(facts.ratios).some((ratio) => ratio !== null);

function readStatements(body: unknown): Statement[] {
  const statements = new Map<string, Statement>();
  const series = isObject(body) && isObject(body.timeseries) ? objectsOf(body.timeseries.result) : [];
  for (const one of series) {
    for (const [name, values] of Object.entries(one)) {
      const [, prefix, suffix] = /^(annual|quarterly)(\w+)$/.exec(name) ?? [];
      const line = STATEMENT_LINES.find((known) => known === suffix);
      if (!prefix || !line) continue;
      for (const entry of objectsOf(values)) addAmount(statements, prefix === "annual", line, entry);
    }
  }
  return [...statements.values()];
}

function addAmount(statements: Map<string, Statement>, annual: boolean, line: Line, entry: Record<string, unknown>) {
  const periodEnd = readDate(entry.asOfDate);
  const value = readNumber(isObject(entry.reportedValue) ? entry.reportedValue.raw : null);
  if (!periodEnd || value === null) return;
  const key = `${annual} ${periodEnd}`;
  const statement = statements.get(key) ?? { periodEnd, annual, lines: new Map() };
  statement.lines.set(line, { value, currency: readText(entry.currencyCode) });
  statements.set(key, statement);
}

function computeReading(
  { periodEnd, annual, lines }: Statement,
  { priceCurrency, price }: { priceCurrency: string | null; price?: number | null },
): StatementReading {
  const equity = lines.get("StockholdersEquity");
  const quick = subtract(lines.get("CurrentAssets"), lines.get("Inventory"));
  const earnings = lines.get("DilutedEPS");
  const ofYear = (line: Line) => (annual ? lines.get(line) : undefined);
  const comparable = earnings?.currency != null && earnings.currency === priceCurrency;
  const ratios: Ratios = {
    roe: divide(ofYear("NetIncome"), equity),
    roa: divide(ofYear("NetIncome"), lines.get("TotalAssets")),
    debtToEquity: divide(lines.get("TotalDebt"), equity),
    currentRatio: divide(lines.get("CurrentAssets"), lines.get("CurrentLiabilities")),
    quickRatio: divide(quick, lines.get("CurrentLiabilities")),
    peRatio: annual && comparable && price && earnings.value !== 0 ? price / earnings.value : null,
    // Needs the number of shares behind one ADR, which the source does not give.
    pbRatio: null,
    grossMargin: divide(lines.get("GrossProfit"), lines.get("TotalRevenue")),
    operatingMargin: divide(lines.get("OperatingIncome"), lines.get("TotalRevenue")),
    netMargin: divide(lines.get("NetIncome"), lines.get("TotalRevenue")),
  };
  const currency = (equity ?? lines.values().next().value)?.currency ?? null;
  return {
    facts: { ratios, equityNotPositive: equity !== undefined && equity.value <= 0, periodEnd, currency },
    raw: { period_end: periodEnd, period: annual ? "annual" : "quarterly", ...Object.fromEntries(lines) },
  };
}

/** Null unless both are there, in one currency, and the divisor is not zero. */
function divide(numerator: Amount | undefined, denominator: Amount | undefined): number | null {
  if (!numerator || !denominator || denominator.value === 0) return null;
  return numerator.currency === denominator.currency ? numerator.value / denominator.value : null;
}

function subtract(from: Amount | undefined, taken: Amount | undefined): Amount | undefined {
  if (!from || !taken || from.currency !== taken.currency) return undefined;
  return { value: from.value - taken.value, currency: from.currency };
}
