import { lastBars, toBars } from "../../src/market/bars.ts";
import { boot } from "../../test/support/boot.ts";
import { atMost, type Figure, type Row } from "../figure.ts";
import type { CycleFigures } from "../portfolio-cycle.ts";
import { generateBars, openPortfolioWorld, type PortfolioWorld } from "../portfolio-world.ts";
import { computeWithSecondLibrary } from "../second-library.ts";
import { median, timeMs } from "../timing.ts";

const REPETITIONS = 5;
const ASSETS_A_USER = 26;
const BUDGET_MS = 1_000;
const BUDGET_MB = 200;
/** Users of the further runs, each in a process of its own. */
const SCALE = [500, 5_000, 10_000];
const BUDGET_10_000_S = 60;

/** The shipped job through the real runtime, in a process of its own: 530 radar symbols, 26 assets a user, stored bars. */
export const cycleRow: Row = {
  name: "cycle",
  about: "portfolio_cycle of 50 to 10,000 users on stored bars",
  async measure(say) {
    using world = await openPortfolioWorld(say);
    const fifty = await runCycles(world, 50, REPETITIONS);
    const figures: Figure[] = [
      {
        what: "cycle of 50 users, every file written anew",
        value: median(fifty.againMs),
        best: Math.min(...fifty.againMs),
        unit: "ms",
        beside: {
          what: "technicalindicators, indicators of each user's 26 assets alone",
          value: await timeMs(() => computePerUser(world.symbols)),
        },
        budget: atMost(BUDGET_MS),
        note: "After the first one of the process, which also reads all bars from disk.",
      },
      { what: "the same, first cycle of a process", value: fifty.firstMs, unit: "ms" },
      { what: "the same, nothing changed", value: fifty.unchangedMs, unit: "ms" },
      { what: "largest resident size, 50 users", value: fifty.peakMb, unit: "MB", budget: atMost(BUDGET_MB) },
    ];
    for (const users of SCALE) {
      say(`${users} users`);
      const { firstMs, peakMb } = await runCycles(world, users, 0);
      const budget = users === SCALE.at(-1) ? { budget: atMost(BUDGET_10_000_S) } : {};
      figures.push(
        {
          what: `first cycle of ${users.toLocaleString("en-US")} users`,
          value: firstMs / 1_000,
          unit: "s",
          beside: { what: "50 users, first cycle", value: fifty.firstMs / 1_000 },
          ...budget,
        },
        { what: "its largest resident size", value: peakMb, unit: "MB", budget: atMost(BUDGET_MB) },
      );
    }
    return figures;
  },
};

async function runCycles(world: PortfolioWorld, users: number, repetitions: number): Promise<CycleFigures> {
  const dataDir = await world.dirWith(users);
  const child = boot({
    dataDir,
    environment: world.environment,
    script: "bench/portfolio-cycle.ts",
    args: [String(repetitions)],
  });
  const code = await child.exited;
  const figures = /\{"firstMs".*\}/.exec(child.output());
  if (code !== 0 || !figures) throw new Error(`the cycles ended with ${code}:\n${child.output().slice(-2_000)}`);
  return JSON.parse(figures[0]) as CycleFigures;
}

/** What the replaced system did for each user anew, without its downloads, signals and files. */
function computePerUser(symbols: readonly string[]): void {
  const [symbol] = symbols;
  const { close } = lastBars(toBars(generateBars(symbol!, false, "2024-03-08")), 253);
  const closes = Array.from(close);
  for (let asset = 0; asset < 50 * ASSETS_A_USER; asset++) computeWithSecondLibrary(closes);
}
