import { describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { openDatabase } from "../../src/db/index.ts";
import { acquireLock } from "../../src/jobs/process-lock.ts";
import type { RunView } from "../../src/jobs/runtime.ts";
import { createSystemClock } from "../../src/kit/clock.ts";
import { jsonOf, startHouse, temporaryDir, vigia } from "./harness.ts";

/** A Friday evening after the close of New York. */
const NOW = "2024-03-08T23:00:00Z";
const settingsOf = (dataDir: string, more: Record<string, string> = {}) => ({
  VIGIA_DATA_DIR: dataDir,
  VIGIA_NOW: NOW,
  RECOMMENDATION_TICKERS: "YPF,GGAL",
  ...more,
});

describe("a command works through the process that owns the data directory, or opens it itself", () => {
  test("both ways give the same results", async () => {
    using dir = temporaryDir();
    const commands = [
      ["run", "daily_analysis", "--as-of", "2024-03-01"],
      ["run", "daily_analysis"],
      ["backfill", "--from", "2024-02-26", "--to", "2024-03-05"],
      ["run", "track_record"],
      ["scores"],
      ["track-record"],
      ["runs"],
    ];
    const resultsOf = async (environment: Record<string, string>) => {
      const results: unknown[] = [];
      for (const args of commands) {
        const ran = await vigia([...args, "--json"], { environment });
        results.push({ args, code: ran.code, body: withoutMoments(jsonOf(ran)) });
      }
      return results;
    };
    const alone = await resultsOf(settingsOf(join(dir.path, "alone")));
    const environment = settingsOf(join(dir.path, "running"));
    await using _running = await startHouse(environment);
    const through = await resultsOf(environment);
    expect(through).toEqual(alone);
    expect(alone.map((result) => (result as { code: number }).code)).toEqual(commands.map(() => 0));
  });

  test("in this process the directory is let go of when the command ends", async () => {
    using dir = temporaryDir();
    const environment = settingsOf(join(dir.path, "data"));
    for (let time = 0; time < 2; time++) expect((await vigia(["runs"], { environment })).code).toBe(0);
    expect(existsSync(join(dir.path, "data", "vigia.lock"))).toBe(false);
  });

  test("what a killed process left running is marked before the command answers", async () => {
    using dir = temporaryDir();
    const environment = settingsOf(join(dir.path, "data"));
    await vigia(["run", "track_record"], { environment });
    const path = join(dir.path, "data", "vigia.db");
    const db = await openDatabase({ url: `file:${path}`, path });
    await db.client.execute(
      "update job_runs set status = 'running', outcome = null, end_time = null, boot_id = 'of another process'",
    );
    db.close();
    const [run] = jsonOf<RunView[]>(await vigia(["runs", "--json"], { environment }));
    expect(run).toMatchObject({ status: "failed", outcome: "interrupted" });
    expect((await vigia(["run", "track_record"], { environment })).code).toBe(0);
  });

  test("a lock file whose process is gone stops nothing", async () => {
    using dir = temporaryDir();
    const environment = settingsOf(dir.path);
    const gone = {
      pid: 2 ** 22 + 1,
      started_at: NOW,
      host: hostname(),
      url: "http://127.0.0.1:1",
    };
    writeFileSync(join(dir.path, "vigia.lock"), JSON.stringify(gone));
    expect((await vigia(["runs"], { environment })).code).toBe(0);
  });
});

describe("an owner without an address", () => {
  const lock = (dataDir: string) => acquireLock(dataDir, { bootId: "another", clock: createSystemClock() });

  test("that stays is named with the remedy: exit 1", async () => {
    using dir = temporaryDir();
    const owner = await lock(dir.path);
    const ran = await vigia(["runs"], { environment: settingsOf(dir.path), ownerWaitMs: 100 });
    owner.release();
    expect([ran.code, ran.stdout]).toEqual([1, ""]);
    expect(ran.stderr).toContain(`Process ${process.pid} works on ${dir.path}`);
    expect(ran.stderr).toMatch(/RUN_ONCE[\s\S]*Wait until it ends/);
  });

  test("that ends soon is waited for", async () => {
    using dir = temporaryDir();
    const owner = await lock(dir.path);
    const command = vigia(["runs"], { environment: settingsOf(dir.path), ownerWaitMs: 10_000 });
    await Bun.sleep(150);
    owner.release();
    expect((await command).code).toBe(0);
  });

  test("that has not said its name yet is waited for too", async () => {
    using dir = temporaryDir();
    const owner = await lock(dir.path);
    rmSync(join(dir.path, "vigia.lock"));
    const command = vigia(["runs"], { environment: settingsOf(dir.path), ownerWaitMs: 10_000 });
    // The command gives the name half a second before it looks again.
    await Bun.sleep(800);
    owner.release();
    expect((await command).code).toBe(0);
  });

  test("does not keep Ctrl+C waiting", async () => {
    using dir = temporaryDir();
    const owner = await lock(dir.path);
    const interrupt = new AbortController();
    const command = vigia(["runs"], { environment: settingsOf(dir.path), signal: interrupt.signal });
    interrupt.abort(new Error("Interrupted."));
    expect(await command).toEqual({ code: 130, stdout: "", stderr: "" });
    owner.release();
  });
});

describe("while a process runs", () => {
  test("analyze reads its stored prices, without a token and without a call", async () => {
    using dir = temporaryDir();
    const prices = join(dir.path, "prices");
    const rows = Array.from({ length: 80 }, (_, day) => {
      const date = new Date(Date.UTC(2023, 11, 20 + day)).toISOString().slice(0, 10);
      return `${date},10,11,9,${10 + (day % 7) / 10},1000`;
    });
    mkdirSync(prices);
    writeFileSync(join(prices, "YPF.csv"), ["date,open,high,low,close,volume", ...rows].join("\n"));
    const environment = settingsOf(join(dir.path, "data"), { RECOMMENDATION_TICKERS: "YPF" });
    const csv = { ...environment, MARKET_DATA: "csv", MARKET_DATA_DIR: prices };
    await using _running = await startHouse(csv);
    expect((await vigia(["run", "daily_analysis"], { environment: csv })).code).toBe(0);
    const before = readFileSync(join(dir.path, "data", "vigia.db"));
    const stored = jsonOf<object>(await vigia(["analyze", "YPF", "--json"], { environment }));
    const fromFile = jsonOf<object>(
      await vigia(["analyze", join(prices, "YPF.csv"), "--json", "--as-of", "2024-03-08"]),
    );
    expect(stored).toMatchObject({ symbol: "YPF", as_of: "2024-03-08", data_source: "csv", bars: 80 });
    expect<object>({ ...fromFile, data_source: "csv" }).toEqual(stored);
    expect(readFileSync(join(dir.path, "data", "vigia.db")).equals(before)).toBe(true);
  });

  test("a busy job says which run keeps it busy", async () => {
    using dir = temporaryDir();
    const environment = settingsOf(dir.path, { RECOMMENDATION_TICKERS: manyTickers(300) });
    await using running = await startHouse(environment);
    const { id } = await running.house.jobs.runNow("daily_analysis");
    const ran = await vigia(["run", "daily_analysis"], { environment });
    expect([ran.code, ran.stdout]).toEqual([1, ""]);
    expect(ran.stderr).toMatch(new RegExp(`already running as run ${id}\\..*Wait until it ends, or cancel it`));
    expect((await vigia(["jobs", "cancel", "daily_analysis"], { environment })).code).toBe(0);
    expect((await running.house.jobs.waitForRun(id)).outcome).toBe("cancelled");
  });
});

describe("Ctrl+C during vigia run cancels the run: exit 130", () => {
  const interrupted = async (environment: Record<string, string>) => {
    const interrupt = new AbortController();
    const ran = await vigia(["run", "daily_analysis"], {
      environment,
      signal: interrupt.signal,
      onNote: (text) => /^daily_analysis: \d+\/300/.test(text) && interrupt.abort(new Error("Interrupted.")),
    });
    expect(ran.code).toBe(130);
    expect(ran.stderr).toMatch(/Cancelling run 1 of daily_analysis/);
    expect(ran.stdout).toMatch(/Run 1 of daily_analysis: cancelled/);
    const [run] = jsonOf<RunView[]>(await vigia(["runs", "--json"], { environment }));
    expect(run).toMatchObject({ outcome: "cancelled", retry_at: null });
  };

  test("in this process", async () => {
    using dir = temporaryDir();
    await interrupted(settingsOf(dir.path, { RECOMMENDATION_TICKERS: manyTickers(300) }));
  });

  test("in the running process, which goes on", async () => {
    using dir = temporaryDir();
    const environment = settingsOf(dir.path, { RECOMMENDATION_TICKERS: manyTickers(300) });
    await using running = await startHouse(environment);
    await interrupted(environment);
    expect((await fetch(`${running.url}/health/live`)).status).toBe(200);
  });

  test("any other command ends at once, however long the server takes", async () => {
    const asked = Promise.withResolvers<void>();
    using slow = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      fetch() {
        asked.resolve();
        return new Promise<Response>(() => {});
      },
    });
    const interrupt = new AbortController();
    const command = vigia(["--url", slow.url.href, "runs"], { signal: interrupt.signal });
    await asked.promise;
    interrupt.abort(new Error("Interrupted."));
    expect(await command).toEqual({ code: 130, stdout: "", stderr: "" });
    slow.stop(true);
  });
});

const manyTickers = (count: number) =>
  Array.from({ length: count }, (_, index) => `T${String(index).padStart(3, "0")}X`).join(",");

/** Without what differs from run to run: ids, times and durations. */
function withoutMoments(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutMoments);
  if (typeof value !== "object" || value === null) return value;
  const varying =
    /^(uid|ms|timestamp|start_time|end_time|created_at|updated_at|computed_at|duration_seconds|.*_ms|.*_seconds|.*_at)$/;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, inner]) => (varying.test(name) ? [] : [[name, withoutMoments(inner)]])),
  );
}
