import { expect, test } from "bun:test";
import { json, openApi } from "./harness.ts";

test("the track record is empty before anything was judged, and tagged", async () => {
  await using api = await openApi();
  const response = await api.get("/api/recommendations/track-record");
  expect(await json<unknown>(response)).toEqual({ benchmark: null, computed_at: null, groups: [] });
  expect(response.headers.get("cache-control")).toBe("max-age=60");
  const again = await api.get("/api/recommendations/track-record", {
    "If-None-Match": response.headers.get("etag")!,
  });
  expect(again.status).toBe(304);
});
