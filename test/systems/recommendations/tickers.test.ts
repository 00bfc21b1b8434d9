import { expect, test } from "bun:test";
import { eq } from "drizzle-orm";
import type { Database } from "../../../src/db/index.ts";
import { recTickers } from "../../../src/db/schema/recommendations.ts";
import { ensureTickers, loadTickersOn } from "../../../src/systems/recommendations/tickers.ts";
import { openTestDatabase } from "../../support/database.ts";

async function loadTicker(db: Database, ticker: string) {
  const [row] = await db.read.select().from(recTickers).where(eq(recTickers.ticker, ticker));
  return row;
}

const names = (tickers: readonly { ticker: string }[]) => tickers.map(({ ticker }) => ticker);

test("the default list is the specification's, with IRS for IRCP and two additions", async () => {
  await using store = await openTestDatabase();
  await ensureTickers(store.db);
  expect(names(await loadTickersOn(store.db, "2024-03-08")).join(" ")).toBe(
    "YPF GGAL PAM TEO TGS CEPU BMA SUPV CRESY LOMA IRS VIST MELI GLOB DESP EDN BBAR",
  );
  const banks = (await loadTickersOn(store.db, "2024-03-08")).filter(({ kind }) => kind === "bank");
  expect(names(banks)).toEqual(["GGAL", "BMA", "SUPV", "BBAR"]);
});

test("a ticker is rated between its dates only", async () => {
  await using store = await openTestDatabase();
  await ensureTickers(store.db);
  expect(names(await loadTickersOn(store.db, "2025-05-15"))).toContain("DESP");
  expect(names(await loadTickersOn(store.db, "2025-05-16"))).not.toContain("DESP");
  expect(names(await loadTickersOn(store.db, "2021-01-04"))).not.toContain("IRS");
});

test("the operator's edits and additions survive every start", async () => {
  await using store = await openTestDatabase();
  await ensureTickers(store.db);
  await store.db.write(async (tx) => {
    await tx.update(recTickers).set({ active: false, companyName: "Mine" }).where(eq(recTickers.ticker, "YPF"));
  });
  await ensureTickers(store.db);
  expect(await loadTicker(store.db, "YPF")).toMatchObject({ active: false, companyName: "Mine", position: 1 });
  expect(names(await loadTickersOn(store.db, "2024-03-08"))).not.toContain("YPF");
});

test("RECOMMENDATION_TICKERS selects, adds what is unknown, and leaves no trace when it is taken away", async () => {
  await using store = await openTestDatabase();
  const override = ["AAPL", "YPF"];
  await ensureTickers(store.db, override);
  expect(names(await loadTickersOn(store.db, "2024-03-08", override))).toEqual(["YPF", "AAPL"]);
  expect(await loadTicker(store.db, "AAPL")).toMatchObject({ companyName: "AAPL", quoteSymbol: "AAPL" });
  expect(names(await loadTickersOn(store.db, "2024-03-08"))).not.toContain("AAPL");
});
