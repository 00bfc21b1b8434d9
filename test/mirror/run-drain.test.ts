import { expect, test } from "bun:test";
import type { JobContext, RunInfo } from "../../src/jobs/define.ts";
import { seconds } from "../../src/kit/duration.ts";
import { MIRROR_SYSTEM, mirrorPeers } from "../../src/mirror/remote/peer.ts";
import { runDrain } from "../../src/mirror/run-drain.ts";
import { createMetrics } from "../../src/server/metrics/index.ts";
import { children, type MirrorBench, namesWith, openMirrorBench, parents } from "./delivery/bench.ts";

/** One run of the job; alerts are not what is asked about. */
function runJob(bench: MirrorBench, run: Pick<RunInfo, "trigger"> & Partial<RunInfo>) {
  const { parts, clock } = bench;
  const context = {
    run: { id: 1, uid: "u", job: "mirror_drain", attempt: 1, slotAt: null, startedAt: clock.now(), params: {}, ...run },
    http: bench.openDoor().clientFor(MIRROR_SYSTEM, mirrorPeers(parts.settings)),
    log: parts.log,
    progress: { total() {}, advance() {} },
    signal: new AbortController().signal,
    clock,
    alerts: { raise: async () => {}, clear: async () => {} },
  } as unknown as JobContext;
  return runDrain({ ...parts, metrics: createMetrics({ log: parts.log }), busyJobs: () => new Set() }, context);
}

/** A row that is owed, of a stream whose process died while sending. */
async function openCutOffBench(): Promise<MirrorBench> {
  const bench = await openMirrorBench({ streams: [{ ...parents, writers: ["job"] }, children] });
  await bench.addParents(namesWith(1));
  const later = new Date(bench.clock.now().getTime() + seconds(86_400)).toISOString();
  await bench.run("update mirror_streams set probe_at = ? where stream = 'parents'", [later]);
  return bench;
}

test.each([
  ["by the clock", {}],
  ["by a person", { all: true }],
])("the run that follows one that died waits for what that had sent, although it was begun %s", async (_, params) => {
  await using bench = await openCutOffBench();
  const retried = { trigger: "retry", attempt: 2, params } as const;
  expect(await runJob(bench, retried)).toMatchObject({ outcome: "ok", unitsWritten: 0 });
  expect(bench.supabase.history.requests).toHaveLength(0);
  bench.clock.jump(seconds(61));
  expect(await runJob(bench, { trigger: "cron" })).toMatchObject({ outcome: "ok", unitsWritten: 1 });
});

test("who asks for everything does not wait", async () => {
  await using bench = await openCutOffBench();
  expect(await runJob(bench, { trigger: "manual", params: { all: true } })).toMatchObject({ unitsWritten: 1 });
});
