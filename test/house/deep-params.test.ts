import { expect, test } from "bun:test";
import type { Problem } from "../../src/server/problem.ts";
import { openTestHouse } from "../support/house.ts";

test("nested parameters that SQLite would not take are the caller's fault, and start nothing", async () => {
  await using house = await openTestHouse({ analyzed: false });
  for (const depth of [1_100, 200_000]) {
    const body = `{"params": {"as_of": ${"[".repeat(depth)}${"]".repeat(depth)}}}`;
    const answer = await house.asOperator("/api/jobs/retention/run", {
      method: "POST",
      body,
      headers: { "Content-Type": "application/json" },
    });
    expect(answer.status).toBe(422);
    expect((await answer.json()) as Problem).toMatchObject({
      code: "bad_params",
      detail: expect.stringContaining("params is nested"),
    });
  }
  const runs = await house.asOperator("/api/jobs/retention/runs");
  expect(await runs.json()).toMatchObject({ items: [] });
});
