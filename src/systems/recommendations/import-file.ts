import type { Database } from "../../db/index.ts";
import type { Clock } from "../../kit/clock.ts";
import type { Market } from "../../market/market.ts";
import { createSnapshotStore } from "../../market/snapshot-store.ts";
import { readCsvTable } from "./sources/csv-table.ts";
import { importFundamentals } from "./sources/import-fundamentals.ts";
import { importMacro } from "./sources/import-macro.ts";
import { importPrices } from "./sources/import-prices.ts";

export const IMPORT_KINDS = ["prices", "fundamentals", "macro"] as const;
export type ImportKind = (typeof IMPORT_KINDS)[number];

export interface ImportReport {
  kind: ImportKind;
  file: string;
  /** Lines with data. */
  rows: number;
  /** Lines that were stored. */
  stored: number;
  /** Tickers or series that the file filled. */
  subjects: string[];
  /** `ratios.csv line 12: …`; these lines were left out, the others stored. */
  problems: string[];
}

export interface ImportedFile {
  /** Without its folder; `SYMBOL.csv` for prices. */
  name: string;
  text: string;
}

/**
 * `vigia rec import`: fills what is stored of a source from a CSV file, for machines without network. Errors, with which
 * nothing is stored: `bad_header`, `bad_csv`, and for prices `bad_data`, `bad_file_name`, `not_supported`.
 */
export async function importFile(
  kind: ImportKind,
  file: ImportedFile,
  { db, clock, market }: { db: Database; clock: Clock; market: Pick<Market, "source" | "replace"> },
): Promise<ImportReport> {
  if (kind === "prices") {
    const outcome = await importPrices(file, { market, clock });
    return { kind, file: file.name, ...outcome };
  }
  const table = readCsvTable(file.text, file.name);
  const target = { store: createSnapshotStore(db), fetchedAt: clock.now().toISOString() };
  const outcome = kind === "fundamentals" ? await importFundamentals(table, target) : await importMacro(table, target);
  return { kind, file: file.name, rows: table.rows.length, ...outcome };
}
