import { asc } from "drizzle-orm";
import type { Database } from "../../db/index.ts";
import { recTickers } from "../../db/schema/recommendations.ts";
import type { IsoDate } from "../../kit/dates.ts";
import { DEFAULT_TICKERS } from "./default-tickers.ts";
import type { Ticker } from "./facts.ts";

/**
 * Adds the default tickers and those of `RECOMMENDATION_TICKERS` that the table does not have. Rows that are there stay
 * as the operator made them. A ticker that only the setting names is added switched off, so that it is rated while the
 * setting names it and not longer.
 */
export async function ensureTickers(db: Database, override: readonly string[] = []): Promise<void> {
  await db.write(async (tx) => {
    const known = new Set((await tx.select({ ticker: recTickers.ticker }).from(recTickers)).map((row) => row.ticker));
    const rows = [...DEFAULT_TICKERS.map(fromDefault), ...override.map(fromName)];
    for (const row of rows) {
      if (known.has(row.ticker)) continue;
      known.add(row.ticker);
      await tx.insert(recTickers).values({ ...row, position: known.size });
    }
  });
}

/**
 * Tickers that are rated at all, in the order of the list: those switched on, or those that `override` names, whatever
 * their dates.
 */
export async function loadAllTickers(db: Database, override: readonly string[] = []): Promise<Ticker[]> {
  const rows = await db.read.select().from(recTickers).orderBy(asc(recTickers.position), asc(recTickers.ticker));
  const wanted = new Set(override);
  return rows.filter((row) => (wanted.size > 0 ? wanted.has(row.ticker) : row.active));
}

/** Of those, the ones whose dates allow `date`. */
export async function loadTickersOn(db: Database, date: IsoDate, override: readonly string[] = []): Promise<Ticker[]> {
  return (await loadAllTickers(db, override)).filter((row) => isValidOn(row, date));
}

export function isValidOn(ticker: Pick<Ticker, "validFrom" | "validTo">, date: IsoDate): boolean {
  return (ticker.validFrom ?? date) <= date && date <= (ticker.validTo ?? date);
}

type NewTicker = Omit<Ticker, "position">;

function fromDefault(seed: (typeof DEFAULT_TICKERS)[number]): NewTicker {
  return {
    ...seed,
    aliases: [...seed.aliases],
    quoteSymbol: seed.ticker,
    quoteCurrency: "USD",
    active: true,
    validFrom: seed.validFrom ?? null,
    validTo: seed.validTo ?? null,
  };
}

function fromName(ticker: string): NewTicker {
  return {
    ticker,
    companyName: ticker,
    sector: "Unknown",
    kind: "corporate",
    quoteSymbol: ticker,
    quoteCurrency: "USD",
    aliases: [ticker],
    newsQuery: null,
    active: false,
    validFrom: null,
    validTo: null,
  };
}
