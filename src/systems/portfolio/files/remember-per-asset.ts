import type { ReportAsset } from "./user-report.ts";

type ShownAsset = Pick<ReportAsset, "symbol" | "entry" | "currency">;

/**
 * `render`, which answers from memory for an entry that it has seen: a cycle hands the same entry to every user who holds
 * the symbol. Entries are never changed after their analysis; the memory goes with them.
 */
export function rememberPerAsset(render: (asset: ShownAsset) => string): (asset: ShownAsset) => string {
  const known = new WeakMap<ShownAsset["entry"], { symbol: string; currency: string | null; text: string }>();
  return (asset) => {
    const seen = known.get(asset.entry);
    if (seen && seen.symbol === asset.symbol && seen.currency === asset.currency) return seen.text;
    const text = render(asset);
    known.set(asset.entry, { symbol: asset.symbol, currency: asset.currency, text });
    return text;
  };
}
