import { addDays } from "../../src/kit/dates.ts";
import type { PriceProvider } from "../../src/market/provider.ts";
import { rulesFromSymbol } from "../../src/market/symbol.ts";
import { CRYPTO30 } from "../../src/market/universe/crypto30.ts";
import { createYahooProvider } from "../../src/market/yahoo/yahoo-provider.ts";
import { cycleSchedule } from "../../src/systems/portfolio/cycle/schedule.ts";
import { createYahooReplay } from "../../test/support/market.ts";
import { type CycleBench, openCycleBench } from "../../test/systems/portfolio/cycle/cycle-bench.ts";
import { atMost, type Figure, type Row } from "../figure.ts";
import { generateBars } from "../portfolio-world.ts";
import { timeMs } from "../timing.ts";

const DOWNLOAD_MS = 200;
const WORKERS = ["1", "2", "4"] as const;
const SLOW_STOCKS = 60;
const USERS = 20;
const ASSETS_A_USER = 26;
const DAILY_BUDGET = 3_000;

/** What waiting costs: each symbol is downloaded once, whoever holds it. */
export const downloadsRow: Row = {
  name: "downloads",
  about: "portfolio_cycle with slow downloads, and its Yahoo requests in a day",
  async measure(say) {
    const figures: Figure[] = [];
    for (const workers of WORKERS) {
      say(`${workers} workers`);
      figures.push(await measureWorkers(workers));
    }
    say("a day on the Yahoo replay");
    figures.push(await measureDay());
    return figures;
  },
};

const stocks = (count: number) => Array.from({ length: count }, (_, index) => `S${String(index).padStart(3, "0")}`);
const barsOf = (symbol: string, last: string) => generateBars(symbol, rulesFromSymbol(symbol).kind === "crypto", last);

async function giveUsers(bench: CycleBench, symbols: readonly string[]): Promise<void> {
  for (let user = 0; user < USERS; user++)
    await bench.user({
      userId: `00000000-0000-4000-8000-${String(user).padStart(12, "0")}`,
      holds: {
        Principal: Array.from(
          { length: ASSETS_A_USER },
          (_, index) => symbols[(user * 7 + index * 3) % symbols.length]!,
        ),
      },
    });
}

async function measureWorkers(workers: string): Promise<Figure> {
  let downloads = 0;
  const provider: PriceProvider = {
    source: "csv",
    async fetchBars({ symbol, to }) {
      downloads++;
      await Bun.sleep(DOWNLOAD_MS);
      const { timezone, kind } = rulesFromSymbol(symbol);
      const bars = barsOf(symbol, "2024-03-07").filter(({ date }) => date <= to);
      return { bars, currency: "USD", timezone, name: symbol, kind, exchange: null, firstDate: null, warnings: [] };
    },
  };
  await using bench = await openCycleBench({ provider, settings: { MAX_WORKERS: workers } });
  const symbols = stocks(SLOW_STOCKS);
  await bench.universe(symbols);
  await giveUsers(bench, symbols);
  const ms = await timeMs(() => bench.run());
  const perUser = USERS * (ASSETS_A_USER + 10) + SLOW_STOCKS + CRYPTO30.length;
  return {
    what: `${USERS} users, ${downloads} downloads of ${DOWNLOAD_MS} ms, MAX_WORKERS=${workers}`,
    value: ms / 1_000,
    unit: "s",
    beside: {
      what: `each user downloading alone, one after the other (${perUser})`,
      value: (perUser * DOWNLOAD_MS) / 1_000,
    },
    note: "Workers make files; downloads are shared and go four at a time whatever their number.",
  };
}

/** From an empty store on a Thursday's midnight in New York, every slot of the day. */
async function measureDay(): Promise<Figure> {
  let nowMs = Date.parse("2024-03-07T04:59:59Z");
  const replay = createYahooReplay({ now: () => new Date(nowMs) });
  await using bench = await openCycleBench({
    provider: createYahooProvider(),
    http: replay.http,
    now: new Date(nowMs).toISOString(),
  });
  const symbols = stocks(500);
  for (const symbol of [...symbols, ...CRYPTO30, "^GSPC"])
    replay.prices(symbol, barsOf(symbol, addDays("2024-03-08", 1)));
  await bench.universe(symbols);
  await giveUsers(bench, symbols);
  const { next } = cycleSchedule({ intervalMinutes: 15, closedMinutes: 60 });
  let cycles = 0;
  for (
    let slot = next(new Date(nowMs));
    slot && slot.getTime() < Date.parse("2024-03-08T05:00:00Z");
    slot = next(slot)
  ) {
    bench.clock.jump(slot.getTime() - nowMs);
    nowMs = slot.getTime();
    await bench.run();
    cycles++;
  }
  return {
    what: `Yahoo requests in the ${cycles} cycles of a day, 531 symbols, empty store`,
    value: replay.requests.length,
    unit: "requests",
    beside: { what: "SVGA_YAHOO_DAILY_LIMIT", value: DAILY_BUDGET },
    budget: atMost(DAILY_BUDGET),
  };
}
