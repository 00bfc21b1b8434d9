import type { Database } from "../../../src/db/index.ts";
import { makeScope } from "../../../src/db/scope.ts";
import type { JobContext, RunInfo } from "../../../src/jobs/define.ts";
import type { SystemEvent } from "../../../src/jobs/events.ts";
import { silentLogger } from "../../../src/kit/log.ts";
import type { HttpClient } from "../../../src/net/client.ts";
import type { MacroFacts, Sourced, Sources } from "../../../src/systems/recommendations/facts.ts";
import { createFakeClock, type FakeClock } from "../../support/clock.ts";
import { insertRun } from "./fixtures.ts";

/** A door to a network that is off. */
export const closedHttp: HttpClient = {
  call: () => Promise.reject(new Error("the network is off")),
  budgetLeft: async () => Number.POSITIVE_INFINITY,
};

export interface TestRun extends JobContext {
  clock: FakeClock;
  events: SystemEvent[];
  advanced: string[];
  controller: AbortController;
}

interface RunOptions {
  db: Database;
  now: string;
  job?: string;
  run?: Partial<RunInfo>;
  http?: HttpClient;
  clock?: FakeClock;
}

/** What the runner would hand to a job, with a row of `job_runs` behind it. */
export async function createRun({
  db,
  now,
  job = "daily_analysis",
  run = {},
  http,
  clock,
}: RunOptions): Promise<TestRun> {
  const fakeClock = clock ?? createFakeClock(now);
  const trigger = run.trigger ?? "cron";
  const id = await insertRun(db, {
    outcome: "ok",
    job,
    trigger,
    attempt: run.attempt ?? 1,
    slotAt: run.slotAt?.toISOString() ?? null,
    startTime: now,
  });
  const controller = new AbortController();
  const events: SystemEvent[] = [];
  const advanced: string[] = [];
  return {
    run: { id, uid: `run-${id}`, job, trigger, attempt: 1, slotAt: null, startedAt: new Date(now), params: {}, ...run },
    scope: makeScope({ kind: "job", tenantId: "default", role: "operator" }),
    http: http ?? closedHttp,
    log: silentLogger,
    progress: { total: () => {}, advance: (_count, item) => void advanced.push(item ?? "") },
    signal: controller.signal,
    clock: fakeClock,
    emit: (event) => void events.push(event),
    alerts: { raise: async () => {}, clear: async () => {} },
    events,
    advanced,
    controller,
  };
}

const unavailable = async () => ({ status: "missing" as const, source: null, reason: "not configured" });

/** Sources that have nothing. */
export const noSources: Sources = { fundamentals: unavailable, macro: unavailable, news: unavailable };

/** Sources that answer: a healthy company, a calm country, one good headline. */
export const goodSources: Sources = {
  fundamentals: async (_ticker, { now, asOf }) => ({
    status: "fresh",
    source: "test",
    fetchedAt: now.toISOString(),
    asOf,
    raw: { from: "test" },
    facts: {
      ratios: {
        roe: 0.18,
        roa: 0.03,
        debtToEquity: 0.4,
        currentRatio: 2.2,
        quickRatio: null,
        peRatio: 10,
        pbRatio: null,
        grossMargin: 0.4,
        operatingMargin: null,
        netMargin: null,
      },
      equityNotPositive: false,
      periodEnd: asOf,
      currency: "USD",
      companyName: null,
      sector: null,
      marketCap: null,
    },
  }),
  macro: async ({ now, asOf }): Promise<Sourced<MacroFacts>> => ({
    status: "fresh",
    source: "test",
    fetchedAt: now.toISOString(),
    asOf,
    raw: null,
    facts: {
      usd: [{ date: asOf, value: 900 }],
      cer: [],
      inflation: [{ date: asOf, value: 3 }],
      countryRisk: [{ date: asOf, value: 900 }],
      problems: {},
    },
  }),
  news: async (ticker, { now, asOf }) => ({
    status: "fresh",
    source: "test",
    fetchedAt: now.toISOString(),
    asOf,
    raw: null,
    facts: {
      articles: [
        {
          title: `${ticker.companyName} sube con ganancias récord`,
          description: null,
          url: "https://news.test/1",
          source: "test",
          publishedAt: new Date(now.getTime() - 3_600_000).toISOString(),
          lang: "es",
        },
      ],
    },
  }),
};
