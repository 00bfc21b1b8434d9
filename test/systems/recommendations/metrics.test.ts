import { expect, test } from "bun:test";
import type { HouseEvent } from "../../../src/jobs/events.ts";
import { createEventBus } from "../../../src/kit/events.ts";
import { type Logger, silentLogger } from "../../../src/kit/log.ts";
import { createMetrics } from "../../../src/server/metrics/index.ts";
import { watchRecommendations } from "../../../src/systems/recommendations/metrics.ts";
import { createRecommendationStore } from "../../../src/systems/recommendations/store.ts";
import { createFakeClock } from "../../support/clock.ts";
import { openTestDatabase } from "../../support/database.ts";

test("a run that ends while the store closes costs its figures, not the process", async () => {
  const { db } = await openTestDatabase();
  const clock = createFakeClock("2026-03-02T09:00:00Z");
  const events = createEventBus<HouseEvent>({ now: clock.now });
  const warned = Promise.withResolvers<string>();
  const log: Logger = { ...silentLogger, warn: warned.resolve };
  const metrics = createMetrics({ log });
  watchRecommendations({ metrics, events, db, clock, log, store: createRecommendationStore(db, "sample") });
  db.close();
  events.publish({
    type: "run.finished",
    job: "daily_analysis",
    run_id: 1,
    outcome: "interrupted",
    duration_ms: 1,
    units_written: 0,
    errors: 0,
    retry_at: null,
  });
  expect(await warned.promise).toBe("metrics.uncounted");
});
