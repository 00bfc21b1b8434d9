import { expect, test } from "bun:test";
import { dailyRecommendations } from "../../../src/db/schema/recommendations.ts";
import type { AlertBook, AlertInput } from "../../../src/jobs/alerts.ts";
import type { HouseEvent } from "../../../src/jobs/events.ts";
import { createEventBus } from "../../../src/kit/events.ts";
import { silentLogger } from "../../../src/kit/log.ts";
import { PriceError } from "../../../src/market/price-error.ts";
import type { HttpClient } from "../../../src/net/client.ts";
import { createRecommendations } from "../../../src/systems/recommendations/create-recommendations.ts";
import type { Sources } from "../../../src/systems/recommendations/facts.ts";
import { createFakeClock } from "../../support/clock.ts";
import { openTestDatabase, type TestDatabase } from "../../support/database.ts";
import { barsUpTo, createFakeMarket, wavyCloses } from "./fake-market.ts";
import { insertRun, settingsOf } from "./fixtures.ts";
import { closedHttp, createRun, noSources } from "./job-context.ts";

const NOW = "2024-03-08T23:00:00.000Z";

async function openHouse(
  database: TestDatabase,
  environment: Record<string, string> = {},
  sources: Sources = noSources,
) {
  const settings = settingsOf({ RECOMMENDATION_TICKERS: "YPF,GGAL", ...environment });
  const market = createFakeMarket({
    YPF: barsUpTo("2024-03-08", wavyCloses(300)),
    GGAL: barsUpTo("2024-03-08", wavyCloses(300, 9)),
  });
  const clock = createFakeClock(NOW);
  const events = createEventBus<HouseEvent>({ now: clock.now });
  const deps = { settings, db: database.db, clock, log: silentLogger, market, sources, http: closedHttp, events };
  const recommendations = createRecommendations(deps);
  await recommendations.prepare();
  return { recommendations, market, clock, events };
}

function createBook() {
  const raised: AlertInput[] = [];
  const cleared: string[] = [];
  const book: AlertBook = {
    raise: async (alert) => void raised.push(alert),
    clear: async (rule, subject = "") => void cleared.push(`${rule} ${subject}`.trim()),
  };
  return { book, raised, cleared };
}

test("row 18: the schedule is the first setting that is set, in the job's zone", async () => {
  await using database = await openTestDatabase();
  const cronOf = async (environment: Record<string, string>) =>
    (await openHouse(database, environment)).recommendations.jobs[0]!.schedule;
  const timezone = "America/Argentina/Buenos_Aires";
  expect(await cronOf({})).toEqual({ cron: "0 6 * * *", timezone });
  expect(await cronOf({ DAILY_ANALYSIS_HOUR: "9" })).toEqual({ cron: "0 9 * * *", timezone });
  const weekday = { WEEKDAY_ANALYSIS_CRON: "0 6 * * 1-5", DAILY_ANALYSIS_HOUR: "9" };
  expect(await cronOf(weekday)).toEqual({ cron: "0 6 * * 1-5", timezone });
  const own = { ...weekday, DAILY_ANALYSIS_CRON: "15 7 * * *", DAILY_ANALYSIS_TIMEZONE: "UTC" };
  expect(await cronOf(own)).toEqual({ cron: "15 7 * * *", timezone: "UTC" });
});

test("a day without a run is overdue after 25 h, but not where the schedule leaves days out", async () => {
  await using database = await openTestDatabase();
  const overdueAfterMs = async (environment: Record<string, string>) =>
    (await openHouse(database, environment)).recommendations.jobs[0]!.overdueAfterMs;
  expect(await overdueAfterMs({})).toBe(25 * 3_600_000);
  expect(await overdueAfterMs({ DAILY_ANALYSIS_CRON: "0 6,18 * * 0-6" })).toBe(25 * 3_600_000);
  expect(await overdueAfterMs({ WEEKDAY_ANALYSIS_CRON: "0 6 * * 1-5" })).toBeUndefined();
  expect(await overdueAfterMs({ DAILY_ANALYSIS_CRON: "0 6 1 * *" })).toBeUndefined();
});

test("the two jobs have the limits of the house's table", async () => {
  await using database = await openTestDatabase();
  const { recommendations } = await openHouse(database, { MAX_RETRIES: "2" });
  const minutes = (count: number) => count * 60_000;
  expect(recommendations.jobs).toMatchObject([
    {
      name: "daily_analysis",
      timeoutMs: minutes(60),
      catchUp: { mode: "latest", windowMs: minutes(720) },
      retries: { times: 2, delaysMs: [minutes(5), minutes(15), minutes(45)] },
      public: true,
      runWhenNew: true,
    },
    {
      name: "track_record",
      schedule: { cron: "30 6 * * *" },
      timeoutMs: minutes(10),
      catchUp: { mode: "latest", windowMs: minutes(1_440) },
      retries: { times: 1, delaysMs: [minutes(15)] },
      public: true,
    },
  ]);
});

test("a date becomes the latest when its run has ended, not while it is written", async () => {
  await using database = await openTestDatabase();
  const { recommendations, clock, events } = await openHouse(database);
  const [daily] = recommendations.jobs;
  await daily!.run(await createRun({ db: database.db, now: NOW, clock, run: { trigger: "startup" } }));
  expect((await recommendations.store.latest())?.analysisDate).toBe("2024-03-08");
  const running = await createRun({
    db: database.db,
    now: NOW,
    clock,
    run: { trigger: "manual", params: { as_of: "2024-03-07" } },
  });
  await database.db.client.execute("update job_runs set status = 'failed', outcome = 'interrupted' where id = 1");
  await daily!.run(running);
  expect((await recommendations.store.latest())?.analysisDate).toBe("2024-03-07");
  await database.db.client.execute("update job_runs set status = 'completed', outcome = 'ok' where id = 1");
  expect((await recommendations.store.latest())?.analysisDate).toBe("2024-03-07");
  const finished = { outcome: "ok", duration_ms: 1, units_written: 2, errors: 0, retry_at: null } as const;
  events.publish({ type: "run.finished", job: "daily_analysis", run_id: 1, ...finished });
  expect((await recommendations.store.latest())?.analysisDate).toBe("2024-03-08");
});

test.each(["unknown_symbol", "no_source"] as const)(
  "a backfill without a file of a ticker (%s) is whole",
  async (code) => {
    await using database = await openTestDatabase();
    const { recommendations, market, clock } = await openHouse(database);
    market.faults.set("GGAL", new PriceError(code, "GGAL", "There is nothing to read."));
    const params = { backfill_from: "2024-03-04", backfill_to: "2024-03-06" };
    const run = await createRun({ db: database.db, now: NOW, clock, run: { trigger: "backfill", params } });
    expect(await recommendations.jobs[0]!.run(run)).toMatchObject({ outcome: "ok", unitsWritten: 3, errors: 0 });
  },
);

test("a run by hand with backfill_from fills history", async () => {
  await using database = await openTestDatabase();
  const { recommendations, clock } = await openHouse(database);
  const params = { backfill_from: "2024-03-04", backfill_to: "2024-03-06" };
  const run = await createRun({ db: database.db, now: NOW, clock, run: { trigger: "backfill", params } });
  const result = await recommendations.jobs[0]!.run(run);
  expect(result).toMatchObject({ outcome: "ok", unitsWritten: 6, logData: { backfill: { written: 6 } } });
  expect(run.advanced).toEqual(["YPF", "GGAL"]);
  expect(run.events).toMatchObject([{ type: "scores.updated", public: true }]);
  const rows = await database.db.read.select().from(dailyRecommendations);
  expect(new Set(rows.map((row) => row.trigger))).toEqual(new Set(["backfill"]));
});

test.each([
  [{ backfill_from: "2024-03-04" }, "backfill_to is missing."],
  [{ backfill_from: "yesterday", backfill_to: "2024-03-04" }, "backfill_from is not a date that exists."],
  [{ backfill_from: "2024-03-05", backfill_to: "2024-03-04" }, "backfill_from is later than backfill_to, 2024-03-04."],
])("a backfill with %p is refused", async (params, message) => {
  await using database = await openTestDatabase();
  const { recommendations, clock } = await openHouse(database);
  const run = await createRun({ db: database.db, now: NOW, clock, run: { trigger: "manual", params } });
  await expect(recommendations.jobs[0]!.run(run)).rejects.toThrow(message);
});

test("row 24: data.stale fires after 36 hours, 72 on a weekday schedule, and clears with the next run", async () => {
  await using database = await openTestDatabase();
  const { recommendations, clock } = await openHouse(database);
  const { book, raised, cleared } = createBook();
  await recommendations.judgeAlerts(book);
  expect(cleared).toEqual(["data.stale"]);
  await recommendations.jobs[0]!.run(
    await createRun({ db: database.db, now: NOW, clock, run: { trigger: "startup" } }),
  );
  await clock.advance(36 * 3_600_000);
  await recommendations.judgeAlerts(book);
  expect(raised).toEqual([]);
  await clock.advance(3_600_000);
  await recommendations.judgeAlerts(book);
  expect(raised).toMatchObject([{ rule: "data.stale", level: "warning", value: 37, threshold: 36 }]);
  const weekdays = await openHouse(database, { WEEKDAY_ANALYSIS_CRON: "0 6 * * 1-5" });
  weekdays.clock.jump(70 * 3_600_000);
  await weekdays.recommendations.judgeAlerts(book);
  expect(raised).toHaveLength(1);
  const run = await createRun({ db: database.db, now: NOW, clock, run: { trigger: "manual" } });
  await recommendations.jobs[0]!.run({ ...run, alerts: book });
  expect(cleared.at(-1)).toBe("data.stale");
});

test("row 24: source.down fires at the third run in a row without an answer, and clears at the first one", async () => {
  await using database = await openTestDatabase();
  const calling: Sources = {
    ...noSources,
    async news(_ticker, { http, signal }) {
      await http.call("gnews", { url: "https://gnews.test", kind: "news", signal }).catch(() => undefined);
      return { status: "error", source: "gnews", reason: "GNews did not answer." };
    },
  };
  const { recommendations, clock } = await openHouse(database, {}, calling);
  const { book, raised, cleared } = createBook();
  const runOnce = async (http: HttpClient) => {
    const run = await createRun({ db: database.db, now: NOW, clock, http, run: { trigger: "manual" } });
    const result = await recommendations.jobs[0]!.run({ ...run, alerts: book });
    const logData = JSON.stringify(result.logData).replaceAll("'", "''");
    await database.db.client.execute(`update job_runs set log_data = '${logData}' where id = ${run.run.id}`);
  };
  await runOnce(closedHttp);
  await insertRun(database.db, { outcome: "ok", trigger: "backfill", logData: { backfill: {} } });
  await runOnce(closedHttp);
  expect(raised).toEqual([]);
  await runOnce(closedHttp);
  expect(raised).toMatchObject([{ rule: "source.down", subject: "gnews", level: "warning" }]);
  expect(cleared).not.toContain("source.down gnews");
  const answer = { status: 200, headers: new Headers(), text: "{}", json: () => ({}) };
  await runOnce({ ...closedHttp, call: async () => answer });
  expect(cleared).toContain("source.down gnews");
});

test("the track record is computed once until something is judged", async () => {
  await using database = await openTestDatabase();
  const { recommendations, clock } = await openHouse(database);
  const before = await recommendations.loadTrackRecord();
  expect(before.groups).toEqual([]);
  expect(await recommendations.loadTrackRecord()).toBe(before);
  await recommendations.jobs[1]!.run(await createRun({ db: database.db, now: NOW, clock, job: "track_record" }));
  expect(await recommendations.loadTrackRecord()).not.toBe(before);
});

test("a backfill is judged at once", async () => {
  await using database = await openTestDatabase();
  const { recommendations, clock } = await openHouse(database);
  const params = { backfill_from: "2024-01-02", backfill_to: "2024-02-01" };
  const run = await createRun({ db: database.db, now: NOW, clock, run: { trigger: "backfill", params } });
  expect((await recommendations.jobs[0]!.run(run)).logData?.judged).toBeGreaterThan(0);
  expect((await recommendations.loadTrackRecord()).groups).toMatchObject([{ origin: "backfill", tickers: 2 }]);
});

test("row 32: the sweep goes by the settings", async () => {
  await using database = await openTestDatabase();
  const { recommendations, clock } = await openHouse(database, { RETENTION_RECOMMENDATIONS_DAYS: "30" });
  await recommendations.jobs[0]!.run(
    await createRun({ db: database.db, now: NOW, clock, run: { trigger: "startup" } }),
  );
  expect(await recommendations.store.latest()).toBeDefined();
  await recommendations.sweep(new Date("2024-05-01T00:00:00Z"));
  expect(await recommendations.store.latest()).toBeUndefined();
});
