import { expect, test } from "bun:test";
import { hc } from "hono/client";
import type { HouseRoutes } from "../../src/server/index.ts";
import { openTestServer, operator } from "./harness.ts";

test("the routes' types reach Hono's client: paths, parameters, bodies and answers", async () => {
  await using server = await openTestServer();
  const client = hc<HouseRoutes>("http://localhost", {
    fetch: (input: string | URL | Request, init?: RequestInit) => server.app.request(input.toString(), init),
    headers: operator().headers as Record<string, string>,
  });
  const response = await client.api.jobs.status.$get({ query: { limit: 1 } });
  if (!response.ok) throw new Error("not ok");
  const status = await response.json();
  // These lines compile only when the types arrive.
  const names: string[] = status.jobs.map((job) => job.job_name);
  const age: number | null = status.data.age_seconds;
  expect(names).toEqual(["daily_analysis", "retention"]);
  expect(age).toBe(10_800);
  const started = await client.api.jobs[":name"].run.$post({
    param: { name: "retention" },
    json: { params: { a: 1 } },
  });
  expect(started.status).toBe(202);
  expect(server.jobs.calls).toEqual(['run retention {"a":1}']);
  const live = await client.health.live.$get();
  const { status: healthy }: { status: "healthy" } = await live.json();
  expect(healthy).toBe("healthy");
});
