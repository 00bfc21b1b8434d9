import { lastBars } from "../../src/market/bars.ts";
import { analyzeTechnical } from "../../src/systems/recommendations/scoring/analyze-technical.ts";
import type { Row } from "../figure.ts";
import { computeWithSecondLibrary } from "../second-library.ts";
import { compareMs } from "../timing.ts";
import { loadSeries, openWorld } from "../world.ts";

const BARS = 253;
const MICROSECONDS = 1_000;

/** Indicators, points, signals and score of one ticker. */
export const technicalRow: Row = {
  name: "technical",
  about: "indicators and score of one ticker",
  async measure() {
    using world = openWorld();
    const [series] = await loadSeries(world);
    const bars = lastBars(series!, BARS);
    const prices = Array.from(bars.adjClose);
    const { oursMs, bestMs, theirsMs } = await compareMs(
      () => analyzeTechnical(bars, "v2"),
      () => computeWithSecondLibrary(prices),
      { rounds: 25, calls: 200, warmUp: 5 },
    );
    return [
      {
        what: `indicators and score of one ticker, ${bars.length} bars`,
        value: oursMs * MICROSECONDS,
        best: bestMs * MICROSECONDS,
        unit: "µs",
        beside: { what: "technicalindicators, indicators only", value: theirsMs * MICROSECONDS },
      },
    ];
  },
};
