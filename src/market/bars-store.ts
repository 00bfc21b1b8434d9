import { and, desc, eq, gte, sql } from "drizzle-orm";
import { type Database, placeholders, statement, type Writer } from "../db/index.ts";
import { bars as barsTable, type DataSource } from "../db/schema/market.ts";
import type { IsoDate } from "../kit/dates.ts";
import type { Bar, Bars, Interval } from "./bars.ts";

export interface Series {
  symbol: string;
  interval: Interval;
}

/** SQLite takes 32,766 variables a statement; a bar has nine. */
const ROWS_A_STATEMENT = 500;

/**
 * Bars of a series that came from `source`, oldest first. Straight through the driver: this is the hot path of every
 * analysis, and drizzle's mapping costs three times the query.
 */
export async function loadBars(
  { client }: Database,
  { symbol, interval }: Series,
  source: DataSource,
  { from = "", to = "9999-12-31" }: { from?: IsoDate; to?: IsoDate } = {},
): Promise<Bars> {
  const { rows } = await client.execute({
    sql: `select date, open, high, low, close, adj_close, volume from bars
          where symbol = ?1 and interval = ?2 and date between ?3 and ?4
          and exists (select 1 from instruments where symbol = ?1 and source = ?5)
          order by date`,
    args: [symbol, interval, from, to, source],
  });
  const column = (position: number) => Float64Array.from(rows, (row) => row[position] as number);
  return {
    length: rows.length,
    date: rows.map((row) => row[0] as IsoDate),
    open: column(1),
    high: column(2),
    low: column(3),
    close: column(4),
    adjClose: column(5),
    volume: column(6),
  };
}

export interface StoredRange {
  first: IsoDate;
  last: IsoDate;
  count: number;
}

export async function loadRange({ read }: Database, series: Series): Promise<StoredRange | undefined> {
  const [range] = await read
    .select({
      first: sql<IsoDate | null>`min(${barsTable.date})`,
      last: sql<IsoDate | null>`max(${barsTable.date})`,
      count: sql<number>`count(*)`,
    })
    .from(barsTable)
    .where(ofSeries(series));
  return range?.first && range.last ? { first: range.first, last: range.last, count: range.count } : undefined;
}

/** The newest `count` bars, oldest first. */
export async function loadNewestBars({ read }: Database, series: Series, count: number): Promise<Bar[]> {
  const rows = await read.select().from(barsTable).where(ofSeries(series)).orderBy(desc(barsTable.date)).limit(count);
  return rows.reverse();
}

/** All stored bars of the series become `bars`. */
export async function replaceBars(tx: Writer, series: Series, bars: readonly Bar[]): Promise<void> {
  await tx.delete(barsTable).where(ofSeries(series));
  await insertBars(tx, series, bars);
}

/** Stored bars from the first of `bars` on become `bars`. */
export async function replaceTail(tx: Writer, series: Series, bars: readonly Bar[]): Promise<void> {
  const [first] = bars;
  if (!first) return;
  await tx.delete(barsTable).where(and(ofSeries(series), gte(barsTable.date, first.date)));
  await insertBars(tx, series, bars);
}

/** Bars of another source are of no use to this one, whatever their interval. */
export async function deleteAllBars(tx: Writer, symbol: string): Promise<void> {
  await tx.delete(barsTable).where(eq(barsTable.symbol, symbol));
}

async function insertBars(tx: Writer, series: Series, bars: readonly Bar[]): Promise<void> {
  for (let start = 0; start < bars.length; start += ROWS_A_STATEMENT)
    await tx.run(insertStatement(series, bars.slice(start, start + ROWS_A_STATEMENT)));
}

function insertStatement({ symbol, interval }: Series, bars: readonly Bar[]) {
  return statement(
    `insert into bars (symbol, interval, date, open, high, low, close, adj_close, volume)
     values ${placeholders(bars.length, 9)}`,
    bars.flatMap(({ date, open, high, low, close, adjClose, volume }) => [
      symbol,
      interval,
      date,
      open,
      high,
      low,
      close,
      adjClose,
      volume,
    ]),
  );
}

function ofSeries({ symbol, interval }: Series) {
  return and(eq(barsTable.symbol, symbol), eq(barsTable.interval, interval));
}
