import { describe, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { type AssetEntry, isFailed } from "../../../../src/systems/portfolio/analysis/asset-analysis.ts";
import { renderSet } from "../../../../src/systems/portfolio/files/render-set.ts";
import { hasShared, readShared, sharedPath } from "../../../support/shared.ts";
import { analysis, candidate, marketReport, userReport } from "./fixtures.ts";
import { numbersNotInJson } from "./markdown-numbers.ts";

const CYCLES = "golden/portfolio/cycle";
const OLD_ASSET_KEYS = ["signals", "chart_file", "latest_metrics"];
const TIMEZONE = "America/New_York";

type Json = Record<string, unknown>;
type OldAssets = Record<string, Json>;
interface OldPair {
  portfolio: { portfolio: { portfolio_composition: string[]; assets: OldAssets } };
  market: { market: { market_indicators: string[]; assets: OldAssets } };
  portfolioReport: string;
  marketReport: string;
}

/** Every user of every cycle of the variant to compare with. */
const folders = !hasShared
  ? []
  : readdirSync(sharedPath(CYCLES), { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && entry.name.includes("intended"))
      .flatMap(({ name }) =>
        readdirSync(sharedPath(`${CYCLES}/${name}/portfolio-files`)).map(
          (user) => `${CYCLES}/${name}/portfolio-files/${user}`,
        ),
      );

describe.skipIf(!hasShared)("the recorded files", () => {
  test("there are some", () => expect(folders.length).toBeGreaterThan(0));

  test.each(folders)("P24: portfolio_analisis.json has the old keys, values and order: %s", async (folder) => {
    const { old, set } = await rendered(folder);
    const text = set.get("portfolio_analisis.json")!;
    const json = JSON.parse(text);
    expect(text).toStartWith('{\n  "portfolio": {\n    "analysis_timestamp": "2022-01-07T21:30:00.000Z",');
    expect(text).toEndWith("}");
    expect(Object.keys(json)).toEqual([...Object.keys(old.portfolio), "schema_version", "data_source"]);
    expect(Object.keys(json.portfolio).slice(0, 3)).toEqual(Object.keys(old.portfolio.portfolio));
    expect(json.portfolio.portfolio_composition).toEqual(old.portfolio.portfolio.portfolio_composition);
    expect(json.metadata).toEqual({ system: "SVGA v1.0", author: "AIDA", timestamp: "2022-01-07T21:30:00.000Z" });
    expectOldAssets(json.portfolio.assets, old.portfolio.portfolio.assets);
  });

  test.each(folders)("P25: mercado_analisis.json has the old keys, values and order: %s", async (folder) => {
    const { old, set } = await rendered(folder);
    const json = JSON.parse(set.get("mercado_analisis.json")!);
    expect(Object.keys(json)).toEqual([...Object.keys(old.market), "schema_version", "data_source"]);
    expect(Object.keys(json.market).slice(0, 3)).toEqual(Object.keys(old.market.market));
    expect(json.market.market_indicators).toEqual(old.market.market.market_indicators);
    expectOldAssets(json.market.assets, old.market.market.assets);
    for (const added of Object.values(json.market.assets) as Json[])
      expect(Object.keys(added).slice(-5)).toEqual(["radar", "score", "rank", "market", "regime"]);
  });

  test.each(folders)("P26: portfolio_informe.md in profile v1 equals the old one line by line: %s", async (folder) => {
    const { old, set } = await rendered(folder);
    expect(comparable(set.get("portfolio_informe.md")!)).toEqual(comparable(old.portfolioReport));
  });

  test.each(folders)("P27: mercado_informe.md in profile v1 equals the old one line by line: %s", async (folder) => {
    const { old, set } = await rendered(folder);
    expect(comparable(set.get("mercado_informe.md")!)).toEqual(comparable(old.marketReport));
  });

  test.each(folders)(
    "P28: a failed asset is an error entry and a heading, the others are unaffected: %s",
    async (folder) => {
      const { old, set } = await rendered(folder);
      const assets = JSON.parse(set.get("portfolio_analisis.json")!).portfolio.assets as OldAssets;
      const failed = Object.entries(old.portfolio.portfolio.assets).filter(([, entry]) => "error" in entry);
      expect(Object.entries(assets).filter(([, entry]) => "error" in entry)).toEqual(failed);
      for (const [symbol, { error }] of failed)
        expect(set.get("portfolio_informe.md")).toContain(`### ⚠️ ${symbol}\n**Error:** ${error}\n`);
    },
  );

  test.each(folders)("both profiles show no number that the JSON lacks: %s", async (folder) => {
    for (const profile of ["v1", "v2"] as const) {
      const { set } = await rendered(folder, profile);
      const missing = (["portfolio", "mercado"] as const).flatMap((name) =>
        numbersNotInJson(set.get(`${name}_informe.md`)!, JSON.parse(set.get(`${name}_analisis.json`)!), {
          profile,
          timezone: TIMEZONE,
        }),
      );
      expect(missing).toEqual([]);
    }
  });
});

async function rendered(folder: string, profile: "v1" | "v2" = "v1") {
  const old: OldPair = {
    portfolio: await readShared(`${folder}/portfolio_analisis.json`),
    market: await readShared(`${folder}/mercado_analisis.json`),
    portfolioReport: await Bun.file(sharedPath(`${folder}/portfolio_informe.md`)).text(),
    marketReport: await Bun.file(sharedPath(`${folder}/mercado_informe.md`)).text(),
  };
  const assets = Object.entries(old.portfolio.portfolio.assets).map(([symbol, entry]) => ({
    symbol,
    entry: withAdditions(symbol, entry),
    currency: "USD",
  }));
  const candidates = Object.entries(old.market.market.assets).map(([symbol, entry], index) =>
    candidate(symbol, symbol.endsWith("-USD") ? "crypto30" : "sp500", {
      entry: withAdditions(symbol, entry),
      rank: (index % 10) + 1,
    }),
  );
  const report = userReport({ assets, market: marketReport({ candidates }) });
  return { old, set: renderSet(report, { reportProfile: profile, summary: { distribucion_senales: {} } }) };
}

/** The old entry with what the new ones have besides; no chart is served here (concordance 10.1 row 11). */
function withAdditions(symbol: string, old: Json): AssetEntry {
  const entry = old as unknown as AssetEntry;
  if (isFailed(entry)) return entry;
  const { signals, latest_metrics } = entry;
  return { ...analysis(symbol), signals, latest_metrics };
}

function expectOldAssets(assets: OldAssets, old: OldAssets): void {
  expect(Object.keys(assets)).toEqual(Object.keys(old));
  for (const [symbol, expected] of Object.entries(old)) {
    const entry = assets[symbol]!;
    if ("error" in expected) {
      expect(entry).toEqual(expected);
      continue;
    }
    const kept = Object.fromEntries(
      Object.keys(entry)
        .slice(0, 3)
        .map((key) => [key, entry[key]]),
    );
    // As text: the order of the keys counts at every level.
    expect(Object.keys(kept)).toEqual(OLD_ASSET_KEYS);
    expect(JSON.stringify({ ...kept, chart_file: null })).toBe(JSON.stringify({ ...expected, chart_file: null }));
  }
}

/** The lines that are a contract: without chart links, descriptions, the words of glossary and disclaimer. */
function comparable(markdown: string): string[] {
  const lines: string[] = [];
  let inDisclaimer = false;
  for (const line of markdown.split("\n")) {
    if (line.startsWith("📈 [Ver gráfico interactivo]")) {
      // The link and the empty line after it.
      expect(lines.pop()).toBe("");
      continue;
    }
    if (line.startsWith("## ")) inDisclaimer = line.includes("ADVERTENCIA");
    if (inDisclaimer && line !== "" && !line.startsWith("## ") && line !== "---" && !line.startsWith("*")) continue;
    lines.push(line.startsWith("- ") ? line.replace(/(\*\*[^*]+\*\*).*/, "$1") : line);
  }
  return lines;
}
