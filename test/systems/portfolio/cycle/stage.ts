import { type CycleBench, type CycleBenchOptions, openCycleBench } from "./cycle-bench.ts";
import { walk } from "./price-table.ts";

export const FRIDAY = "2024-03-08";
export const MONDAY = "2024-03-11";
/** After Monday's close. */
export const MONDAY_EVENING = "2024-03-11T20:30:00.000Z";
export const USER_1 = "aaaaaaaa-0000-4000-8000-000000000000";
export const USER_2 = "bbbbbbbb-0000-4000-8000-000000000000";
export const USER_3 = "cccccccc-0000-4000-8000-000000000000";

/** Members of the small market, its benchmarks not among them. */
export const STOCKS = ["AAA", "BBB", "CCC", "DDD", "EEE"];
const COINS = ["BTC-USD", "ETH-USD"];

/** A bench with a small market: five stocks, two coins and both benchmarks, two years of prices up to Friday. */
export async function openStage(options: CycleBenchOptions = {}, until = FRIDAY): Promise<CycleBench> {
  const bench = await openCycleBench(options);
  await bench.universe(STOCKS);
  for (const [index, symbol] of STOCKS.entries()) bench.table.give(symbol, walk(index + 1, { until, count: 520 }));
  // A walk that goes nowhere: the radar of such a market finds the most.
  bench.table.give("^GSPC", walk(10, { until, count: 520 }));
  for (const [index, symbol] of COINS.entries())
    bench.table.give(symbol, walk(index + 50, { until, count: 760, allWeek: true }));
  return bench;
}

/** Moves the bench's clock to an instant ahead. */
export function moveTo({ clock }: CycleBench, instant: string): void {
  clock.jump(Date.parse(instant) - clock.now().getTime());
}

/** What counts of the stored files: names, contents, revision, and when and by which run they were made. */
export async function snapshot(bench: CycleBench, userId: string): Promise<unknown[]> {
  return bench.sql("select * from portfolio_files where user_id = ? order by name", userId);
}
