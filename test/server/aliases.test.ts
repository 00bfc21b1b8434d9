import { expect, test } from "bun:test";
import { ALIASES, resolveAlias } from "../../src/server/aliases.ts";

test.each([
  ["/api/admin/dlq", "/api/dead-letters"],
  ["/api/erp/dlq/stats", "/api/dead-letters/stats"],
  ["/api/mirror/dead-letters/7", "/api/dead-letters/7"],
  ["/api/admin/dlq/7/retry", "/api/dead-letters/7/replay"],
  ["/api/admin/dlq/7/discard", "/api/dead-letters/7/discard"],
  // An id called `retry`: nothing stands between the two ends of the pattern for the verb.
  ["/api/admin/dlq/retry", "/api/dead-letters/retry"],
  ["/api/admin/dlq/$&/retry", "/api/dead-letters/$&/replay"],
])("%s is %s", (path, resolved) => {
  expect(resolveAlias(path, ALIASES)?.path).toBe(resolved);
});

test("the two ends of a pattern may not share letters of the path", () => {
  const aliases = [{ from: "/old/*/old", to: "/new/*" }];
  expect(resolveAlias("/old/old", aliases)).toBeUndefined();
  expect(resolveAlias("/old/7/old", aliases)?.path).toBe("/new/7");
  expect(resolveAlias("/older", aliases)).toBeUndefined();
});
