import { eq } from "drizzle-orm";
import type { Reader, Writer } from "../db/index.ts";
import { type DataSource, instruments } from "../db/schema/market.ts";
import type { IsoDate } from "../kit/dates.ts";
import type { ProviderAnswer } from "./provider.ts";

export type InstrumentRow = typeof instruments.$inferSelect;

/** `reader`: the database, or the transaction that is going to write. */
export async function loadInstrument(
  reader: Pick<Reader, "select">,
  symbol: string,
): Promise<InstrumentRow | undefined> {
  const [row] = await reader.select().from(instruments).where(eq(instruments.symbol, symbol));
  return row;
}

/** Every instrument of `source`, by symbol. */
export async function loadInstruments(
  reader: Pick<Reader, "select">,
  source: DataSource,
): Promise<ReadonlyMap<string, InstrumentRow>> {
  const rows = await reader.select().from(instruments).where(eq(instruments.source, source));
  return new Map(rows.map((row) => [row.symbol, row]));
}

export interface InstrumentFacts extends Pick<ProviderAnswer, "name" | "kind" | "currency" | "exchange" | "timezone"> {
  symbol: string;
  source: DataSource;
  firstBar: IsoDate | null;
  lastBar: IsoDate | null;
}

/** After a good answer: what the source says, and no problem. */
export async function saveInstrument(tx: Writer, facts: InstrumentFacts, checkedAt: Date): Promise<void> {
  const row = { ...facts, state: "active" as const, problem: null, checkedAt: checkedAt.toISOString() };
  await tx.insert(instruments).values(row).onConflictDoUpdate({ target: instruments.symbol, set: row });
}

export interface InstrumentProblem {
  symbol: string;
  source: DataSource;
  state: "unknown" | "error";
  problem: string;
}

/** After a failed one: the problem beside what was known. `source` counts only for a row that is new, as its bars keep theirs. */
export async function saveProblem(tx: Writer, fault: InstrumentProblem, checkedAt: Date): Promise<void> {
  const news = { state: fault.state, problem: fault.problem, checkedAt: checkedAt.toISOString() };
  await tx
    .insert(instruments)
    .values({ symbol: fault.symbol, source: fault.source, ...news })
    .onConflictDoUpdate({ target: instruments.symbol, set: news });
}

export async function deleteInstrument(tx: Writer, symbol: string): Promise<void> {
  await tx.delete(instruments).where(eq(instruments.symbol, symbol));
}
