import { stat } from "node:fs/promises";
import { basename } from "node:path";
import type { Database } from "../../db/index.ts";
import type { Clock } from "../../kit/clock.ts";
import { VigiaError } from "../../kit/errors.ts";
import { readCsvTable } from "./sources/csv-table.ts";
import { importFundamentals } from "./sources/import-fundamentals.ts";
import { importMacro } from "./sources/import-macro.ts";
import { createSnapshotStore } from "./sources/snapshots.ts";

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

/** A file larger than this is none of ours. */
const MAX_FILE_BYTES = 50 * 1024 * 1024;

/**
 * `vigia rec import`: fills the stored answers of a source from a CSV file, for machines without network. Errors:
 * `file_unreadable`, `bad_header`, `not_supported` (prices).
 */
export async function importFile(
  kind: ImportKind,
  path: string,
  { db, clock }: { db: Database; clock: Clock },
): Promise<ImportReport> {
  if (kind === "prices")
    throw new VigiaError("not_supported", "Prices are read from a folder of files, not imported one by one.", {
      hint: "Put SYMBOL.csv files (date,open,high,low,close,volume) into a folder and set MARKET_DATA=csv and MARKET_DATA_DIR.",
    });
  const file = basename(path);
  const table = readCsvTable(await readText(path), file);
  const target = { store: createSnapshotStore(db), fetchedAt: clock.now().toISOString() };
  const outcome = kind === "fundamentals" ? await importFundamentals(table, target) : await importMacro(table, target);
  return { kind, file, rows: table.rows.length, ...outcome };
}

async function readText(path: string): Promise<string> {
  try {
    const { size } = await stat(path);
    if (size > MAX_FILE_BYTES) throw new Error("too large");
    return await Bun.file(path).text();
  } catch (cause) {
    throw new VigiaError("file_unreadable", `${path} cannot be read.`, {
      hint: `It must be a file of at most ${MAX_FILE_BYTES / 1024 / 1024} MB that this user may read.`,
      cause,
    });
  }
}
