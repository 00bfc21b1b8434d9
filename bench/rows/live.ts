import type { Row } from "../figure.ts";
import { serve, untilIdle } from "../process.ts";
import { compareMs } from "../timing.ts";
import { openWorld, prepareDataDir } from "../world.ts";

const PATH = "/api/recommendations/latest";

/** What an answer costs that is read, beside one that is computed for the caller. */
export const liveRow: Row = {
  name: "live",
  about: "GET latest from the store beside mode=live on stored bars",
  async measure() {
    using world = openWorld();
    const dataDir = await prepareDataDir(world);
    const environment = { ...world.environment, CACHE_EXPIRY_MINUTES: "0", LIVE_MAX_PER_HOUR: "10000" };
    const house = await serve({ environment, dataDir }, "/health/live");
    try {
      await untilIdle(house.address);
      const { oursMs, bestMs, theirsMs } = await compareMs(
        () => read(`${house.address}${PATH}`),
        () => read(`${house.address}${PATH}?mode=live`),
        { rounds: 25, warmUp: 10 },
      );
      return [
        {
          what: `GET latest from the store, ${world.tickers.length} tickers, one connection`,
          value: oursMs,
          best: bestMs,
          unit: "ms",
          beside: { what: "mode=live on stored bars, nothing cached", value: theirsMs },
        },
      ];
    } finally {
      await house.end();
    }
  },
};

async function read(url: string): Promise<void> {
  const answer = await fetch(url);
  const items = (await answer.json()) as unknown[];
  if (!answer.ok || items.length === 0) throw new Error(`${answer.status} without items: ${url}`);
}
