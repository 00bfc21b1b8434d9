import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FILE_NAMES } from "../../src/db/schema/portfolio.ts";
import { seededRandom } from "../../src/kit/random.ts";
import { PORTFOLIO_CYCLE } from "../../src/systems/portfolio/job-names.ts";
import { DAILY_ANALYSIS } from "../../src/systems/recommendations/job-names.ts";
import { runToEnd } from "../support/boot.ts";
import { type MirrorHouse, openMirrorHouse } from "../support/mirror-house.ts";
import { expectSameFiles, expectSameTables } from "../support/mirror-tables.ts";
import { hasShared } from "../support/shared.ts";
import { copySharedPrices } from "../support/shared-prices.ts";
import { openSupabase, type TestSupabase } from "../support/supabase/index.ts";

setDefaultTimeout(180_000);

const USERS = 50;
const ASSETS = 26;

/** What a project was asked to change, by table or bucket. */
const changed = ({ history }: TestSupabase) => [
  ...new Set(history.requests.filter(({ committed }) => committed).map(({ table, bucket }) => table ?? bucket)),
];

async function expectNothingToSend(house: MirrorHouse, supabase: TestSupabase): Promise<void> {
  supabase.history.clear();
  await house.flush();
  expect(supabase.history.requests).toHaveLength(0);
}

/** A cycle on the same prices: only that it ran is new. */
async function expectCycleToChangeNothing(house: MirrorHouse, supabase: TestSupabase): Promise<void> {
  supabase.history.clear();
  expect((await house.runJob(PORTFOLIO_CYCLE)).outcome).toBe("ok");
  expect(Object.keys(await house.owed())).toEqual(["job_runs"]);
  await house.flush();
  expect(changed(supabase)).toEqual(["job_runs"]);
}

async function fillBack(house: MirrorHouse, from: string, to: string): Promise<void> {
  const { outcome } = await house.runJob(DAILY_ANALYSIS, { backfill_from: from, backfill_to: to });
  expect(outcome).toBe("ok");
}

describe("sample data", () => {
  test("b-33: recommendations, outcomes, scans, signals and files arrive as they are here, and once", async () => {
    await using supabase = await openSupabase();
    await using house = await openMirrorHouse({ supabase });
    await fillBack(house, "2023-11-01", "2024-03-07");
    expect((await house.runJob(DAILY_ANALYSIS)).outcome).toBe("ok");
    expect((await house.runJob("track_record")).outcome).toBe("ok");
    expect((await house.runJob(PORTFOLIO_CYCLE)).outcome).toBe("ok");
    await house.flush();

    const counts = await expectSameTables(house.dataDir, supabase);
    expect(counts).toMatchObject({ tenants: 1, job_runs: 4 });
    for (const table of ["daily_recommendations", "analysis_details", "recommendation_outcomes"])
      expect(counts[table]).toBeGreaterThan(500);
    expect(counts.asset_analyses).toBeGreaterThan(10);
    expect(counts.radar_scans).toBe(2);
    expect(await expectSameFiles(house.dataDir, supabase)).toBeGreaterThanOrEqual(3 * FILE_NAMES.length);
    await expectNothingToSend(house, supabase);
    await expectCycleToChangeNothing(house, supabase);
    await expectSameTables(house.dataDir, supabase);
    await expectSameFiles(house.dataDir, supabase);
  });
});

describe.skipIf(!hasShared)(`a year on real prices, and ${USERS} users`, () => {
  const root = mkdtempSync(join(tmpdir(), "vigia-year-"));
  const dataDir = join(root, "data");
  const prices = { MARKET_DATA: "csv", MARKET_DATA_DIR: join(root, "prices") };
  let supabase: TestSupabase;
  let house: MirrorHouse;

  beforeAll(async () => {
    await Bun.write(join(root, "users.csv"), positionsOf(await copySharedPrices(join(root, "prices"))));
    const imported = await runToEnd({
      dataDir,
      environment: { ...prices, VIGIA_NOW: "2024-03-08T21:30:00Z" },
      script: "src/cli/index.ts",
      args: ["portfolio", "import", join(root, "users.csv")],
    });
    expect([imported.code, imported.output]).toEqual([0, expect.stringContaining(`new: ${USERS}`)]);
    supabase = await openSupabase();
    house = await openMirrorHouse({ supabase, dataDir, settings: prices });
    await fillBack(house, "2023-03-08", "2024-03-07");
    expect((await house.runJob(DAILY_ANALYSIS)).outcome).toBe("ok");
    expect((await house.runJob(PORTFOLIO_CYCLE)).outcome).toBe("ok");
    await house.flush();
  });
  afterAll(async () => {
    await house?.[Symbol.asyncDispose]();
    await supabase?.[Symbol.asyncDispose]();
    rmSync(root, { recursive: true, force: true });
  });

  test("b-33: every row of every table is there as it is here", async () => {
    const counts = await expectSameTables(dataDir, supabase);
    // Fourteen tickers, 251 sessions.
    expect(counts.daily_recommendations).toBeGreaterThan(3_000);
    expect(counts.analysis_details).toBeGreaterThan(3_000);
    expect(counts.recommendation_outcomes).toBeGreaterThan(9_000);
    expect(counts.asset_analyses).toBeGreaterThan(200);
    expect(counts.radar_candidates).toBeGreaterThan(0);
  });

  test("P29: the four files of every user lie in Storage as they are here", async () => {
    expect(await expectSameFiles(dataDir, supabase)).toBe(USERS * FILE_NAMES.length);
  });

  test("each set of files was sent in its order, its mark last, in one upload each", () => {
    const uploads = supabase.history.requests.filter(
      ({ service, method }) => service === "storage" && method === "POST",
    );
    const byUser = Map.groupBy(
      uploads.flatMap(({ key }) => (key === undefined ? [] : [key.split("/") as [string, string]])),
      ([user]) => user,
    );
    expect(byUser.size).toBe(USERS);
    for (const [user, sent] of byUser) expect([user, sent.map(([, name]) => name)]).toEqual([user, [...FILE_NAMES]]);
  });

  test("batches are full, of one shape, and hold no key twice", () => {
    const batches = supabase.history.committedTo("daily_recommendations");
    const rows = batches.map((batch) => batch.rows!);
    expect(batches.length).toBe(Math.ceil(rows.flat().length / 1_000));
    for (const batch of rows) {
      expect(new Set(batch.map(({ analysis_date, ticker }) => `${analysis_date} ${ticker}`)).size).toBe(batch.length);
      expect(new Set(batch.map((row) => Object.keys(row).sort().join())).size).toBe(1);
    }
  });

  test("a second delivery sends nothing, and neither does an identical second cycle", async () => {
    await expectNothingToSend(house, supabase);
    await expectCycleToChangeNothing(house, supabase);
    await expectSameTables(dataDir, supabase);
  });
});

/** Positions of invented users. */
function positionsOf(symbols: readonly string[]): string {
  const random = seededRandom(50);
  const lines = ["user_id,portfolio,symbol,quantity,price"];
  for (let user = 1; user <= USERS; user++) {
    const held = new Set<string>();
    while (held.size < ASSETS) held.add(symbols[Math.floor(random() * symbols.length)]!);
    const id = `${String(user).padStart(8, "0")}-0000-4000-8000-000000000000`;
    for (const symbol of held)
      lines.push([id, "Principal", symbol, (random() * 100).toFixed(2), (5 + random() * 300).toFixed(2)].join(","));
  }
  return `${lines.join("\n")}\n`;
}
