import { afterEach, beforeEach, expect, type Mock, setDefaultTimeout, spyOn, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FILE_NAMES } from "../../src/db/schema/portfolio.ts";
import { DIRECTORY_SYNC, MIRROR_CHECK, MIRROR_DRAIN, MIRROR_RECONCILE } from "../../src/mirror/job-names.ts";
import { type BootedProcess, boot } from "../support/boot.ts";
import { openTestHouse, type TestHouse } from "../support/house.ts";
import { mirrorSettings, openMirrorHouse, readOwed } from "../support/mirror-house.ts";
import { readStore } from "../support/mirror-tables.ts";
import { openSupabase } from "../support/supabase/index.ts";

setDefaultTimeout(120_000);

const MIRROR_JOBS = [DIRECTORY_SYNC, MIRROR_CHECK, MIRROR_DRAIN, MIRROR_RECONCILE];

let root: string;
let dataDir: string;
/** Every request that leaves this process. */
let outgoing: Mock<typeof fetch>;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "vigia-off-"));
  dataDir = join(root, "data");
  outgoing = spyOn(globalThis, "fetch");
});
afterEach(() => {
  outgoing.mockRestore();
  rmSync(root, { recursive: true, force: true });
});

/** The installation itself, as `bun run start` makes it: its settings decide what is owed. */
async function openPlain(settings: Record<string, string> = {}): Promise<TestHouse> {
  const house = await openTestHouse({
    analyzed: false,
    isService: true,
    settings: { ...settings, VIGIA_DATA_DIR: dataDir },
  });
  house.begin();
  return house;
}

const jobNames = async ({ jobs }: TestHouse) => (await jobs.status({ runs: 0 })).map(({ job_name }) => job_name);

async function runEverything(house: TestHouse): Promise<void> {
  for (const { job_name: job, enabled } of await house.jobs.status({ runs: 0 }))
    if (enabled) expect([job, (await house.runJob(job)).outcome]).toEqual([job, "ok"]);
}

const triggers = () => readStore<{ name: string }>(dataDir, "select name from sqlite_master where type = 'trigger'");
const traces = () =>
  readStore(dataDir, "select stream from outbox", "select stream from mirror_streams where destination is not null");

const statusOf = async (house: TestHouse) =>
  (await (await house.asOperator("/api/mirror/status")).json()) as {
    enabled: boolean;
    owed: number;
    last_run: unknown;
  };

test("without any Supabase setting every job runs, nothing is noted for a mirror, and no request leaves", async () => {
  await using house = await openPlain();
  expect((await jobNames(house)).filter((name) => MIRROR_JOBS.includes(name))).toEqual([]);
  await runEverything(house);
  expect(outgoing).not.toHaveBeenCalled();
  expect(await triggers()).toEqual([]);
  expect(await traces()).toEqual([]);

  expect(await statusOf(house)).toMatchObject({ enabled: false, owed: 0, last_run: null });
  for (const action of ["flush", "reconcile", "directory", "pause", "resume"]) {
    const answer = await house.asOperator(`/api/mirror/${action}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: "{}",
    });
    expect([action, answer.status, await answer.json()]).toEqual([
      action,
      409,
      expect.objectContaining({ code: "mirror_off" }),
    ]);
  }
  expect((await house.fetch("/health/live")).status).toBe(200);
  expect(await house.jobs.alerts({ state: "firing" })).toEqual([]);
});

test.each([
  ["an address without a key", { SUPABASE_URL: "http://127.0.0.1:9" }],
  ["a key without an address", { SUPABASE_SERVICE_ROLE_KEY: `sb_secret_${"a".repeat(31)}` }],
  [
    "both, and USE_SUPABASE=false",
    {
      SUPABASE_URL: "http://127.0.0.1:9",
      SUPABASE_SERVICE_ROLE_KEY: `sb_secret_${"a".repeat(31)}`,
      USE_SUPABASE: "false",
    },
  ],
])("%s is no mirror", async (_, settings) => {
  await using house = await openPlain(settings);
  expect((await jobNames(house)).filter((name) => MIRROR_JOBS.includes(name))).toEqual([]);
  expect((await house.runJob("daily_analysis")).outcome).toBe("ok");
  expect(await triggers()).toEqual([]);
  expect(await traces()).toEqual([]);
  expect(outgoing).not.toHaveBeenCalled();
});

test("turned on it owes everything that was stored before, once; turned off it forgets; on again it owes all", async () => {
  await using supabase = await openSupabase();
  let before: string[];
  {
    await using house = await openPlain();
    before = await jobNames(house);
    await runEverything(house);
  }
  {
    await using house = await openMirrorHouse({ supabase, dataDir });
    expect((await jobNames(house)).sort()).toEqual([...before, ...MIRROR_JOBS].sort());
    expect(await house.owed()).toEqual(await storedRows());
    await house.flush();
    expect(await house.owed()).toEqual({});
  }
  {
    // Delivered is delivered: a restart owes nothing.
    await using house = await openMirrorHouse({ supabase, dataDir });
    expect(await house.owed()).toEqual({});
    expect((await triggers()).length).toBeGreaterThan(0);
  }
  {
    await using house = await openPlain({ ...mirrorSettings(supabase), USE_SUPABASE: "false" });
    expect(await triggers()).toEqual([]);
    expect((await house.runJob("portfolio_cycle")).outcome).toBe("ok");
    expect(await traces()).toEqual([]);
    expect(await jobNames(house)).toEqual(before);
  }
  supabase.history.clear();
  await using again = await openMirrorHouse({ supabase, dataDir });
  expect(await readOwed(dataDir)).toEqual(await storedRows());
  expect(supabase.history.requests).toHaveLength(0);
  await again.flush();
  expect(await again.owed()).toEqual({});
});

test("what `bun run start` is set to decides what is noted, what a command is set to does not", async () => {
  const on = { SUPABASE_URL: "http://127.0.0.1:9", SUPABASE_SERVICE_ROLE_KEY: `sb_secret_${"a".repeat(31)}` };
  const environment = { SCHEDULER_ENABLED: "false" };
  const run = async (more: Record<string, string>) => {
    const child = boot({ dataDir, environment: { ...environment, ...more } });
    await child.url();
    return child;
  };
  const end = async (child: BootedProcess) => {
    child.kill("SIGTERM");
    expect(await child.exited).toBe(0);
  };
  const serving = await run(on);
  // Owed once it listens, without anybody asking for it.
  while (!("tenants" in (await readOwed(dataDir)))) await Bun.sleep(1);
  await end(serving);
  const made = await triggers();
  expect(made.length).toBeGreaterThan(20);
  const command = boot({ dataDir, environment, script: "src/cli/index.ts", args: ["jobs"] });
  expect(await command.exited).toBe(0);
  expect(await triggers()).toEqual(made);
  expect(await readOwed(dataDir)).toMatchObject({ tenants: 1 });
  await end(await run({}));
  expect(await triggers()).toEqual([]);
});

/** Rows by table, and users with files, counted here. */
async function storedRows(): Promise<Record<string, number>> {
  const tables = [
    "tenants",
    "audit_logs",
    "daily_recommendations",
    "analysis_details",
    "recommendation_outcomes",
    "asset_analyses",
    "radar_scans",
    "radar_candidates",
    "portfolio_alerts",
  ];
  const rows = await readStore<{ name: string; rows: number }>(
    dataDir,
    ...tables.map((name) => `select '${name}' as name, count(*) as rows from ${name}`),
    "select 'job_runs' as name, count(*) as rows from job_runs where job_name <> 'mirror_drain'",
    `select 'portfolio_files' as name, count(*) / ${FILE_NAMES.length} as rows from portfolio_files`,
  );
  return Object.fromEntries(rows.flatMap(({ name, rows: count }) => (count > 0 ? [[name, count]] : [])));
}
