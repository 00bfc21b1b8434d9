import { expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { openDatabase } from "../../src/db/index.ts";
import { seededRandom } from "../../src/kit/random.ts";
import { type BootedProcess, boot, temporaryDataDir } from "../support/boot.ts";
import { soakTimes } from "../support/soak.ts";

setDefaultTimeout(900_000);

const KILLS = soakTimes(8, 200);
/** Enough tickers that a run lasts long enough to be hit anywhere. */
const TICKERS = Array.from({ length: 60 }, (_, index) => `T${String(index).padStart(2, "0")}X`);

interface Seen {
  key: string;
  revision: number;
}

test(`kill -9 at ${KILLS} random moments of a running job loses, doubles and halves nothing`, async () => {
  using data = temporaryDataDir();
  const random = seededRandom(20_260_308);
  const environment = { RECOMMENDATION_TICKERS: TICKERS.join(","), RUN_ONCE: "daily_analysis" };
  const start = () => boot({ dataDir: data.path, environment });
  const interruptedBefore = new Set<number>();
  let committed = new Map<string, number>();
  let killedWhileRunning = 0;

  for (let kill = 0; kill < KILLS; kill++) {
    const child = start();
    await child.waitForOutput(/"event":"run\.start/);
    await Bun.sleep(random() * 250);
    child.kill("SIGKILL");
    await child.exited;
    const { rows, running } = await inspect(data.path, committed);
    killedWhileRunning += running.length;
    for (const id of running) interruptedBefore.add(id);
    committed = rows;
  }
  expect(killedWhileRunning).toBeGreaterThan(KILLS / 4);

  const last: BootedProcess = start();
  expect(await last.exited).toBe(0);
  const { rows, runs } = await inspect(data.path, committed);
  expect(rows.size).toBe(TICKERS.length);
  for (const run of runs) {
    expect(run.status).not.toBe("running");
    if (interruptedBefore.has(run.id)) expect(run.outcome).toBe("interrupted");
  }
  const retried = runs.filter((run) => run.trigger === "retry");
  expect(retried.length).toBeGreaterThan(0);
});

/** What a later reader finds: integrity, every committed row still there, four details each, no doubles. */
async function inspect(dataDir: string, before: ReadonlyMap<string, number>) {
  const path = join(dataDir, "vigia.db");
  const db = await openDatabase({ url: `file:${path}`, path });
  try {
    const integrity = await db.client.execute("PRAGMA integrity_check");
    expect(String(integrity.rows[0]?.[0])).toBe("ok");
    expect((await db.client.execute("PRAGMA foreign_key_check")).rows).toHaveLength(0);
    const rows = new Map<string, number>();
    const stored = await db.client.execute(
      `select r.analysis_date || ' ' || r.ticker as key, r.revision, count(d.id) as details
       from daily_recommendations r left join analysis_details d on d.recommendation_id = r.id group by r.id`,
    );
    for (const row of stored.rows) {
      const { key, revision }: Seen = { key: String(row["key"]), revision: Number(row["revision"]) };
      expect(rows.has(key)).toBe(false);
      expect(Number(row["details"])).toBe(4);
      rows.set(key, revision);
    }
    for (const [key, revision] of before) expect(rows.get(key) ?? 0).toBeGreaterThanOrEqual(revision);
    const found = await db.client.execute("select id, status, outcome, trigger from job_runs order by id");
    const runs = found.rows.map((row) => ({
      id: Number(row["id"]),
      status: String(row["status"]),
      outcome: row["outcome"],
      trigger: String(row["trigger"]),
    }));
    const running = runs.filter((run) => run.status === "running").map((run) => run.id);
    expect(running.length).toBeLessThanOrEqual(1);
    return { rows, runs, running };
  } finally {
    db.close();
  }
}
