import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { RunView } from "../../src/jobs/runtime.ts";
import { jsonOf, type RunningHouse, startHouse, temporaryDir, vigia } from "./harness.ts";

const dir = temporaryDir();
const environment = {
  VIGIA_DATA_DIR: dir.path,
  RECOMMENDATION_TICKERS: "YPF,GGAL,MELI",
  VIGIA_NOW: "2024-03-08T23:00:00Z",
};
let running: RunningHouse;
const run = (...args: string[]) => vigia(args, { environment });

beforeAll(async () => {
  running = await startHouse(environment);
  const first = await run("run", "daily_analysis");
  expect(first.code).toBe(0);
});

afterAll(async () => {
  await running[Symbol.asyncDispose]();
  dir[Symbol.dispose]();
});

/** Every command that only reads, with the JSON that it always has. */
const READERS: [string[], (body: unknown) => boolean][] = [
  [["jobs"], Array.isArray],
  [["jobs", "--hosts"], Array.isArray],
  [["runs"], Array.isArray],
  [["runs", "--job", "daily_analysis", "--limit", "1"], Array.isArray],
  [["logs", "1"], Array.isArray],
  [["alerts"], Array.isArray],
  [["alerts", "--all"], Array.isArray],
  [["scores"], isObject],
  [["track-record"], isObject],
  [["analyze", "YPF"], isObject],
  [["settings"], isObject],
  [["token"], isObject],
];

function isObject(body: unknown): boolean {
  return typeof body === "object" && body !== null && !Array.isArray(body);
}

describe("--json", () => {
  test.each(READERS)(
    "%j prints one JSON value and nothing else, before and after the command",
    async (args, isRight) => {
      const before = await run("--json", ...args);
      const after = await run(...args, "--json");
      expect(before.code).toBe(0);
      expect(before.stderr).toBe("");
      expect(isRight(jsonOf(before))).toBe(true);
      expect(after).toEqual(before);
    },
  );

  test("a run has the keys of every run, then its parameters and log data", async () => {
    const ran = await run("run", "daily_analysis", "--json");
    expect([ran.code, ran.stderr]).toEqual([0, ""]);
    const finished = jsonOf<RunView>(ran);
    const [listed] = jsonOf<RunView[]>(await run("runs", "--json"));
    expect(Object.keys(listed!).slice(0, 13)).toEqual([
      "id",
      "uid",
      "job_name",
      "trigger",
      "attempt",
      "slot_at",
      "start_time",
      "end_time",
      "duration_seconds",
      "status",
      "outcome",
      "tickers_processed",
      "errors_count",
    ]);
    expect(finished).toMatchObject({ ...listed, trigger: "manual", status: "completed", outcome: "ok" });
    expect(finished.log_data).not.toBeNull();
    expect(finished).not.toHaveProperty("logs");
  });

  test("scores are exactly what GET /api/recommendations/latest says", async () => {
    const scores = jsonOf<Record<string, unknown>>(await run("scores", "--json"));
    expect(Object.keys(scores)).toEqual(["analysis_date", "data_source", "items"]);
    const latest = await (await fetch(`${running.url}/api/recommendations/latest?format=envelope`)).json();
    expect(latest).toMatchObject(scores);
    expect(scores).toMatchObject({ analysis_date: "2024-03-08", data_source: "sample" });
    expect(scores.items).toBeArrayOfSize(3);
  });

  test("settings say of a secret only that it is set", async () => {
    const secrets = { VIGIA_ADMIN_TOKEN: "a-configured-operator-token-0123456789", FMP_API_KEY: "fmp-key-012345" };
    const ran = await vigia(["settings", "--json"], { environment: { ...environment, ...secrets } });
    for (const secret of Object.values(secrets)) expect(ran.stdout + ran.stderr).not.toContain(secret);
    const { settings } = jsonOf<{ settings: { name: string; value: unknown }[] }>(ran);
    const shown = (name: string) => settings.find((setting) => setting.name === name)?.value;
    expect([shown("FMP_API_KEY"), shown("GNEWS_API_KEY")]).toEqual(["set (14 characters)", "not set"]);
    expect(shown("VIGIA_NOW")).toBe("2024-03-08T23:00:00.000Z");
  });
});

describe("for people", () => {
  test("scores are a table that says that its prices are not real", async () => {
    const { stdout } = await run("scores");
    expect(stdout).toMatch(/Analysis of 2024-03-08, prices from sample — SAMPLE DATA, not real prices/);
    expect(stdout).toMatch(/^(YPF|GGAL|MELI) +(COMPRAR|MANTENER|VENDER) +\d+\.\d\d /m);
  });

  test("jobs, runs and logs", async () => {
    expect((await run("jobs")).stdout).toMatch(
      /^daily_analysis +0 6 \* \* \* +America\/Argentina\/Buenos_Aires +waiting/m,
    );
    expect((await run("runs")).stdout).toMatch(/^ *1 +daily_analysis +manual +1 +20.+ok +3 +0$/m);
    expect((await run("logs", "1")).stdout).toMatch(/^\d\d:\d\d:\d\d INFO +daily_analysis started\./);
  });

  test("where there is nothing to show, standard output stays empty and standard error says so", async () => {
    expect(await run("alerts")).toEqual({ code: 0, stdout: "", stderr: "No alerts.\n" });
    expect(await run("track-record")).toMatchObject({ code: 0, stdout: "" });
    expect((await run("jobs", "--hosts")).stderr).toMatch(/No host may be called with MARKET_DATA=sample/);
  });

  test("help and version go to standard output, for every command", async () => {
    expect((await run("--version")).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
    for (const args of [[], ["run"], ["jobs", "pause"], ["rec", "import"], ["analyze"]]) {
      const help = await run(...args, "--help");
      expect([help.code, help.stderr]).toEqual([0, ""]);
      expect(help.stdout).toStartWith(`Usage: vigia ${args.join(" ")}`);
    }
  });
});

test("pause and resume change what jobs says", async () => {
  const stateOf = async () =>
    jsonOf<{ job_name: string; paused: boolean }[]>(await run("jobs", "--json")).find(
      ({ job_name: name }) => name === "track_record",
    )?.paused;
  expect(await run("jobs", "pause", "track_record")).toMatchObject({ code: 0, stdout: "track_record: pause done\n" });
  expect(await stateOf()).toBe(true);
  expect(jsonOf(await run("jobs", "resume", "track_record", "--json"))).toEqual({
    job_name: "track_record",
    paused: false,
  });
  expect(await stateOf()).toBe(false);
});
