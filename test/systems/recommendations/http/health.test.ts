import { expect, test } from "bun:test";
import { insertRun, origin, rated, scored } from "../fixtures.ts";
import { json, openApi, TODAY } from "./harness.ts";

interface Health {
  status: string;
  services: Record<string, boolean>;
}

test("row 36: a part works when some ticker had data of it, old data included", async () => {
  await using api = await openApi();
  const rows = [
    rated("YPF", { analyses: [scored("technical", 60), scored("fundamental", null, "error")] }),
    rated("PAM", { analyses: [scored("technical", 60), scored("sentiment", 50, "stale")] }),
  ];
  await api.store.save(rows, origin(TODAY, { jobRunId: await insertRun(api.db, { outcome: "partial" }) }));
  expect(await json<Health>(await api.get("/api/health"))).toMatchObject({
    status: "degraded",
    services: { technical: true, fundamental: false, sentiment: true, macro: false },
  });
});

test("row 36: after a run that wrote nothing no part works, though old rows are served; a running one says nothing", async () => {
  await using api = await openApi();
  const all = ["technical", "fundamental", "macro", "sentiment"] as const;
  const complete = rated("YPF", { analyses: all.map((type) => scored(type, 60)) });
  await api.store.save([complete], origin("2026-03-01", { jobRunId: await insertRun(api.db, { outcome: "ok" }) }));
  expect((await json<Health>(await api.get("/api/health"))).status).toBe("healthy");
  await insertRun(api.db, { outcome: "failed", startTime: "2026-03-02T10:00:00.000Z" });
  await insertRun(api.db, { outcome: null, startTime: "2026-03-02T11:00:00.000Z" });
  await insertRun(api.db, { job: "track_record", outcome: "ok", startTime: "2026-03-02T11:30:00.000Z" });
  const response = await api.get("/api/health");
  const { status, services } = await json<Health>(response);
  expect([response.status, status]).toEqual([200, "degraded"]);
  expect(Object.entries(services)).toEqual(
    ["technical", "fundamental", "sentiment", "macro"].map((name) => [name, false]),
  );
  expect((await api.get("/api/recommendations/latest")).status).toBe(200);
});
