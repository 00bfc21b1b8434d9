import { expect, test } from "bun:test";
import { jobRuns } from "../../../../src/db/schema/jobs.ts";
import type { ResultState } from "../../../../src/db/schema/portfolio.ts";
import { createServer } from "../../../../src/server/index.ts";
import { createMetrics } from "../../../../src/server/metrics/index.ts";
import { cycleRoutes } from "../../../../src/systems/portfolio/http/cycle-routes.ts";
import { insertResults } from "../../../../src/systems/portfolio/store/results.ts";
import { openTestServer, operator } from "../../../server/harness.ts";

const AT = "2024-03-08T09:00:00.000Z";

/** A cycle that ended, with users `a`, `b`, … in these states. */
async function openCycle(states: readonly ResultState[]) {
  const base = await openTestServer();
  const { db } = base.store;
  await db.write(async (tx) => {
    await tx.insert(jobRuns).values({
      id: 7,
      uid: "u7",
      jobName: "portfolio_cycle",
      trigger: "cron",
      startTime: AT,
      endTime: AT,
      status: "completed",
      outcome: "partial",
      bootId: "b",
      createdAt: AT,
    });
    for (const [index, state] of states.entries()) {
      const counts = { symbols: 3, failedSymbols: 0, filesChanged: 4 };
      const problem = state === "failed" ? "no prices" : null;
      const userId = String.fromCharCode(97 + index);
      await insertResults(tx, [{ userId, state, problem, ...counts }], { runId: 7, createdAt: AT });
    }
  });
  const options = { ...base.options, dataSource: "csv" as const };
  const routes = cycleRoutes(options as unknown as Parameters<typeof cycleRoutes>[0]);
  const systems = [{ name: "portfolio", routes }];
  const app = createServer({ ...base.options, metrics: createMetrics({ log: base.log }), systems });
  const ask = async (query: string) => {
    const response = await app.request(`/api/portfolio/cycles/latest${query}`, operator());
    const body = (await response.json()) as { results: { user_id: string }[]; next_cursor: string | null };
    return { status: response.status, users: body.results?.map((result) => result.user_id), next: body.next_cursor };
  };
  return { ask, [Symbol.asyncDispose]: base[Symbol.asyncDispose] };
}

test("a cycle's results can be cut down to those of one state, page by page", async () => {
  await using cycle = await openCycle(["ok", "failed", "empty", "failed", "failed"]);
  expect((await cycle.ask("")).users).toEqual(["a", "b", "c", "d", "e"]);
  const first = await cycle.ask("?state=failed&limit=2");
  expect(first.users).toEqual(["b", "d"]);
  expect((await cycle.ask(`?state=failed&limit=2&cursor=${first.next}`)).users).toEqual(["e"]);
  expect((await cycle.ask("?state=empty")).users).toEqual(["c"]);
});

test("a cursor of another state is refused, and so is a state that there is not", async () => {
  await using cycle = await openCycle(["failed", "failed", "ok"]);
  const { next } = await cycle.ask("?state=failed&limit=1");
  expect((await cycle.ask(`?limit=1&cursor=${next}`)).status).toBe(400);
  expect((await cycle.ask("?state=lost")).status).toBe(422);
});
