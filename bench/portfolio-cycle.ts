import { readFileSync } from "node:fs";
import { openHouse } from "../src/house/index.ts";
import { silentLogger } from "../src/kit/log.ts";
import { loadSettings } from "../src/settings.ts";
import { timeMs } from "./timing.ts";

/** What a process of its own found: `bun bench/portfolio-cycle.ts REPETITIONS`. */
export interface CycleFigures {
  /** First cycle of the process, every file written. */
  firstMs: number;
  /** Further cycles that write every file again. */
  againMs: number[];
  /** A cycle that finds nothing changed. */
  unchangedMs: number;
  /** Largest resident size. */
  peakMb: number;
  /** Resident size before the first cycle. */
  startMb: number;
}

const MEGABYTE = 1_048_576;

async function main(repetitions: number): Promise<CycleFigures> {
  const house = await openHouse(loadSettings(process.env), { log: silentLogger });
  await house.jobs.start({ scheduler: false });
  const runCycle = async () => {
    const { id } = await house.jobs.runNow("portfolio_cycle");
    const run = await house.jobs.waitForRun(id);
    if (run.outcome !== "ok") throw new Error(`portfolio_cycle ended ${run.outcome}: ${JSON.stringify(run.log_data)}`);
  };
  const startMb = process.memoryUsage.rss() / MEGABYTE;
  const firstMs = await timeMs(runCycle);
  const againMs: number[] = [];
  for (let repetition = 0; repetition < repetitions; repetition++) {
    await forgetFiles();
    againMs.push(await timeMs(runCycle));
  }
  const unchangedMs = await timeMs(runCycle);
  await house.close();
  return { firstMs, againMs, unchangedMs, startMb, peakMb: peakMb() };
}

/** Linux gives a child its parent's peak in getrusage; its own stands in proc(5). Both count kilobytes. */
function peakMb(): number {
  const own = process.platform === "linux" && /VmHWM:\s+(\d+)/.exec(readFileSync("/proc/self/status", "utf8"))?.[1];
  return (own ? Number(own) : process.resourceUsage().maxRSS) / 1_024;
}

/** Nothing is known of any user's files, so the next cycle writes all of them. */
async function forgetFiles(): Promise<void> {
  const { withDatabase } = await import("./portfolio-world.ts");
  await withDatabase(process.env.VIGIA_DATA_DIR!, async ({ client }) => {
    await client.execute("delete from portfolio_files");
  });
}

if (import.meta.main) {
  const figures = await main(Number(process.argv[2] ?? 0));
  process.stdout.write(JSON.stringify(figures));
  process.exit(0);
}
