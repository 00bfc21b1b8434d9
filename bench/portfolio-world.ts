import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Database, migrateDatabase, openDatabase } from "../src/db/index.ts";
import { createSystemClock } from "../src/kit/clock.ts";
import { addDays, type IsoDate, weekdayOf } from "../src/kit/dates.ts";
import { type Random, seededRandom, seedFromText } from "../src/kit/random.ts";
import type { Bar } from "../src/market/bars.ts";
import { sessionOf } from "../src/market/calendar/nyse.ts";
import { saveAnswer } from "../src/market/save-refresh.ts";
import { rulesFromSymbol } from "../src/market/symbol.ts";
import { CRYPTO30 } from "../src/market/universe/crypto30.ts";
import { importUniverse } from "../src/systems/portfolio/universe-refresh.ts";

/** Half an hour after the close of the last session that is stored. */
export const PORTFOLIO_NOW = "2024-03-08T21:30:00Z";
const FIRST_DAY: IsoDate = "2022-02-25";
const LAST_SESSION: IsoDate = "2024-03-08";
const STOCKS = 500;
const ASSETS_A_USER = 26;

/** Data directories with two generated years of the radar's 530 symbols and its benchmarks. */
export interface PortfolioWorld {
  symbols: readonly string[];
  /** A data directory of its own with so many users of 26 assets each. */
  dirWith(users: number): Promise<string>;
  environment: Record<string, string>;
  [Symbol.dispose](): void;
}

export async function openPortfolioWorld(say: (text: string) => void): Promise<PortfolioWorld> {
  const root = mkdtempSync(join(tmpdir(), "vigia-bench-"));
  const stocks = Array.from({ length: STOCKS }, (_, index) => `S${String(index).padStart(3, "0")}`);
  const symbols = [...stocks, ...CRYPTO30];
  say(`generating two years of ${symbols.length + 1} symbols`);
  const base = join(root, "base");
  await withDatabase(base, async (db) => {
    await migrateDatabase(db, "main");
    for (const symbol of ["^GSPC", ...symbols]) await storeBars(db, symbol);
    const list = ["Symbol,Security", ...stocks.map((symbol) => `${symbol},${symbol}`)].join("\n");
    await importUniverse({ db, clock: createSystemClock(new Date(PORTFOLIO_NOW)) }, list, { asOf: FIRST_DAY });
  });
  return {
    symbols,
    async dirWith(users) {
      const dataDir = join(root, `users-${users}`);
      cpSync(base, dataDir, { recursive: true });
      await withDatabase(dataDir, (db) => insertUsers(db, users, symbols));
      return dataDir;
    },
    // Unset, so that the stored prices serve and nothing is asked.
    environment: { VIGIA_NOW: PORTFOLIO_NOW, LOG_LEVEL: "error" },
    [Symbol.dispose]: () => rmSync(root, { recursive: true, force: true }),
  };
}

export async function withDatabase<Result>(dataDir: string, work: (db: Database) => Promise<Result>): Promise<Result> {
  const path = join(dataDir, "vigia.db");
  const db = await openDatabase({ url: `file:${path}`, path });
  try {
    return await work(db);
  } finally {
    db.close();
  }
}

async function storeBars(db: Database, symbol: string): Promise<void> {
  const rules = rulesFromSymbol(symbol);
  const isCoin = rules.kind === "crypto";
  // The coins' day of the last session is not over yet.
  const bars = generateBars(symbol, isCoin, isCoin ? addDays(LAST_SESSION, -1) : LAST_SESSION);
  const answer = {
    bars,
    currency: "USD",
    timezone: rules.timezone,
    name: symbol,
    kind: rules.kind,
    exchange: null,
    firstDate: bars[0]!.date,
    warnings: [],
  };
  const series = { symbol, interval: "1d" } as const;
  const saved = { series, source: "csv", answer, firstBar: bars[0]!.date, part: "whole" } as const;
  await saveAnswer(db, saved, createSystemClock(new Date(PORTFOLIO_NOW)));
}

/** A seeded walk with daily moves of about 2 %. */
export function generateBars(symbol: string, everyDay: boolean, last: IsoDate): Bar[] {
  const random: Random = seededRandom(seedFromText(symbol));
  const bars: Bar[] = [];
  let close = 20 + 300 * random();
  for (let date = FIRST_DAY; date <= last; date = addDays(date, 1)) {
    if (!everyDay && (weekdayOf(date) % 6 === 0 || !sessionOf(date))) continue;
    const open = close * (1 + 0.01 * (random() - 0.5));
    close = open * (1 + 0.04 * (random() - 0.495));
    const high = Math.max(open, close) * (1 + 0.01 * random());
    const low = Math.min(open, close) * (1 - 0.01 * random());
    bars.push({ date, open, high, low, close, adjClose: close, volume: Math.round(1e6 * (0.5 + random())) });
  }
  return bars;
}

/** Users a transaction. */
const CHUNK = 500;

async function insertUsers(db: Database, count: number, symbols: readonly string[]): Promise<void> {
  const random = seededRandom(count);
  for (let start = 0; start < count; start += CHUNK) {
    const rows = Array.from({ length: Math.min(CHUNK, count - start) }, (_, index) => {
      const id = `00000000-0000-4000-8000-${String(start + index).padStart(12, "0")}`;
      const chosen = new Set<string>();
      while (chosen.size < ASSETS_A_USER) chosen.add(symbols[Math.floor(random() * symbols.length)]!);
      return { id, assets: [...chosen].map((symbol) => [symbol, 1 + Math.floor(random() * 90), 50]) };
    });
    const json = JSON.stringify(rows);
    await db.client.batch(
      [
        {
          sql: `insert into users (user_id, active, source, created_at, updated_at)
                select value ->> 'id', 1, 'local', '${PORTFOLIO_NOW}', '${PORTFOLIO_NOW}' from json_each(?)`,
          args: [json],
        },
        {
          sql: `insert into portfolios (portfolio_id, user_id, portfolio_name, position)
                select value ->> 'id', value ->> 'id', 'Principal', 0 from json_each(?)`,
          args: [json],
        },
        {
          sql: `insert into assets (asset_id, portfolio_id, asset_symbol, quantity, acquisition_price, position)
                select u.value ->> 'id' || '/' || a.key, u.value ->> 'id', a.value ->> 0, a.value ->> 1, a.value ->> 2, a.key
                from json_each(?) u, json_each(u.value -> 'assets') a`,
          args: [json],
        },
      ],
      "write",
    );
  }
}
