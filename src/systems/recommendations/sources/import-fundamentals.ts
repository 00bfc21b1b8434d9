import { isIsoDate } from "../../../kit/dates.ts";
import { IMPORT_SOURCE, type Snapshot, type SnapshotStore } from "../../../market/snapshot-store.ts";
import type { FundamentalFacts, Ratios } from "../facts.ts";
import { type CsvRow, type CsvTable, requireColumns } from "./csv-table.ts";
import { fundamentalsKey } from "./fundamentals.ts";
import { readNumber } from "./reading.ts";

/** Column of each ratio; returns and margins are fractions. */
const RATIO_COLUMNS: Record<keyof Ratios, string> = {
  roe: "roe",
  roa: "roa",
  debtToEquity: "debt_to_equity",
  currentRatio: "current_ratio",
  quickRatio: "quick_ratio",
  peRatio: "pe_ratio",
  pbRatio: "pb_ratio",
  grossMargin: "gross_margin",
  operatingMargin: "operating_margin",
  netMargin: "net_margin",
};
const REQUIRED = ["ticker", "as_of"];
const OPTIONAL = [
  "period_end",
  "currency",
  ...Object.values(RATIO_COLUMNS),
  "equity_not_positive",
  "company_name",
  "sector",
  "market_cap",
];
/** A return or margin beyond this was written in percent. */
const LARGEST_FRACTION: Partial<Record<keyof Ratios, number>> = {
  roe: 5,
  roa: 2,
  grossMargin: 1,
  operatingMargin: 5,
  netMargin: 5,
};
const TICKER = /^[A-Z0-9.-]{1,10}$/;

export interface ImportTarget {
  store: SnapshotStore;
  fetchedAt: string;
}

export interface ImportOutcome {
  stored: number;
  subjects: string[];
  problems: string[];
}

/**
 * Header `ticker,as_of` and any of `period_end,currency,roe,roa,debt_to_equity,current_ratio,quick_ratio,pe_ratio,pb_ratio,
 * gross_margin,operating_margin,net_margin,equity_not_positive,company_name,sector,market_cap`. `as_of` is the day on which
 * the figures were known.
 */
export async function importFundamentals(table: CsvTable, { store, fetchedAt }: ImportTarget): Promise<ImportOutcome> {
  requireColumns(table, REQUIRED, OPTIONAL);
  const snapshots: Snapshot[] = [];
  const problems: string[] = [];
  for (const row of table.rows) {
    const read = readRow(row);
    if ("problem" in read) problems.push(`${table.file} line ${row.line}: ${read.problem}`);
    else snapshots.push({ ...read, source: IMPORT_SOURCE, fetchedAt });
  }
  await store.save(snapshots);
  const subjects = [...new Set(snapshots.map(({ key }) => key.slice(key.indexOf(":") + 1)))];
  return { stored: snapshots.length, subjects, problems };
}

type Reading = Pick<Snapshot, "key" | "asOf" | "payload"> | { problem: string };

function readRow({ cells }: CsvRow): Reading {
  const ticker = cells.ticker?.toUpperCase() ?? "";
  if (!TICKER.test(ticker)) return { problem: "ticker is missing or is none (A-Z, 0-9, dot, hyphen; at most 10)" };
  for (const column of ["as_of", "period_end"]) {
    const text = cells[column];
    if (column === "as_of" ? !text || !isIsoDate(text) : text && !isIsoDate(text))
      return { problem: `${column} ${JSON.stringify(text ?? "")} is not a date like 2026-03-31` };
  }
  if (cells.period_end && cells.period_end > cells.as_of!) return { problem: "period_end is later than as_of" };
  const ratios = readRatios(cells);
  if ("problem" in ratios) return ratios;
  const marketCap = cells.market_cap === undefined ? null : readNumber(cells.market_cap);
  if (cells.market_cap !== undefined && marketCap === null) return { problem: "market_cap is not a number" };
  const payload: FundamentalFacts = {
    ratios,
    equityNotPositive: /^(true|1|yes)$/i.test(cells.equity_not_positive ?? ""),
    periodEnd: cells.period_end ?? null,
    currency: cells.currency?.toUpperCase() ?? null,
    companyName: cells.company_name ?? null,
    sector: cells.sector ?? null,
    marketCap,
  };
  return { key: fundamentalsKey(ticker), asOf: cells.as_of!, payload };
}

function readRatios(cells: Record<string, string>): Ratios | { problem: string } {
  const ratios: Partial<Ratios> = {};
  for (const [ratio, column] of Object.entries(RATIO_COLUMNS) as [keyof Ratios, string][]) {
    const text = cells[column];
    const value = text === undefined ? null : readNumber(text);
    if (text !== undefined && value === null) return { problem: `${column} ${JSON.stringify(text)} is not a number` };
    const largest = LARGEST_FRACTION[ratio];
    if (value !== null && largest !== undefined && Math.abs(value) > largest)
      return { problem: `${column} ${text} looks like percent; write a fraction (0.18 for 18 %)` };
    ratios[ratio] = value;
  }
  if (Object.values(ratios).every((value) => value === null)) return { problem: "has no ratio at all" };
  return ratios as Ratios;
}
