import type { House } from "./house.ts";

const SAMPLE = "sample: GENERATED DATA, not real prices. Set MARKET_DATA=yahoo or csv for real ones.";

/** What a start tells the operator; the token only when it was made just now. */
export function renderWelcome({ settings, operatorToken, version }: House, url: string): string {
  const rows: [string, string][] = [
    ["API", `${url} (documentation: ${url}/docs)`],
    ["Data", settings.vigiaDataDir],
    ["Prices", sourceOf(settings)],
  ];
  if (settings.vigiaNow) rows.push(["Clock", `starts at ${settings.vigiaNow.toISOString()} (VIGIA_NOW)`]);
  if (operatorToken.created)
    rows.push(["Admin token", `${operatorToken.token}  (shown once; bun run vigia token prints it again)`]);
  const lines = rows.map(([name, value]) => `  ${name.padEnd(12)} ${value}`);
  return [`Vigía ${version}`, ...lines, ""].join("\n");
}

function sourceOf({ marketData, marketDataDir }: House["settings"]): string {
  if (marketData === "csv")
    return marketDataDir
      ? `csv: files in ${marketDataDir}`
      : "csv: what is stored; name MARKET_DATA_DIR for newer prices";
  return marketData === "yahoo" ? "yahoo: Yahoo Finance" : SAMPLE;
}
