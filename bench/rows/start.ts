import { atMost, type Row } from "../figure.ts";
import { type Started, serve, untilAnswered } from "../process.ts";
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
    const used: Started[] = [];
    const empty: Started[] = [];
    const hello: Started[] = [];
    const results: number[] = [];
    for (let round = 1; round <= ROUNDS; round++) {
      say(`round ${round} of ${ROUNDS}`);
      used.push(await startOnce(world.environment, dataDir));
      hello.push(await startOnce({}, dataDir, "bench/hello-server.ts"));
      empty.push(await startOnce({}, world.emptyDir()));
      results.push(await resultsMs(world.emptyDir()));
    }
    const of = (starts: readonly Started[], pick: (start: Started) => number) => median(starts.map(pick));
    const compare = (starts: readonly Started[], pick: (start: Started) => number) => ({
      value: of(starts, pick),
      best: Math.min(...starts.map(pick)),
      unit: "ms" as const,
      beside: { what: "bare Bun.serve", value: of(hello, pick) },
    });
    const startMs = (start: Started) => start.startMs;
    const budget = atMost(LIVE_BUDGET_MS);
    return [
      { what: "start to /health/live, 30 dates stored", ...compare(used, startMs), budget },
      { what: "start to /health/live, empty data directory", ...compare(empty, startMs), budget },
      {
        what: "CPU time until then, 30 dates stored",
        ...compare(used, (start) => start.startCpuMs),
        note: "Steadier than the time on the wall when others work on the machine.",
      },
      {
        what: "`bun run start` to all sample results over HTTP, empty data directory",
        value: median(results) / 1_000,
        best: Math.min(...results) / 1_000,
        unit: "s",
        budget: atMost(RESULTS_BUDGET_S),
        note: "With the look of `bun install` at the dependencies that comes first; nothing is set.",
      },
    ];
  },
};

async function startOnce(environment: Record<string, string>, dataDir: string, script?: string): Promise<Started> {
  const child = await serve({ environment, dataDir, ...(script ? { script } : {}) }, "/health/live");
  await child.end();
  return child;
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
