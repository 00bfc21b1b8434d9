import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { sql } from "drizzle-orm";
import { openDatabase } from "../src/db/index.ts";
import { type House, openHouse } from "../src/house/index.ts";
import { readPrices } from "../src/house/prices.ts";
import { silentLogger } from "../src/kit/log.ts";
import type { Bars } from "../src/market/bars.ts";
import { loadSettings } from "../src/settings.ts";

const PRICES = resolve(import.meta.dir, "../../shared/data/prices");
/** After the last session of the price files; the clock of every measured process starts here. */
const NOW = "2024-03-08T23:00:00Z";
/** Fifteen tickers in both worlds: the fourteen ADRs with files and their benchmark, or fifteen of the sample market. */
const FILE_TICKERS = "YPF GGAL PAM TEO TGS CEPU BMA SUPV CRESY LOMA VIST MELI GLOB DESP SPY";
const SAMPLE_TICKERS = "YPF GGAL PAM TEO TGS CEPU BMA SUPV CRESY LOMA IRS VIST MELI GLOB EDN";
const ADMIN_TOKEN = "bench-only-operator-token-000000000000";

export type Source = "csv" | "sample";

/** A place to measure in: settings, prices and data directories that go away with it. */
export interface World {
  source: Source;
  tickers: readonly string[];
  environment: Record<string, string>;
  adminToken: string;
  /** Path of a data directory that does not exist yet. */
  emptyDir(): string;
  [Symbol.dispose](): void;
}

/** Whether the recorded prices lie beside the checkout. */
export const hasPriceFiles = existsSync(join(PRICES, "adr"));

export function openWorld(source: Source = hasPriceFiles ? "csv" : "sample"): World {
  const root = mkdtempSync(join(tmpdir(), "vigia-bench-"));
  const tickers = source === "csv" ? FILE_TICKERS : SAMPLE_TICKERS;
  let dirs = 0;
  return {
    source,
    tickers: tickers.split(" "),
    environment: {
      VIGIA_NOW: NOW,
      VIGIA_ADMIN_TOKEN: ADMIN_TOKEN,
      RECOMMENDATION_TICKERS: tickers.replaceAll(" ", ","),
      MARKET_DATA: source,
      ...(source === "csv" ? { MARKET_DATA_DIR: copyPriceFiles(root) } : {}),
    },
    adminToken: ADMIN_TOKEN,
    emptyDir: () => join(root, `data-${++dirs}`),
    [Symbol.dispose]: () => rmSync(root, { recursive: true, force: true }),
  };
}

/** The house of a data directory in this process, silent and without its scheduler. */
export function openQuietHouse({ environment }: World, dataDir: string): Promise<House> {
  return openHouse(loadSettings({ ...environment, VIGIA_DATA_DIR: dataDir }), { log: silentLogger });
}

/** One run of the day to its end; throws unless every ticker was written. */
export async function runDay({ jobs }: House, tickers: number): Promise<void> {
  const { id } = await jobs.runNow("daily_analysis");
  const run = await jobs.waitForRun(id);
  if (run.outcome !== "ok" || run.tickers_processed !== tickers)
    throw new Error(`daily_analysis ended ${run.outcome} with ${run.tickers_processed} of ${tickers} tickers`);
}

/** A data directory whose day has been rated, with the same rows and details for each of `days - 1` days before. */
export async function prepareDataDir(world: World, { days = 1 }: { days?: number } = {}): Promise<string> {
  const dataDir = world.emptyDir();
  const house = await openQuietHouse(world, dataDir);
  try {
    await runDay(house, world.tickers.length);
  } finally {
    await house.close();
  }
  if (days > 1) await copyDayBack(dataDir, days - 1);
  return dataDir;
}

async function copyDayBack(dataDir: string, days: number): Promise<void> {
  const path = join(dataDir, "vigia.db");
  const db = await openDatabase({ url: `file:${path}`, path });
  const daysBack = sql`with recursive back (n) as (select 1 union all select n + 1 from back where n < ${days})`;
  const columns = await columnsOf("daily_recommendations", ["id", "analysis_date", "bar_date"]);
  const detailColumns = await columnsOf("analysis_details", ["id", "recommendation_id"]);
  await db.write(async (tx) => {
    await tx.run(sql`${daysBack}
      insert into daily_recommendations (analysis_date, bar_date, ${columns})
      select date(analysis_date, '-' || n || ' days'), date(bar_date, '-' || n || ' days'), ${columns}
      from daily_recommendations, back`);
    await tx.run(sql`insert into analysis_details (recommendation_id, ${detailColumns})
      select copy.id, ${detailColumns} from analysis_details
      join (select id as original_id, ticker from daily_recommendations) original
        on original.original_id = recommendation_id
      join (select id, ticker as copied, analysis_date as day from daily_recommendations) copy
        on copy.copied = original.ticker and copy.id <> original.original_id`);
  });
  db.close();

  async function columnsOf(table: string, without: readonly string[]) {
    const { rows } = await db.client.execute(`select name from pragma_table_info('${table}')`);
    const names = rows.map(({ name }) => String(name)).filter((name) => !without.includes(name));
    return sql.raw(names.map((name) => `"${name}"`).join(", "));
  }
}

/** The prices that the day's analysis of each ticker sees. */
export async function loadSeries(world: World): Promise<Bars[]> {
  const loaded = loadSettings(world.environment);
  const request = { loaded, dataDir: world.emptyDir(), now: new Date(NOW), signal: new AbortController().signal };
  return Promise.all(world.tickers.map(async (symbol) => (await readPrices({ ...request, symbol })).bars));
}

function copyPriceFiles(root: string): string {
  const folder = join(root, "prices");
  mkdirSync(folder);
  for (const name of readdirSync(join(PRICES, "adr"))) copyFileSync(join(PRICES, "adr", name), join(folder, name));
  copyFileSync(join(PRICES, "benchmark/SPY.csv"), join(folder, "SPY.csv"));
  return folder;
}
