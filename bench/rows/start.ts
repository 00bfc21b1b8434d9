import { atMost, type Row } from "../figure.ts";
import { serve, untilAnswered } from "../process.ts";
import { median, timeMs } from "../timing.ts";
import { openWorld, prepareDataDir } from "../world.ts";

const ROUNDS = 7;
const LIVE_BUDGET_MS = 500;
const RESULTS_BUDGET_S = 5;

/** From the moment at which the process is spawned. */
export const startRow: Row = {
  name: "start",
  about: "start to /health/live, and to sample results in an empty directory",
  async measure(say) {
    using world = openWorld();
    const dataDir = await prepareDataDir(world, { days: 30 });
    const used: number[] = [];
    const empty: number[] = [];
    const hello: number[] = [];
    const results: number[] = [];
    for (let round = 1; round <= ROUNDS; round++) {
      say(`round ${round} of ${ROUNDS}`);
      used.push(await startMs(world.environment, dataDir));
      hello.push(await startMs({}, dataDir, "bench/hello-server.ts"));
      empty.push(await startMs({}, world.emptyDir()));
      results.push(await resultsMs(world.emptyDir()));
    }
    const beside = { what: "bare Bun.serve", value: median(hello) };
    const live = { unit: "ms", beside, budget: atMost(LIVE_BUDGET_MS) } as const;
    return [
      { what: "start to /health/live, 30 dates stored", value: median(used), ...live },
      { what: "start to /health/live, empty data directory", value: median(empty), ...live },
      {
        what: "`bun run start` to all sample results over HTTP, empty data directory",
        value: median(results) / 1_000,
        unit: "s",
        budget: atMost(RESULTS_BUDGET_S),
        note: "With the look of `bun install` at the dependencies that comes first; nothing is set.",
      },
    ];
  },
};

async function startMs(environment: Record<string, string>, dataDir: string, script?: string): Promise<number> {
  const child = await serve({ environment, dataDir, ...(script ? { script } : {}) }, "/health/live");
  await child.end();
  return child.startMs;
}

/** The sample market is made, rated and stored; the log says so when the run has ended. */
async function resultsMs(dataDir: string): Promise<number> {
  let end = async () => {};
  const took = await timeMs(async () => {
    const child = await serve({ environment: {}, dataDir, script: "start" }, "/health/live");
    end = child.end;
    await child.waitForOutput(/"event":"run\.finished"[^\n]*"job":"daily_analysis","outcome":"ok"/);
    await untilAnswered(`${child.address}/api/recommendations/latest`, async ({ ok }) => ok);
  }).finally(() => end());
  return took;
}
