import { openHouse } from "../src/house/index.ts";
import { silentLogger } from "../src/kit/log.ts";
import { MIRROR_DRAIN } from "../src/mirror/job-names.ts";
import { loadSettings } from "../src/settings.ts";
import { timeMs } from "./timing.ts";

/** What a process of its own found: `bun bench/mirror-drain.ts`. */
export interface DrainFigures {
  /** From the configured mirror's first look at the stored rows to everything being owed. */
  openMs: number;
  drainMs: number;
  /** Resident size before the drain, and the largest one while it ran. */
  startMb: number;
  peakMb: number;
}

const MEGABYTE = 1_048_576;
const LOOK_EVERY_MS = 100;

const residentMb = () => process.memoryUsage.rss() / MEGABYTE;

async function main(): Promise<DrainFigures> {
  let opened: Awaited<ReturnType<typeof openHouse>> | undefined;
  const openMs = await timeMs(async () => {
    opened = await openHouse(loadSettings(process.env), { log: silentLogger });
  });
  const house = opened!;
  await house.jobs.start({ scheduler: false });
  const startMb = residentMb();
  let peakMb = startMb;
  const looking = setInterval(() => {
    peakMb = Math.max(peakMb, residentMb());
  }, LOOK_EVERY_MS);
  const drainMs = await timeMs(async () => {
    const { id } = await house.jobs.runNow(MIRROR_DRAIN);
    const run = await house.jobs.waitForRun(id);
    if (run.outcome !== "ok") throw new Error(`mirror_drain ended ${run.outcome}: ${JSON.stringify(run.log_data)}`);
  });
  clearInterval(looking);
  await house.close();
  return { openMs, drainMs, startMb, peakMb };
}

if (import.meta.main) {
  process.stdout.write(JSON.stringify(await main()));
  process.exit(0);
}
