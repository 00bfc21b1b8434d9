import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { cpSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openDatabase } from "../../src/db/index.ts";
import { FILE_NAMES } from "../../src/db/schema/portfolio.ts";
import { sha256Hex } from "../../src/kit/hash.ts";
import { seededRandom } from "../../src/kit/random.ts";
import { PORTFOLIO_CYCLE } from "../../src/systems/portfolio/job-names.ts";
import { unpackText } from "../../src/systems/portfolio/store/file-sets.ts";
import { runToEnd } from "../support/boot.ts";
import { hasShared, sharedPath } from "../support/shared.ts";
import { copySharedPrices } from "../support/shared-prices.ts";
import { countNumbers, numbersNotInJson } from "../systems/portfolio/files/markdown-numbers.ts";

setDefaultTimeout(120_000);

const USERS = 50;
const ASSETS = 26;
const NOW = "2024-03-08T21:30:00Z";
const TIMEZONE = "America/Argentina/Buenos_Aires";

interface StoredFile {
  user_id: string;
  name: (typeof FILE_NAMES)[number];
  sha256: string;
  bytes: number;
  revision: number;
  content: string;
}

describe.skipIf(!hasShared)(`${USERS} users on real prices`, () => {
  const root = mkdtempSync(join(tmpdir(), "vigia-fifty-"));
  const environment = { VIGIA_NOW: NOW, MARKET_DATA: "csv", MARKET_DATA_DIR: join(root, "prices") };
  const directory = (workers: number) => join(root, `data-${workers}`);
  const filesBy = new Map<number, StoredFile[]>();

  const runOnce = (workers: number) =>
    runToEnd({
      dataDir: directory(workers),
      environment: { ...environment, RUN_ONCE: PORTFOLIO_CYCLE, MAX_WORKERS: String(workers) },
    });

  beforeAll(async () => {
    const symbols = await copySharedPrices(join(root, "prices"));
    await Bun.write(join(root, "users.csv"), positionsOf(symbols));
    const imported = await runToEnd({
      dataDir: directory(1),
      environment,
      script: "src/cli/index.ts",
      args: ["portfolio", "import", join(root, "users.csv")],
    });
    expect([imported.code, imported.output]).toEqual([0, expect.stringContaining(`new: ${USERS}`)]);
    expect((await runOnce(1)).code).toBe(0);
    filesBy.set(1, await readFiles(directory(1)));
    // The other directory has the same users and prices, and nothing that a cycle makes.
    cpSync(directory(1), directory(4), { recursive: true });
    await forgetCycle(directory(4));
    expect((await runOnce(4)).code).toBe(0);
    filesBy.set(4, await readFiles(directory(4)));
  });
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  test("every user has four files of one revision whose hashes and sizes are true", () => {
    const files = filesBy.get(1)!;
    expect(files).toHaveLength(USERS * FILE_NAMES.length);
    for (const { sha256, bytes, revision, content } of files)
      expect([sha256, bytes, revision]).toEqual([sha256Hex(content), Buffer.byteLength(content), 1]);
    const owners = new Set(files.map(({ user_id, name }) => `${user_id}/${name}`));
    expect(owners.size).toBe(files.length);
  });

  test("all files are valid: JSON without holes, Markdown that ends with its newline", () => {
    for (const { name, content } of filesBy.get(1)!) {
      if (name.endsWith(".md")) expect(content.endsWith("\n")).toBe(true);
      else expect(() => JSON.parse(content)).not.toThrow();
      expect(content).not.toMatch(/\bNaN\b|\bInfinity\b|\bundefined\b|\[object /);
    }
  });

  test("P24: every asset is analysed on the day's bar, the unknown one is named as such", () => {
    for (const file of filesBy.get(1)!.filter(({ name }) => name === "portfolio_analisis.json")) {
      const { portfolio, metadata, data_source } = JSON.parse(file.content);
      expect(data_source).toBe("csv");
      expect(metadata.timestamp).toBe("2024-03-08T21:30:00.000Z");
      expect(portfolio.portfolio_composition).toHaveLength(ASSETS);
      const entries = Object.entries(portfolio.assets) as [string, { error?: string; data_as_of?: string }][];
      expect(entries.filter(([, entry]) => entry.error).map(([symbol]) => symbol)).toEqual(["NOEXISTE"]);
      for (const [symbol, { data_as_of }] of entries)
        if (data_as_of)
          expect([symbol, data_as_of]).toEqual([symbol, symbol.endsWith("-USD") ? "2024-03-07" : "2024-03-08"]);
    }
  });

  test("P25: candidates carry radar, score, rank, market and regime; both markets were scanned", () => {
    const [file] = filesBy.get(1)!.filter(({ name }) => name === "mercado_analisis.json");
    const { market } = JSON.parse(file!.content);
    expect(market.radars.sp500.scanned).toBe(readdirSync(sharedPath("data/prices/sp500")).length);
    expect(market.regimes.sp500).toMatchObject({ benchmark: "SPY" });
    expect(market.regimes.crypto.regime).not.toBe("UNKNOWN");
    expect(market.market_indicators.length).toBeGreaterThan(0);
    for (const symbol of market.market_indicators)
      expect(Object.keys(market.assets[symbol]).slice(-5)).toEqual(["radar", "score", "rank", "market", "regime"]);
    // The same for everybody: stored once.
    const hashes = new Set(
      filesBy
        .get(1)!
        .filter(({ name }) => name === file!.name)
        .map(({ sha256 }) => sha256),
    );
    expect(hashes.size).toBe(1);
  });

  test("every number of every report is its JSON's", () => {
    const files = new Map(filesBy.get(1)!.map((file) => [`${file.user_id} ${file.name}`, file.content]));
    let numbers = 0;
    for (const [key, markdown] of files) {
      if (!key.endsWith(".md")) continue;
      const json: unknown = JSON.parse(files.get(key.replace("informe.md", "analisis.json"))!);
      const ignore = [`user_${key.slice(0, 8)}`];
      expect([key, numbersNotInJson(markdown, json, { profile: "v2", timezone: TIMEZONE, ignore })]).toEqual([key, []]);
      numbers += countNumbers(markdown, "v2");
    }
    expect(numbers).toBeGreaterThan(USERS * ASSETS);
  });

  test("P33: one worker and four write the same bytes", () => {
    expect(filesBy.get(4)!).toEqual(filesBy.get(1)!);
  });
});

/** Positions of invented users: symbols that exist, and one that does not; some without quantity or price. */
function positionsOf(symbols: readonly string[]): string {
  const random = seededRandom(50);
  const lines = ["user_id,portfolio,symbol,quantity,price"];
  for (let user = 1; user <= USERS; user++) {
    const held = new Set(["NOEXISTE"]);
    while (held.size < ASSETS) held.add(symbols[Math.floor(random() * symbols.length)]!);
    for (const [place, symbol] of [...held].entries()) {
      const quantity = place % 9 === 4 ? "" : (random() * 100).toFixed(2);
      const price = place % 7 === 3 ? "" : (5 + random() * 300).toFixed(2);
      const id = `${String(user).padStart(8, "0")}-0000-4000-8000-000000000000`;
      lines.push([id, place % 3 ? "Principal" : "Largo plazo", symbol, quantity, price].join(","));
    }
  }
  return `${lines.join("\n")}\n`;
}

async function withDatabase<Value>(
  dataDir: string,
  work: (db: Awaited<ReturnType<typeof openDatabase>>) => Promise<Value>,
) {
  const path = join(dataDir, "vigia.db");
  const db = await openDatabase({ url: `file:${path}`, path });
  try {
    return await work(db);
  } finally {
    db.close();
  }
}

const readFiles = (dataDir: string): Promise<StoredFile[]> =>
  withDatabase(dataDir, async ({ client }) => {
    const { rows } = await client.execute(
      `select f.user_id, f.name, f.sha256, f.bytes, f.revision, c.content from portfolio_files f
       join portfolio_contents c on c.sha256 = f.sha256 order by f.user_id, f.name`,
    );
    return rows.map((row) => {
      const content = unpackText(new Uint8Array(row.content as ArrayBuffer));
      return { ...row, content } as unknown as StoredFile;
    });
  });

const forgetCycle = (dataDir: string): Promise<void> =>
  withDatabase(dataDir, async ({ client }) => {
    for (const table of [
      "portfolio_files",
      "portfolio_contents",
      "portfolio_alerts",
      "portfolio_results",
      "asset_analyses",
      "radar_candidates",
      "radar_scans",
    ])
      await client.execute(`delete from ${table}`);
  });
