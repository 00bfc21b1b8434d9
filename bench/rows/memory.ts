import type { Row } from "../figure.ts";
import { residentMb, serve, startLoad, untilIdle } from "../process.ts";
import { openWorld, prepareDataDir } from "../world.ts";

const LOAD_SECONDS = 4;
const LEAST_REQUESTS = 10_000;
const SETTLE_MS = 2_000;

/** The design names no figure for this process alone; its largest one allows 200 MB for a portfolio cycle. */
export const memoryRow: Row = {
  name: "memory",
  about: "resident memory of the shipped process after start and after 10,000 requests",
  async measure() {
    using world = openWorld();
    const dataDir = await prepareDataDir(world, { days: 365 });
    const house = await serve({ ...world, dataDir }, "/health/live");
    const hello = await serve({ environment: {}, dataDir, script: "bench/hello-server.ts" }, "/");
    try {
      await untilIdle(house.address);
      await Bun.sleep(SETTLE_MS);
      const started = { house: await residentMb(house.pid), hello: await residentMb(hello.pid) };
      const requests = await load(`${house.address}/api/recommendations/latest`);
      const loaded = await residentMb(house.pid);
      await load(`${hello.address}/`);
      return [
        {
          what: "resident after the start, 365 dates stored",
          value: started.house,
          unit: "MB",
          beside: { what: "bare Bun.serve", value: started.hello },
        },
        {
          what: `resident after ${requests.toLocaleString("en-US")} requests`,
          value: loaded,
          unit: "MB",
          beside: { what: "bare Bun.serve", value: await residentMb(hello.pid) },
        },
      ];
    } finally {
      await Promise.all([house.end(), hello.end()]);
    }
  },
};

async function load(url: string): Promise<number> {
  let requests = 0;
  while (requests < LEAST_REQUESTS) requests += (await startLoad(url, { seconds: LOAD_SECONDS }).result).requests;
  return requests;
}
