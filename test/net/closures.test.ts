import { expect, test } from "bun:test";
import { closureOf, createRunClosures } from "../../src/net/run-closures.ts";
import { createFakeClock } from "../support/clock.ts";

test("a refusal closes the peer, or only its kind where the peer says so", () => {
  const closures = createRunClosures(createFakeClock(), true);
  closures.close(closureOf({ name: "fmp" }, "ratios"), 401);
  closures.close(closureOf({ name: "yahoo", closes: "kind" }, "news"), 403);
  expect(closures.find(closureOf({ name: "fmp" }, "profile"))?.status).toBe(401);
  expect(closures.find(closureOf({ name: "yahoo", closes: "kind" }, "news"))?.status).toBe(403);
  expect(closures.find(closureOf({ name: "yahoo", closes: "kind" }, "chart"))).toBeUndefined();
});
