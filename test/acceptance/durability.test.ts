import { expect, setDefaultTimeout, test } from "bun:test";
import { addDays } from "../../src/kit/dates.ts";
import { seededRandom } from "../../src/kit/random.ts";
import { type BootedProcess, boot, temporaryDataDir } from "../support/boot.ts";
import { openCrashCopy } from "../support/crash-copy.ts";
import { soakTimes } from "../support/soak.ts";

setDefaultTimeout(900_000);

const KILLS = soakTimes(8, 200);
/** Enough tickers that a run lasts long enough to be hit anywhere. */
const TICKERS = Array.from({ length: 60 }, (_, index) => `T${String(index).padStart(2, "0")}X`);

interface Seen {
  key: string;
  revision: number;
}

/** Each day's run is killed a few times; the process starts at seven in the morning, an hour after the slot. */
const KILLS_A_DAY = 3;
const startOfDay = (kill: number) => `${addDays("2026-03-02", Math.floor(kill / KILLS_A_DAY))}T10:00:00Z`;

test(`kill -9 at ${KILLS} random moments of a running job loses, doubles and halves nothing`, async () => {
  using data = temporaryDataDir();
  const random = seededRandom(20_260_308);
  const start = (day: string): BootedProcess =>
    boot({ dataDir: data.path, environment: { RECOMMENDATION_TICKERS: TICKERS.join(","), VIGIA_NOW: day } });
  const foundRunning = new Set<number>();
  let committed = new Map<string, number>();

  // Many kills must hit a run, else this shows nothing: on a machine of any speed it goes on until enough of them did.
  const enough = () => foundRunning.size > KILLS / 3;
  let kills = 0;
  for (; kills < KILLS || (!enough() && kills < KILLS * 10); kills++) {
    const child = start(startOfDay(kills));
    await child.waitForOutput(/"event":"run\.started"[^\n]*daily_analysis/);
    await Bun.sleep(random() * 300);
    child.kill("SIGKILL");
    await child.exited;
    const { rows, runs, running } = await inspect(data.path, committed);
    for (const run of runs) if (foundRunning.has(run.id)) expect(run.outcome).toBe("interrupted");
    for (const id of running) foundRunning.add(id);
    committed = rows;
  }
  expect(enough()).toBe(true);

  const last = start(startOfDay(kills + KILLS_A_DAY));
  await last.waitForOutput(/"event":"run\.finished"[^\n]*daily_analysis[^\n]*"outcome":"(ok|partial)"/);
  last.kill("SIGTERM");
  expect(await last.exited).toBe(0);
  const { runs } = await inspect(data.path, committed);
  for (const run of runs) {
    expect(run.status).not.toBe("running");
    if (foundRunning.has(run.id)) expect(run.outcome).toBe("interrupted");
  }
  // An interrupted run is tried again on the next start of its day.
  const interrupted = runs.filter((run) => run.outcome === "interrupted");
  const retried = interrupted.filter((run) =>
    runs.some((next) => next.slotAt === run.slotAt && next.attempt === run.attempt + 1),
  );
  expect(retried.length).toBeGreaterThan(interrupted.length / 3);
  expect(runs.filter((run) => run.attempt > 1).every((run) => run.trigger === "retry")).toBe(true);
});

/** What a later reader finds: integrity, every committed row still there, four details each, no doubles. */
async function inspect(dataDir: string, before: ReadonlyMap<string, number>) {
  await using copy = await openCrashCopy(dataDir);
  const { db } = copy;
  const integrity = await db.client.execute("PRAGMA integrity_check");
  expect(String(integrity.rows[0]?.[0])).toBe("ok");
  expect((await db.client.execute("PRAGMA foreign_key_check")).rows).toHaveLength(0);
  const rows = new Map<string, number>();
  const stored = await db.client.execute(
    `select r.analysis_date || ' ' || r.ticker as key, r.revision, count(d.id) as details
     from daily_recommendations r left join analysis_details d on d.recommendation_id = r.id group by r.id`,
  );
  for (const row of stored.rows) {
    const { key, revision }: Seen = { key: String(row.key), revision: Number(row.revision) };
    expect(rows.has(key)).toBe(false);
    expect(Number(row.details)).toBe(4);
    rows.set(key, revision);
  }
  for (const [key, revision] of before) expect(rows.get(key) ?? 0).toBeGreaterThanOrEqual(revision);
  const found = await db.client.execute(
    "select id, status, outcome, trigger, attempt, slot_at from job_runs where job_name = 'daily_analysis' order by id",
  );
  const runs = found.rows.map((row) => ({
    id: Number(row.id),
    status: String(row.status),
    outcome: row.outcome,
    trigger: String(row.trigger),
    attempt: Number(row.attempt),
    slotAt: row.slot_at,
  }));
  const running = runs.filter((run) => run.status === "running").map((run) => run.id);
  expect(running.length).toBeLessThanOrEqual(1);
  return { rows, runs, running };
}
