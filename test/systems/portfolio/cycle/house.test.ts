import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Database, openDatabase } from "../../../../src/db/index.ts";
import { openHouse } from "../../../../src/house/index.ts";
import { runOnce } from "../../../../src/house/run-once.ts";
import { days, hours } from "../../../../src/kit/duration.ts";
import { silentLogger } from "../../../../src/kit/log.ts";
import type { Bar } from "../../../../src/market/bars.ts";
import { loadSettings } from "../../../../src/settings.ts";
import { PORTFOLIO_CYCLE } from "../../../../src/systems/portfolio/job-names.ts";
import { sweepPortfolio } from "../../../../src/systems/portfolio/retention.ts";
import { boot, runToEnd } from "../../../support/boot.ts";
import { createFakeClock } from "../../../support/clock.ts";
import { openTestHouse } from "../../../support/house.ts";
import { giveUser } from "../people/people-fixtures.ts";
import { EVENING, type FileJson } from "./cycle-bench.ts";
import { leaping, walk } from "./price-table.ts";
import { FRIDAY, STOCKS, USER_1, USER_2, USER_3 } from "./stage.ts";

let root: string;
let environment: Record<string, string>;
beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), "vigia-cycle-"));
  environment = {
    VIGIA_DATA_DIR: join(root, "data"),
    MARKET_DATA: "csv",
    MARKET_DATA_DIR: join(root, "prices"),
    VIGIA_NOW: EVENING,
    RECOMMENDATION_TICKERS: "AAA",
  };
  for (const [index, symbol] of STOCKS.entries()) {
    const bars = walk(index + 1, { until: FRIDAY, count: 300 });
    await writePrices(`sp500/${symbol}`, symbol === "AAA" ? leaping(bars) : bars);
  }
  await writePrices("^GSPC", walk(10, { until: FRIDAY, count: 300 }));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const writePrices = (name: string, bars: readonly Bar[]) =>
  Bun.write(
    join(root, "prices", `${name}.csv`),
    [
      "date,open,high,low,close,volume",
      ...bars.map((bar) =>
        Object.values({ ...bar, adjClose: undefined })
          .filter((cell) => cell !== undefined)
          .join(","),
      ),
    ].join("\n"),
  );

/** The store behind the house's back. */
async function withDatabase<Value>(work: (db: Database) => Promise<Value>): Promise<Value> {
  const path = join(root, "data", "vigia.db");
  const db = await openDatabase({ url: `file:${path}`, path });
  try {
    return await work(db);
  } finally {
    db.close();
  }
}

async function openPeopled() {
  const house = await openTestHouse({ settings: environment, now: EVENING, analyzed: false });
  await withDatabase(async (db) => {
    for (const userId of [USER_1, USER_2]) await giveUser(db, { userId, holds: { A: ["AAA", "BBB"] } });
    await giveUser(db, { userId: USER_3 });
  });
  return house;
}

const refuseWrites = (condition: string) =>
  withDatabase((db) =>
    db.client.execute(
      `create trigger refuse before insert on portfolio_files when ${condition} begin select raise(abort, 'refused'); end`,
    ),
  );

describe("P35: RUN_ONCE and the exit code", () => {
  test.each([
    ["ok", "false", 0],
    ["partial", `new.user_id = '${USER_2}'`, 2],
    ["failed", "true", 1],
  ] as const)("outcome %s when writing is refused where %s: exit code %i", async (outcome, refused, code) => {
    await (await openPeopled())[Symbol.asyncDispose]();
    await refuseWrites(refused);
    const house = await openHouse(loadSettings({ ...environment, RUN_ONCE: PORTFOLIO_CYCLE }), {
      clock: createFakeClock(EVENING),
      log: silentLogger,
    });
    try {
      expect(await runOnce(house)).toBe(code);
      const [run] = await house.jobs.runs({ job: PORTFOLIO_CYCLE, limit: 1 });
      expect(run).toMatchObject({ outcome, trigger: "startup", log_data: { success: outcome === "ok" } });
    } finally {
      await house.close();
    }
  });

  test("the process itself ends with it, in the middle of the night and whatever is due", async () => {
    await (await openPeopled())[Symbol.asyncDispose]();
    await refuseWrites(`new.user_id = '${USER_2}'`);
    const night = { ...environment, RUN_ONCE: PORTFOLIO_CYCLE, VIGIA_NOW: "2024-03-09T07:13:00Z" };
    const { code, output } = await runToEnd({ dataDir: environment.VIGIA_DATA_DIR!, environment: night });
    expect([code, output.includes('"event":"run_once.end"')]).toEqual([2, true]);
  });
});

describe("P36: the cycle's result over HTTP", () => {
  test("latest with every user's result; counts are true; a user reads their own history", async () => {
    await using house = await openPeopled();
    await refuseWrites(`new.user_id = '${USER_2}'`);
    const run = await house.runJob(PORTFOLIO_CYCLE);
    const answer = await house.asOperator("/api/portfolio/cycles/latest");
    expect(answer.status).toBe(200);
    const latest = (await answer.json()) as FileJson;
    expect(latest).toMatchObject({
      run_id: run.id,
      success: false,
      outcome: "partial",
      users_processed: 3,
      successful: 2,
      failed: 1,
      next_cursor: null,
    });
    expect(latest.market_candidates).toBe(latest.details.market_candidates);
    expect(
      latest.results.map(({ user_id, state, success, files_changed }: FileJson) => [
        user_id,
        state,
        success,
        files_changed,
      ]),
    ).toEqual([
      [USER_1, "ok", true, 4],
      [USER_2, "failed", false, 0],
      [USER_3, "empty", true, 2],
    ]);
    expect(latest.results[1].error).toBe("An unexpected fault (Error).");
    const history = (await (await house.asOperator(`/api/portfolio/users/${USER_2}/history`)).json()) as FileJson;
    expect(history.items).toEqual([expect.objectContaining({ run_id: run.id, state: "failed" })]);
    const alerts = (await (
      await house.asOperator(`/api/portfolio/users/${USER_1}/alerts?symbol=AAA`)
    ).json()) as FileJson;
    expect(alerts.items).toEqual([expect.objectContaining({ symbol: "AAA", bar_date: FRIDAY, delivered_at: null })]);
    expect((await house.fetch("/api/portfolio/cycles/latest")).status).toBe(401);
  });

  test("before the first cycle there is none, and that is said", async () => {
    await using house = await openPeopled();
    const answer = await house.asOperator("/api/portfolio/cycles/latest");
    expect([answer.status, ((await answer.json()) as FileJson).code]).toEqual([404, "no_cycle_yet"]);
  });
});

test("a slot that finds nothing new is recorded as such; the first one is not", async () => {
  await (await openPeopled())[Symbol.asyncDispose]();
  const clock = createFakeClock("2024-03-08T21:19:50.000Z");
  const house = await openHouse(loadSettings(environment), { clock, log: silentLogger });
  try {
    await house.jobs.start();
    const cycles = async () =>
      (await house.jobs.runs({ job: PORTFOLIO_CYCLE, limit: 10 })).filter(({ status }) => status !== "running");
    const passUntil = async (count: number) => {
      const until = Date.now() + 30_000;
      while ((await cycles()).length < count && Date.now() < until) await clock.advance(60_000);
    };
    await passUntil(1);
    // Hourly once New York is closed, by New York's clocks.
    await passUntil(3);
    const runs = await cycles();
    expect(runs.length).toBeGreaterThanOrEqual(3);
    expect(runs.every(({ outcome }) => outcome === "ok")).toBe(true);
    const slots = await house.jobs.slots({ job: PORTFOLIO_CYCLE, limit: 10 });
    const settled = slots.filter(({ state }) => state === "skipped" || state === "done");
    expect(settled.length).toBeGreaterThanOrEqual(2);
    expect(settled.filter(({ reason }) => reason === "nothing_new").length).toBeGreaterThanOrEqual(1);
    const revisions = await withDatabase((db) => db.client.execute("select distinct revision from portfolio_files"));
    expect(revisions.rows.map(({ revision }) => revision)).toEqual([1]);
  } finally {
    await house.close();
  }
});

describe("retention", () => {
  test("results go after a week, alerts after 400 days, files never; analyses and scans as the settings say", async () => {
    await using house = await openPeopled();
    await house.runJob(PORTFOLIO_CYCLE);
    await withDatabase(async (db) => {
      const counts = async () => {
        const { rows } = await db.client.execute(
          `select (select count(*) from portfolio_results) results, (select count(*) from portfolio_alerts) alerts,
                  (select count(*) from asset_analyses) analyses, (select count(*) from radar_scans) scans,
                  (select count(*) from radar_candidates) candidates, (select count(*) from portfolio_files) files`,
        );
        return { ...rows[0] } as Record<string, number>;
      };
      const then = Date.parse(EVENING);
      const sweep = (afterMs: number, retentionRecommendationsDays = 0) =>
        sweepPortfolio(db, { retentionRecommendationsDays }, new Date(then + afterMs));
      const full = await counts();
      for (const count of [full.results, full.alerts, full.analyses, full.scans]) expect(count).toBeGreaterThan(0);
      await sweep(days(7) - hours(1));
      expect(await counts()).toEqual(full);
      await sweep(days(7) + hours(1));
      expect(await counts()).toEqual({ ...full, results: 0 });
      await sweep(days(400));
      expect(await counts()).toEqual({ ...full, results: 0 });
      await sweep(days(402));
      expect(await counts()).toEqual({ ...full, results: 0, alerts: 0 });
      await sweep(days(402), 500);
      expect((await counts()).analyses).toBe(full.analyses!);
      await sweep(days(402), 90);
      expect(await counts()).toEqual({ ...full, results: 0, alerts: 0, analyses: 0, scans: 0, candidates: 0 });
    });
  });
});

test("the process that serves has the files right after its first start, without being asked", async () => {
  await (await openPeopled())[Symbol.asyncDispose]();
  const served = boot({ dataDir: environment.VIGIA_DATA_DIR!, environment });
  await served.waitForOutput(/"event":"run\.finished"[^\n]*portfolio_cycle[^\n]*"outcome":"ok"/);
  served.kill("SIGTERM");
  expect(await served.exited).toBe(0);
  const files = await withDatabase((db) => db.client.execute("select count(*) count from portfolio_files"));
  expect(files.rows[0]!.count).toBe(10);
});
