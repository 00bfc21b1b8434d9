import { expect, setDefaultTimeout, test } from "bun:test";
import { boot, runToEnd, temporaryDataDir } from "../support/boot.ts";
import { hasShared, sharedPath } from "../support/shared.ts";

setDefaultTimeout(120_000);

const THEN = { VIGIA_NOW: "2024-03-08T23:00:00Z" };
const REAL_PRICES = { ...THEN, MARKET_DATA: "csv", MARKET_DATA_DIR: sharedPath("data/prices") };

interface Score {
  ticker: string;
  total_score: number;
  coverage: number;
  bar_date: string;
  data_source: string;
}

const jsonOf = <Body>(output: string): Body => JSON.parse(output.slice(output.search(/^[{[]$/m))) as Body;

test.skipIf(!hasShared)("the main job on real prices: rated, listed, served, filled back and judged", async () => {
  using data = temporaryDataDir();
  const vigia = async <Body>(...args: string[]): Promise<Body> => {
    const ended = await runToEnd({ dataDir: data.path, environment: THEN, script: "src/cli/index.ts", args });
    expect(ended.code).toBe(0);
    return jsonOf<Body>(ended.output);
  };
  const once = await runToEnd({ dataDir: data.path, environment: { ...REAL_PRICES, RUN_ONCE: "true" } });
  expect(once.code).toBe(0);

  const scores = await vigia<{ analysis_date: string; data_source: string; items: Score[] }>("scores", "--json");
  expect(scores).toMatchObject({ analysis_date: "2024-03-08", data_source: "csv" });
  expect(scores.items.length).toBeGreaterThanOrEqual(14);
  for (const item of scores.items) {
    expect(item.bar_date).toBe("2024-03-08");
    expect(item.coverage).toBeGreaterThanOrEqual(0.5);
  }

  // The source is not named again: real prices in the data directory keep it.
  const served = boot({ dataDir: data.path, environment: THEN });
  const answer = await fetch(`${await served.url()}/api/recommendations/latest`);
  expect(answer.headers.get("x-data-source")).toBe("csv");
  expect(((await answer.json()) as Score[]).map(({ ticker }) => ticker)).toEqual(
    scores.items.map(({ ticker }) => ticker),
  );
  served.kill("SIGTERM");
  expect(await served.exited).toBe(0);

  const range = ["--from", "2023-01-02", "--to", "2024-03-08"];
  const run = await runToEnd({
    dataDir: data.path,
    environment: REAL_PRICES,
    script: "src/cli/index.ts",
    args: ["backfill", ...range],
  });
  expect(run.code).toBe(0);
  const { groups } = await vigia<{
    groups: { origin: string; data_source: string; horizons: { horizon: number; n: number; hit_rate: number }[] }[];
  }>("track-record", "--json");
  const filled = groups.find(({ origin }) => origin === "backfill");
  expect(filled?.data_source).toBe("csv");
  expect(filled?.horizons.map(({ horizon }) => horizon)).toEqual([5, 20, 60]);
  for (const { n, hit_rate } of filled?.horizons ?? []) {
    expect(n).toBeGreaterThan(2_000);
    expect(hit_rate).toBeGreaterThan(0.2);
    expect(hit_rate).toBeLessThan(0.8);
  }
});
