import { parse } from "csv-parse/sync";
import { toError, VigiaError } from "../../../kit/errors.ts";

export interface CsvRow {
  /** In the file, counted from 1; the header is line 1. */
  line: number;
  /** Trimmed text by lower-case column name; empty texts are left out. */
  cells: Record<string, string>;
}

export interface CsvTable {
  file: string;
  columns: string[];
  rows: CsvRow[];
}

/** A CSV file with a header line. Errors: `bad_header` when there is none, `bad_csv` when quotes do not match. */
export function readCsvTable(text: string, file: string): CsvTable {
  let records: { record: string[]; info: { lines: number } }[];
  try {
    const options = { bom: true, trim: true, info: true, skip_empty_lines: true, relax_column_count: true } as const;
    // The library's types do not know that `info` wraps each record.
    records = parse(text, options) as unknown as typeof records;
  } catch (cause) {
    throw new VigiaError("bad_csv", `${file}: ${toError(cause).message}`, { cause });
  }
  const [header, ...body] = records;
  if (!header) throw new VigiaError("bad_header", `${file} is empty.`, { hint: "Its first line names the columns." });
  const columns = header.record.map((name) => name.toLowerCase());
  const rows = body.map(({ record, info }) => ({ line: info.lines, cells: cellsOf(columns, record) }));
  return { file, columns, rows };
}

function cellsOf(columns: readonly string[], record: readonly string[]): Record<string, string> {
  return Object.fromEntries(columns.flatMap((name, at) => (record[at] ? [[name, record[at]]] : [])));
}

/** Error: `bad_header` naming what is absent or unknown. */
export function requireColumns({ file, columns }: CsvTable, required: readonly string[], optional: readonly string[]) {
  const absent = required.filter((name) => !columns.includes(name));
  const unknown = columns.filter((name) => !required.includes(name) && !optional.includes(name));
  if (absent.length === 0 && unknown.length === 0) return;
  const faults = [
    ...(absent.length > 0 ? [`has no column ${absent.join(", ")}`] : []),
    ...(unknown.length > 0 ? [`has the unknown column ${unknown.join(", ")}`] : []),
  ];
  throw new VigiaError("bad_header", `${file} ${faults.join(" and ")}.`, {
    hint: `Needed: ${required.join(",")}. May be there: ${optional.join(",")}.`,
  });
}
