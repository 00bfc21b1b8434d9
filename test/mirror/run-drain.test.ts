import { expect, test } from "bun:test";
import type { JobContext, RunInfo } from "../../src/jobs/define.ts";
import { seconds } from "../../src/kit/duration.ts";
import { MIRROR_SYSTEM, mirrorPeers } from "../../src/mirror/remote/peer.ts";
import { runDrain } from "../../src/mirror/run-drain.ts";
import { createMetrics, type Metrics } from "../../src/server/metrics/index.ts";
import { children, type MirrorBench, namesWith, openMirrorBench, parents } from "./delivery/bench.ts";

interface Raised {
  rule: string;
  message: string;
  value?: number;
}

/** One run of the job, with what it raises and counts. */
function runJob(
  bench: MirrorBench,
  run: Pick<RunInfo, "trigger"> & Partial<RunInfo>,
  { raised = [], metrics = createMetrics({ log: bench.parts.log }) }: { raised?: Raised[]; metrics?: Metrics } = {},
) {
  const { parts, clock } = bench;
  const context = {
    run: { id: 1, uid: "u", job: "mirror_drain", attempt: 1, slotAt: null, startedAt: clock.now(), params: {}, ...run },
    http: bench.openDoor().clientFor(MIRROR_SYSTEM, mirrorPeers(parts.settings)),
    log: parts.log,
    progress: { total() {}, advance() {} },
    signal: new AbortController().signal,
    clock,
    alerts: { raise: async (alert: Raised) => void raised.push(alert), clear: async () => {} },
  } as unknown as JobContext;
  return runDrain({ ...parts, metrics, busyJobs: () => new Set() }, context);
}

/** A row that is owed, of a stream whose process died while sending. */
async function openCutOffBench(): Promise<MirrorBench> {
  const bench = await openMirrorBench({ streams: [{ ...parents, writers: ["job"] }, children] });
  await bench.addParents(namesWith(1));
  const later = new Date(bench.clock.now().getTime() + seconds(86_400)).toISOString();
  await bench.run("update mirror_streams set probe_at = ? where stream = 'parents'", [later]);
  return bench;
}

test("the run that follows one that died leaves what that had sent the time to arrive", async () => {
  await using bench = await openCutOffBench();
  const retried = { trigger: "retry", attempt: 2, params: {} } as const;
  expect(await runJob(bench, retried)).toMatchObject({ outcome: "ok", unitsWritten: 0 });
  expect(bench.supabase.history.requests).toHaveLength(0);
  bench.clock.jump(seconds(61));
  expect(await runJob(bench, { trigger: "cron" })).toMatchObject({ outcome: "ok", unitsWritten: 1 });
});

test.each([
  ["a person", { trigger: "manual", params: { all: true } }],
  ["the start", { trigger: "startup" }],
  ["a person whose run died", { trigger: "retry", attempt: 2, params: { all: true } }],
] as const)("%s who asks for everything gets it, once nothing older can arrive", async (_, run) => {
  await using bench = await openCutOffBench();
  const startedMs = bench.clock.now().getTime();
  expect(await runJob(bench, run)).toMatchObject({ unitsWritten: 1 });
  expect(bench.clock.now().getTime() - startedMs).toBeGreaterThanOrEqual(seconds(60));
});

test("what was accepted, deleted and refused is counted by stream, and the alert says how much was refused", async () => {
  await using bench = await openMirrorBench();
  await bench.addParents(["good", "bad", "gone"]);
  await bench.run("insert into children values ('c1', null, 'bad'), ('c2', null, 'bad')");
  await bench.run("delete from parents where id = 'p0002'");
  const raised: Raised[] = [];
  const metrics = createMetrics({ log: bench.parts.log });
  const result = await runJob(bench, { trigger: "manual", params: { all: true } }, { raised, metrics });
  expect(result).toMatchObject({
    outcome: "partial",
    errors: 3,
    logData: { dead_lettered: { parents: 1, children: 2 } },
  });
  expect(raised).toMatchObject([
    { rule: "dead_letters.growing", value: 3, message: expect.stringContaining("3 rows") },
  ]);
  const counted = (await metrics.render()).split("\n").filter((line) => line.startsWith("mirror_rows_total"));
  for (const [table, outcome, rows] of [
    ["parents", "ok", 1],
    ["parents", "deleted", 1],
    ["parents", "dead_letter", 1],
    ["children", "dead_letter", 2],
  ])
    expect(counted).toContain(`mirror_rows_total{table="${table}",result="${outcome}"} ${rows}`);
});
