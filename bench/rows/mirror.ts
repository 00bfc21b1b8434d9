import { atMost, type Figure, type Row } from "../figure.ts";
import { type MirrorWorld, openMirrorWorld, replayMs } from "../mirror-world.ts";
import { withDatabase } from "../portfolio-world.ts";
import { serve } from "../process.ts";
import { median } from "../timing.ts";

const SENT_ROWS = 50_000;
const ROUNDS = 3;
const ROWS_A_SECOND_BUDGET = 5_000;
const LIMITED_ROWS = 12_000;
const REQUESTS_A_SECOND_BUDGET = 2;
const CHANGED_ROWS = 5_000;
const BACKLOG_ROWS = 500_000;
const GROWTH_BUDGET_MB = 150;
const STARTS = 7;

/** The shipped job in a process of its own, against the double of Supabase in this one, on a Postgres of this machine. */
export const mirrorRow: Row = {
  name: "mirror",
  about: "mirror_drain into a local Postgres: rows a second, requests, memory; start with a mirror",
  async measure(say) {
    await using world = openMirrorWorld();
    return [
      ...(await measureRate(world, say)),
      ...(await measureLimited(world, say)),
      ...(await measureBacklog(world, say)),
      ...(await measureStart(world, say)),
    ];
  },
};

async function measureRate(world: MirrorWorld, say: (text: string) => void): Promise<Figure[]> {
  const ours: number[] = [];
  const theirs: number[] = [];
  for (let round = 1; round <= ROUNDS; round++) {
    say(`${SENT_ROWS.toLocaleString("en-US")} rows without a rate limit, round ${round} of ${ROUNDS}`);
    const project = await world.project({ recordBodies: true });
    const { drainMs } = await world.drain(await world.dirWith(SENT_ROWS), project);
    ours.push(SENT_ROWS / (drainMs / 1_000));
    // The rows are new again for the server.
    await project.sql`truncate public.daily_recommendations cascade`;
    theirs.push(SENT_ROWS / ((await replayMs(project)) / 1_000));
    project.history.clear();
  }
  return [
    {
      what: `${SENT_ROWS.toLocaleString("en-US")} owed rows into Supabase, rate limit off`,
      value: median(ours),
      best: Math.max(...ours),
      unit: "rows/s",
      beside: { what: "the same bodies by plain fetch", value: median(theirs) },
      budget: { of: "value", is: "at least", limit: ROWS_A_SECOND_BUDGET },
      note: "Beside it stands what the double and Postgres need by themselves; all three share the machine's cores.",
    },
  ];
}

async function measureLimited(world: MirrorWorld, say: (text: string) => void): Promise<Figure[]> {
  say(`${LIMITED_ROWS.toLocaleString("en-US")} rows at the default rate`);
  const project = await world.project();
  const dataDir = await world.dirWith(LIMITED_ROWS);
  const limited = { MIRROR_RATE_PER_SECOND: "2" };
  const { drainMs } = await world.drain(dataDir, project, limited);
  const starts = project.history.startsMs;
  const gapsMs = starts.slice(1).map((at, place) => at - starts[place]!);
  project.history.clear();
  await withDatabase(dataDir, async ({ client }) => {
    await client.execute({
      sql: `update daily_recommendations set total_score = 50.5, updated_at = '2024-03-09T23:00:00.000Z'
             where id in (select id from daily_recommendations order by ticker, analysis_date limit ?)`,
      args: [CHANGED_ROWS],
    });
  });
  await world.drain(dataDir, project, limited);
  const requests = project.history.requests.filter(({ table }) => table === "daily_recommendations").length;
  return [
    {
      what: "most requests in a second at the default rate, by the shortest pause",
      value: 1_000 / Math.min(...gapsMs),
      unit: "req/s",
      // The two ends of a pause are seen after the way there, which takes a little more or less each time.
      budget: atMost(REQUESTS_A_SECOND_BUDGET * 1.02),
    },
    { what: "rows at that rate", value: LIMITED_ROWS / (drainMs / 1_000), unit: "rows/s" },
    { what: "requests for 1,000 changed rows", value: requests / (CHANGED_ROWS / 1_000), unit: "requests" },
  ];
}

async function measureBacklog(world: MirrorWorld, say: (text: string) => void): Promise<Figure[]> {
  say(`a backlog of ${BACKLOG_ROWS.toLocaleString("en-US")} rows`);
  const project = await world.project();
  const { openMs, drainMs, startMb, peakMb } = await world.drain(await world.dirWith(BACKLOG_ROWS), project);
  return [
    {
      what: `resident growth while ${BACKLOG_ROWS.toLocaleString("en-US")} owed rows are sent`,
      value: peakMb - startMb,
      unit: "MB",
      budget: atMost(GROWTH_BUDGET_MB),
    },
    { what: "its rows", value: BACKLOG_ROWS / (drainMs / 1_000), unit: "rows/s" },
    { what: "first start with a mirror, which notes all of them as owed", value: openMs / 1_000, unit: "s" },
  ];
}

async function measureStart(world: MirrorWorld, say: (text: string) => void): Promise<Figure[]> {
  say("starts with and without a mirror");
  const project = await world.project();
  const mirrored = { SUPABASE_URL: project.url, SUPABASE_SERVICE_ROLE_KEY: project.serviceKey };
  const dirs = { with: await world.dirWith(SENT_ROWS), without: await world.dirWith(SENT_ROWS) };
  await world.drain(dirs.with, project);
  const times = { with: [] as number[], without: [] as number[] };
  for (let round = 0; round < STARTS; round++)
    for (const kind of ["without", "with"] as const) {
      const started = await serve(
        { environment: kind === "with" ? mirrored : {}, dataDir: dirs[kind] },
        "/health/live",
      );
      await started.end();
      times[kind].push(started.startMs);
    }
  return [
    {
      what: "start to /health/live with a configured mirror, nothing owed",
      value: median(times.with),
      best: Math.min(...times.with),
      unit: "ms",
      beside: { what: "the same without one", value: median(times.without) },
    },
  ];
}
