import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { sharedPath } from "./shared.ts";

/** Two years before the last session of the shared prices, and the weeks around; older ones only take time. */
const FIRST_DATE = "2022-02-01";

/** The shared prices of these years, in their folders. Resolves with the symbols that trade to the last day. */
export async function copySharedPrices(folder: string): Promise<string[]> {
  const symbols: string[] = [];
  for (const part of ["sp500", "adr", "crypto", "benchmark"]) {
    mkdirSync(join(folder, part), { recursive: true });
    for (const name of readdirSync(sharedPath(`data/prices/${part}`))) {
      const text = await Bun.file(sharedPath(`data/prices/${part}/${name}`)).text();
      const [header = "", ...lines] = text.trim().split("\n");
      const recent = lines.filter((line) => line >= FIRST_DATE);
      await Bun.write(join(folder, part, name), [header, ...recent].join("\n"));
      if (recent.some((line) => line.startsWith("2024-03-08"))) symbols.push(name.slice(0, -4));
    }
  }
  return symbols.toSorted();
}
