import { expect, test } from "bun:test";
import { MAX_LINES, openRunLog } from "../../src/jobs/run-log.ts";
import type { Logger } from "../../src/kit/log.ts";
import { createRedactor } from "../../src/kit/redact.ts";
import { OK, openBench, testJob } from "./harness.ts";

test("lines of a run are rows in order, with the fields of child loggers, errors readable and secrets masked", async () => {
  await using bench = await openBench();
  const { engine } = bench.boot(
    [
      testJob({
        run: async ({ log }) => {
          log.info("ticker.scored", "GGAL scored with key hunter22.", { ticker: "GGAL", api_key: "abc", score: 71 });
          log.child({ source: "yahoo" }).warn("source.slow", "Slow.", { error: new Error("late") });
          log.debug("detail", "Not kept with the run.");
          return OK;
        },
      }),
    ],
    { redactor: createRedactor(["hunter22"]) },
  );
  const { id } = await engine.runNow("daily");
  await engine.waitForRun(id);
  const lines = await engine.runLogs(id);
  expect(lines.map(({ seq, level, event }) => [seq, level, event])).toEqual([
    [1, "info", "run.started"],
    [2, "info", "ticker.scored"],
    [3, "warn", "source.slow"],
    [4, "info", "run.finished"],
  ]);
  expect(lines[1]).toMatchObject({
    message: "GGAL scored with key ***.",
    fields: { ticker: "GGAL", api_key: "***", score: 71 },
  });
  expect(lines[2]?.fields).toEqual({ source: "yahoo", error: { type: "Error", message: "late" } });
  expect((await engine.runLogs(id, { afterSeq: 2, limit: 1 })).map(({ seq }) => seq)).toEqual([3]);
});

test("a run keeps its first lines, and one more says how many were dropped", async () => {
  await using bench = await openBench();
  const { engine } = bench.boot([
    testJob({
      run: async ({ log }) => {
        for (let line = 0; line < MAX_LINES + 100; line++) log.info("line", `${line}`);
        return OK;
      },
    }),
  ]);
  const { id } = await engine.runNow("daily");
  await engine.waitForRun(id);
  const lines = await engine.runLogs(id, { limit: 5_000 });
  expect(lines).toHaveLength(MAX_LINES + 1);
  // 2,100 of the job and the two of the runtime.
  expect(lines.at(-1)).toMatchObject({
    level: "warn",
    event: "run.log_cut",
    message: expect.stringMatching(/^102 more/),
  });
});

test("lines are written within half a second, while the run goes on", async () => {
  await using bench = await openBench();
  const { engine } = bench.boot([
    testJob({
      run: async ({ log, clock, signal }) => {
        log.info("line", "one");
        await clock.sleep(10_000, signal);
        return OK;
      },
    }),
  ]);
  const { id } = await engine.runNow("daily");
  await bench.clock.advance(499);
  expect(await engine.runLogs(id)).toEqual([]);
  await bench.clock.advance(1);
  expect(await engine.runLogs(id)).toHaveLength(2);
});

test("when lines cannot be stored the run goes on, and it is said once", async () => {
  await using bench = await openBench();
  const warnings: string[] = [];
  const log: Logger = {
    debug() {},
    info() {},
    warn: (event) => void warnings.push(event),
    error() {},
    child: () => log,
  };
  bench.store.logs.write = () => Promise.reject(new Error("disk I/O error"));
  const { engine } = bench.boot([testJob()], { log });
  for (let run = 0; run < 2; run++) {
    const { id } = await engine.runNow("daily");
    expect(await engine.waitForRun(id)).toMatchObject({ outcome: "ok" });
  }
  expect(warnings).toEqual(["run_log.lost"]);
});

test("fields that are no JSON or too long are cut instead of lost", async () => {
  await using bench = await openBench();
  const lost: number[] = [];
  const { log, close } = openRunLog({
    runId: 1,
    logs: bench.store.logs,
    clock: bench.clock,
    mainLog: { debug() {}, info() {}, warn() {}, error() {}, child: (): never => expect.unreachable() },
    redactor: createRedactor(),
    onLost: (lines) => void lost.push(lines),
  });
  log.info("a", "x".repeat(10_000), { big: 1n });
  log.info("b", "b", { long: "y".repeat(20_000) });
  await close();
  log.info("c", "after the end");
  const { engine } = bench.boot([testJob()]);
  const lines = await engine.runLogs(1);
  expect(lines).toHaveLength(2);
  expect(lines[0]?.message).toHaveLength(2_000);
  for (const { fields } of lines) expect(fields?.cut).toBeString();
  expect(lost).toEqual([]);
});
