import { atMost, type Figure, type Row } from "../figure.ts";
import { computeWithSecondLibrary } from "../second-library.ts";
import { compareMs } from "../timing.ts";
import { hasPriceFiles, loadSeries, openQuietHouse, openWorld, runDay, type Source } from "../world.ts";

const BUDGET_MS = 100;
const RUNS = 15;

/** The real job through the real runtime: run row, progress, log lines, a transaction for each ticker. */
export const dailyRow: Row = {
  name: "daily",
  about: "daily_analysis of 15 tickers whose bars are stored",
  async measure(say) {
    if (!hasPriceFiles) say("no ../shared/data/prices, so only the sample market is measured");
    const figures: Figure[] = [];
    for (const source of hasPriceFiles ? (["csv", "sample"] as const) : (["sample"] as const))
      figures.push(await measureDay(source));
    return figures;
  },
};

const WHAT: Record<Source, string> = {
  csv: "real prices (csv); without fundamentals, macro and news",
  sample: "sample market; all four analyses",
};

async function measureDay(source: Source): Promise<Figure> {
  using world = openWorld(source);
  const series = (await loadSeries(world)).map(({ adjClose }) => Array.from(adjClose));
  const house = await openQuietHouse(world, world.emptyDir());
  try {
    await runDay(house, world.tickers.length);
    const { oursMs, bestMs, theirsMs } = await compareMs(
      () => runDay(house, world.tickers.length),
      () => series.map(computeWithSecondLibrary),
      { rounds: RUNS, warmUp: 3 },
    );
    return {
      what: `daily_analysis, ${world.tickers.length} tickers, ${WHAT[source]}`,
      value: oursMs,
      best: bestMs,
      unit: "ms",
      beside: { what: "technicalindicators, indicators only", value: theirsMs },
      budget: atMost(BUDGET_MS),
      note: "A second run of the same date: bars are stored, rows and details are replaced. Beside it stands only the computing, without reading or storing.",
    };
  } finally {
    await house.close();
  }
}
