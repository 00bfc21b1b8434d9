import { addDays } from "../../src/kit/dates.ts";
import { atMost, type Figure, type Row, ratioAtLeast } from "../figure.ts";
import { cpuMs, type Load, type Served, serve, startLoad, untilAnswered, untilIdle } from "../process.ts";
import { median } from "../timing.ts";
import { openWorld, prepareDataDir, type World } from "../world.ts";

const DAYS = 365;
const PATH = "/api/recommendations/latest";
const BARE_PATH = "/static";
const WARM_UP_SECONDS = 3;
const ROUNDS = 7;
const ROUND_SECONDS = 2;
const HEAVY_ROUNDS = 3;
/** About 300 sessions. */
const BACKFILL_DAYS = 434;
/** The newest backfill ends before the year of rows. */
const BACKFILL_END = "2023-03-01";

/** The shipped process beside a bare route, both under the same load from another process, in turn. */
export const latestRow: Row = {
  name: "latest",
  about: "GET latest with a year of rows: requests/s and p99, at rest and beside a heavy job",
  async measure(say) {
    using world = openWorld();
    say(`preparing ${DAYS} dates × ${world.tickers.length} tickers`);
    const dataDir = await prepareDataDir(world, { days: DAYS });
    const house = await serve({ ...world, dataDir }, "/health/live");
    try {
      await untilIdle(house.address);
      const bytes = (await (await fetch(`${house.address}${PATH}`)).arrayBuffer()).byteLength;
      const environment = { BODY_BYTES: String(bytes) };
      const bare = await serve({ dataDir, environment, script: "bench/static-server.ts" }, BARE_PATH);
      const rest = await measureAtRest(house, bare, say).finally(bare.end);
      const busy = await measureBesideJob(world, house.address, say);
      return figuresOf(rest, busy, `${world.tickers.length} tickers × ~300 sessions`, bytes);
    } finally {
      await house.end();
    }
  },
};

/** `cpuMs`: what the server itself used, whoever else was at work on the machine. */
type Side = Load & { cpuMs: number };

interface Pair {
  house: Side;
  bare: Side;
}

async function measureAtRest(house: Served, bare: Served, say: (text: string) => void): Promise<Pair[]> {
  const load = async ({ address, pid }: Served, path: string, seconds = ROUND_SECONDS): Promise<Side> => {
    const before = await cpuMs(pid);
    const result = await startLoad(`${address}${path}`, { seconds }).result;
    return { ...result, cpuMs: (await cpuMs(pid)) - before };
  };
  await load(house, PATH, WARM_UP_SECONDS);
  await load(bare, BARE_PATH, WARM_UP_SECONDS);
  const pairs: Pair[] = [];
  for (let round = 1; round <= ROUNDS; round++) {
    say(`round ${round} of ${ROUNDS}`);
    pairs.push({ house: await load(house, PATH), bare: await load(bare, BARE_PATH) });
  }
  return pairs;
}

interface BesideJob {
  load: Load;
  jobSeconds: number;
}

/** The load lasts exactly as long as the job: a backfill of dates that have no rows yet, other ones in each round. */
async function measureBesideJob(world: World, address: string, say: (text: string) => void): Promise<BesideJob[]> {
  const measured: BesideJob[] = [];
  for (let round = 0; round < HEAVY_ROUNDS; round++) {
    say(`round ${round + 1} of ${HEAVY_ROUNDS} beside a backfill`);
    const to = addDays(BACKFILL_END, -round * (BACKFILL_DAYS + 1));
    const startedAtMs = performance.now();
    const running = await startBackfill(world, address, { from: addDays(to, -BACKFILL_DAYS), to });
    const load = startLoad(`${address}${PATH}`, { seconds: 120 });
    await untilRunEnded(address, running);
    load.stop();
    measured.push({ jobSeconds: (performance.now() - startedAtMs) / 1_000, load: await load.result });
  }
  return measured;
}

async function startBackfill({ adminToken }: World, address: string, { from, to }: { from: string; to: string }) {
  const answer = await fetch(`${address}/api/jobs/daily_analysis/run`, {
    method: "POST",
    headers: { authorization: `Bearer ${adminToken}`, "content-type": "application/json" },
    body: JSON.stringify({ trigger: "backfill", params: { backfill_from: from, backfill_to: to } }),
  });
  if (!answer.ok) throw new Error(`the backfill did not start: ${await answer.text()}`);
  return ((await answer.json()) as { run_id: number }).run_id;
}

async function untilRunEnded(address: string, id: number): Promise<void> {
  await untilAnswered(`${address}/api/jobs/runs/${id}`, async (answer) => {
    const run = (await answer.json()) as { status: string; outcome: string | null; tickers_processed: number };
    if (run.status === "running") {
      await Bun.sleep(50);
      return false;
    }
    if (run.outcome !== "ok" || run.tickers_processed === 0) throw new Error(`the backfill ended ${run.outcome}`);
    return true;
  });
}

function figuresOf(rest: readonly Pair[], busy: readonly BesideJob[], job: string, bytes: number): Figure[] {
  const of = (pick: (pair: Pair) => number) => median(rest.map(pick));
  const bare = `bare Hono route, ${(bytes / 1_024).toFixed(1)} KiB`;
  const cpuMicroseconds = (side: Side) => (side.cpuMs * 1_000) / side.requests;
  const jobSeconds = median(busy.map((round) => round.jobSeconds)).toFixed(1);
  return [
    {
      what: `GET latest, ${DAYS} dates stored, 32 connections`,
      value: of(({ house }) => house.perSecond),
      best: Math.max(...rest.map(({ house }) => house.perSecond)),
      unit: "req/s",
      beside: { what: bare, value: of((pair) => pair.bare.perSecond) },
      budget: ratioAtLeast(0.5),
      note: "Server and load are processes of their own and share the cores; rounds alternate, medians of 7.",
    },
    {
      what: "CPU time of the server for each of them",
      value: of(({ house }) => cpuMicroseconds(house)),
      best: Math.min(...rest.map(({ house }) => cpuMicroseconds(house))),
      unit: "µs",
      beside: { what: bare, value: of((pair) => cpuMicroseconds(pair.bare)) },
      note: "Steadier than requests/s when others work on the machine, and harder: there the bare route waits for the load's own process.",
    },
    {
      what: "its 99th percentile",
      value: of(({ house }) => house.p99Ms),
      best: Math.min(...rest.map(({ house }) => house.p99Ms)),
      unit: "ms",
      beside: { what: bare, value: of((pair) => pair.bare.p99Ms) },
      budget: atMost(10),
    },
    {
      what: `its 99th percentile beside a backfill of ${job} (${jobSeconds} s)`,
      value: median(busy.map(({ load }) => load.p99Ms)),
      best: Math.min(...busy.map(({ load }) => load.p99Ms)),
      unit: "ms",
      beside: { what: "the same at rest", value: of(({ house }) => house.p99Ms) },
      budget: atMost(50),
      note: "DESIGN 6 means a radar scan; that comes with the portfolio system, so the heaviest job there is takes its place.",
    },
    {
      what: "its slowest answer beside the backfill",
      value: median(busy.map(({ load }) => load.maxMs)),
      unit: "ms",
    },
  ];
}
