import { desc, ne } from "drizzle-orm";
import type { Database } from "../db/index.ts";
import { type DataSource, instruments } from "../db/schema/market.ts";
import type { LoadedSettings, Settings } from "../settings.ts";

/**
 * The settings with the source of prices decided: what `MARKET_DATA` says; unset, the source of the real prices that the
 * data directory already holds, so that a forgotten variable never mixes sample data into a real history; else sample.
 */
export async function settleMarketSource(
  { settings, set }: Pick<LoadedSettings, "settings" | "set">,
  db: Database,
): Promise<Settings> {
  if (set.has("MARKET_DATA")) return settings;
  const stored = await loadRealSource(db);
  return stored ? { ...settings, marketData: stored } : settings;
}

async function loadRealSource(db: Database): Promise<DataSource | undefined> {
  const [newest] = await db.read
    .select({ source: instruments.source })
    .from(instruments)
    .where(ne(instruments.source, "sample"))
    .orderBy(desc(instruments.checkedAt))
    .limit(1);
  return newest?.source;
}
