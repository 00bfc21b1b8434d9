import type { Constituent } from "../../../src/market/universe/constituents-csv.ts";

/** `count` members with invented symbols, `M001` and on; `from` starts the numbering later. */
export function members(count: number, from = 1): Constituent[] {
  return Array.from({ length: count }, (_, index) => {
    const symbol = `M${String(from + index).padStart(3, "0")}`;
    return { symbol, name: `Member ${symbol}`, sector: "Energy" };
  });
}

export const symbolsOf = (list: readonly Constituent[]): string[] => list.map(({ symbol }) => symbol);

/** The list as its source writes it. */
export function csvOf(list: readonly Constituent[]): string {
  const rows = list.map(({ symbol, name, sector }) => `${symbol},"${name ?? ""}",${sector ?? ""}`);
  return `${["Symbol,Security,GICS Sector", ...rows].join("\n")}\n`;
}
