import { addDays, daysBetween, type IsoDate, utcDate } from "../../../kit/dates.ts";
import type { FundamentalFacts, Ratios } from "../facts.ts";
import { type JsonObject, objectsOf, readDate, readNumber, readText } from "./reading.ts";

/** A yearly report counts from this many days after its period end: its filing date is not in the answers. */
export const ANNUAL_FILING_DAYS = 120;

/** A period that ended longer ago says nothing of the company of today. */
export const MAX_PERIOD_DAYS = 3 * 366;

/** FMP's names of a ratio: stable first, then v3. Returns and margins are fractions in both. */
const NAMES: Record<keyof Ratios, readonly string[]> = {
  roe: ["returnOnEquity"],
  roa: ["returnOnAssets"],
  debtToEquity: ["debtToEquityRatio", "debtEquityRatio"],
  currentRatio: ["currentRatio"],
  quickRatio: ["quickRatio"],
  peRatio: ["priceToEarningsRatio", "priceEarningsRatio"],
  pbRatio: ["priceToBookRatio", "priceBookValueRatio"],
  grossMargin: ["grossProfitMargin"],
  operatingMargin: ["operatingProfitMargin"],
  netMargin: ["netProfitMargin"],
};

/** Fields that are below zero (or, for the last one, not above it) only when equity is. */
const EQUITY_SIGNS = ["companyEquityMultiplier", "financialLeverageRatio", "shareholdersEquityPerShare"];

export interface CompanyProfile {
  companyName: string | null;
  sector: string | null;
  marketCap: number | null;
}

/** Bodies as FMP sent them; undefined for a call that was not made or failed. */
export interface FmpBodies {
  ratios: unknown;
  /** Stable only: it holds ROE and ROA there. */
  keyMetrics?: unknown;
}

/**
 * The newest fiscal year that was filed by `asOf`, read from one period end only: a key-metrics row of another date is
 * not mixed in. Null when there is none. P/E and P/B need `reportedCurrency` to equal the price's currency.
 */
export function readFmpFundamentals(
  bodies: FmpBodies,
  { asOf, priceCurrency }: { asOf: IsoDate; priceCurrency: string | null },
): Pick<FundamentalFacts, "ratios" | "equityNotPositive" | "periodEnd" | "currency"> | null {
  const ratiosRow = newestFiled(objectsOf(bodies.ratios), asOf);
  if (!ratiosRow) return null;
  const periodEnd = readDate(ratiosRow.date);
  const metricsRow = objectsOf(bodies.keyMetrics).find((row) => readDate(row.date) === periodEnd) ?? {};
  const row: JsonObject = { ...metricsRow, ...ratiosRow };
  const ratios = Object.fromEntries(
    Object.entries(NAMES).map(([ratio, names]) => [ratio, firstNumber(row, names)]),
  ) as unknown as Ratios;
  const currency = readText(row.reportedCurrency);
  if (!currency || currency !== priceCurrency) {
    ratios.peRatio = null;
    ratios.pbRatio = null;
  }
  return { ratios, equityNotPositive: equityNotPositive(row), periodEnd, currency };
}

function newestFiled(rows: JsonObject[], asOf: IsoDate): JsonObject | undefined {
  return rows
    .flatMap((row) => {
      const date = readDate(row.date);
      const knownOn = readDate(row.filingDate ?? row.fillingDate) ?? (date && addDays(date, ANNUAL_FILING_DAYS));
      return date && knownOn && knownOn <= asOf && daysBetween(date, asOf) <= MAX_PERIOD_DAYS ? [{ date, row }] : [];
    })
    .sort((a, b) => (a.date < b.date ? 1 : -1))[0]?.row;
}

function firstNumber(row: JsonObject, names: readonly string[]): number | null {
  for (const name of names) {
    const number = readNumber(row[name]);
    if (number !== null) return number;
  }
  return null;
}

function equityNotPositive(row: JsonObject): boolean {
  const signs = [...NAMES.debtToEquity, ...NAMES.pbRatio, ...EQUITY_SIGNS].map((name) => readNumber(row[name]));
  return signs.some((value) => value !== null && value < 0) || readNumber(row.shareholdersEquityPerShare) === 0;
}

/** Either version's profile; market value only for an analysis of today, because FMP gives today's. */
export function readFmpProfile(body: unknown, asOf: IsoDate, now: Date): CompanyProfile | null {
  const row = objectsOf(body)[0];
  if (!row) return null;
  const current = daysBetween(asOf, utcDate(now)) <= 1;
  return {
    companyName: readText(row.companyName),
    sector: readText(row.sector),
    marketCap: current ? readNumber(row.marketCap ?? row.mktCap) : null,
  };
}
