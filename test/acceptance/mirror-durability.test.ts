import { expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { openDatabase } from "../../src/db/index.ts";
import { seededRandom } from "../../src/kit/random.ts";
import { type BootedProcess, boot, runToEnd, temporaryDataDir } from "../support/boot.ts";
import { mirrorSettings, readOwed } from "../support/mirror-house.ts";
import { expectSameFiles, expectSameTables, readStore } from "../support/mirror-tables.ts";
import { soakTimes } from "../support/soak.ts";
import { openSupabase, type TestSupabase } from "../support/supabase/index.ts";

setDefaultTimeout(1_800_000);

const KILLS = soakTimes(3, 30);
const NOW = "2024-03-08T23:00:00Z";
const TOKEN = "only-for-tests-operator-token-0000000000";
const settingsOf = (supabase: TestSupabase) => ({
  ...mirrorSettings(supabase),
  VIGIA_NOW: NOW,
  VIGIA_ADMIN_TOKEN: TOKEN,
  RECOMMENDATION_TICKERS: "YPF,GGAL,PAM,SPY",
  // Many small requests: a kill falls between any two of them, or into one.
  MIRROR_BATCH_ROWS: "20",
});

const vigia = (dataDir: string, environment: Record<string, string>, ...args: string[]) =>
  runToEnd({ dataDir, environment, script: "src/cli/index.ts", args });

test(`kill -9 at ${KILLS} moments of a delivery: after a restart and a flush everything is there as it is here`, async () => {
  using data = temporaryDataDir();
  const random = seededRandom(20_240_308);
  await using supabase = await openSupabase();
  const environment = settingsOf(supabase);
  expect((await runToEnd({ dataDir: data.path, environment: { ...environment, RUN_ONCE: ALL } })).code).toBe(0);
  const filled = await vigia(data.path, environment, "backfill", "--from", "2023-11-01", "--to", "2024-03-07");
  expect([filled.code, filled.output]).toEqual([0, expect.any(String)]);

  let cutOff = 0;
  // Most kills must hit a delivery, else this shows nothing: on a machine of any speed it goes on until enough of them did.
  const enough = () => cutOff >= KILLS / 2;
  for (let kill = 0; kill < KILLS || (!enough() && kill < KILLS * 10); kill++) {
    await changeRows(data.path, kill);
    const child = boot({ dataDir: data.path, environment });
    const before = supabase.history.requests.length;
    const flushing = flushOver(child);
    await supabase.history.until(({ requests }) => requests.length > before + Math.floor(random() * 20));
    // Into the request that has just begun, its settling, or what comes after it.
    await Bun.sleep(random() * 15);
    child.kill("SIGKILL");
    await Promise.all([child.exited, flushing]);
    if ((await totalOwed(data.path)) > 0) cutOff++;
    await passMinute(data.path);
    await expectSoundStore(data.path);
  }
  expect(enough()).toBe(true);

  const again = boot({ dataDir: data.path, environment });
  await again.url();
  const flushed = await vigia(data.path, environment, "mirror", "flush");
  expect([flushed.code, flushed.output]).toEqual([0, expect.any(String)]);
  again.kill("SIGTERM");
  expect(await again.exited).toBe(0);
  // What the end of that process itself left behind.
  expect((await vigia(data.path, environment, "mirror", "flush")).code).toBe(0);
  expect(await readOwed(data.path)).toEqual({});
  const counts = await expectSameTables(data.path, supabase);
  expect(counts.recommendation_outcomes).toBeGreaterThan(100);
  expect(await expectSameFiles(data.path, supabase)).toBeGreaterThan(0);
});

test("vigia mirror flush says how it ended: 0 nothing owed, 2 still owed, 1 failed, 3 blocked", async () => {
  using data = temporaryDataDir();
  await using supabase = await openSupabase();
  const environment = settingsOf(supabase);
  const flush = async (more: Record<string, string> = {}) =>
    (await vigia(data.path, { ...environment, ...more }, "mirror", "flush")).code;
  expect((await runToEnd({ dataDir: data.path, environment: { ...environment, RUN_ONCE: ALL } })).code).toBe(0);
  expect(await flush()).toBe(0);

  await touch(data.path, "radar_scans");
  expect((await vigia(data.path, environment, "mirror", "pause", "radar_scans")).code).toBe(0);
  expect(await flush()).toBe(2);
  expect((await readOwed(data.path)).radar_scans).toBeGreaterThan(0);
  expect((await vigia(data.path, environment, "mirror", "resume", "radar_scans")).code).toBe(0);

  supabase.faults.during(() => true, "401-expired");
  expect(await flush()).toBe(1);
  supabase.faults.clear();

  await supabase.sql`alter table public.radar_scans rename to elsewhere`;
  const blocked = await vigia(data.path, environment, "mirror", "flush");
  expect([blocked.code, blocked.output]).toEqual([3, expect.stringContaining("vigia db migrate")]);
  // Whatever else was owed has gone.
  expect(Object.keys(await readOwed(data.path))).toEqual(["radar_scans"]);
  await supabase.sql`alter table public.elsewhere rename to radar_scans`;
  expect(await flush()).toBe(0);
  await expectSameTables(data.path, supabase);

  const off = await vigia(data.path, { VIGIA_NOW: NOW }, "mirror", "flush");
  expect([off.code, off.output]).toEqual([1, expect.stringContaining("SUPABASE_URL")]);
});

const ALL = "daily_analysis,portfolio_cycle,track_record";

/** Asks the process to send everything, as soon as it can; it may be gone before it answers. */
async function flushOver(child: BootedProcess): Promise<void> {
  const url = await child.url().catch(() => undefined);
  const ask = () =>
    fetch(`${url}/api/mirror/flush`, {
      method: "POST",
      headers: { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" },
      body: "{}",
    }).catch(() => undefined);
  // Its own delivery of this minute may be under way; that one waits for what the killed process has left open.
  while (url !== undefined && (await ask())?.status === 409) await Bun.sleep(50);
}

const totalOwed = async (dataDir: string) =>
  Object.values(await readOwed(dataDir)).reduce((sum, count) => sum + count, 0);

/** Writes that a later system might make: changes, deletions and new rows. */
async function changeRows(dataDir: string, round: number): Promise<void> {
  await execute(
    dataDir,
    `update recommendation_outcomes set end_price = end_price + ${round + 1}`,
    `update asset_analyses set price = price + ${round + 1}`,
    `delete from analysis_details where id % 7 = ${round % 7}`,
  );
}

/** A delivery that was cut off is waited for, for a minute, before the next one. Here nothing is on its way any more. */
const passMinute = (dataDir: string) =>
  execute(dataDir, "update mirror_streams set probe_at = null where blocked_reason is null");

const touch = (dataDir: string, table: string) => execute(dataDir, `update ${table} set scanned = scanned + 1`);

async function execute(dataDir: string, ...statements: string[]): Promise<void> {
  const path = join(dataDir, "vigia.db");
  const db = await openDatabase({ url: `file:${path}`, path });
  try {
    for (const sql of statements) await db.client.execute(sql);
  } finally {
    db.close();
  }
}

async function expectSoundStore(dataDir: string): Promise<void> {
  expect(await readStore(dataDir, "pragma integrity_check")).toEqual([{ integrity_check: "ok" }]);
  expect(await readStore(dataDir, "pragma foreign_key_check")).toEqual([]);
}
