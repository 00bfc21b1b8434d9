import { yieldToEventLoop } from "../../kit/clock.ts";
import { notConfirmed, type RemoteFailure, restFailure } from "../remote/failure.ts";
import type { Supabase } from "../remote/supabase.ts";
import type { DirectoryReport } from "./report.ts";
import type { SourceTable } from "./source-rows.ts";

const PAGE_ROWS = 1_000;
/** Half a million rows; at two requests a second these are the minutes that the job has. */
const MAX_PAGES = 500;

interface SkippedRow {
  /** Undefined when the row has none. */
  id: string | undefined;
  /** The column and what is wrong with it, without its content. */
  problem: string;
}

interface RowTaker<Row> {
  take(row: Row): void;
  skip(row: SkippedRow): void;
}

/** How the reading of a table ended; `absent`: there is none, or one of another shape. */
export type TableEnd = { state: "read" } | { state: "absent" | "failed"; failure: RemoteFailure };

/**
 * Reads a table of the customer's to its end, page by page in the order of its id, so that rows which come and go meanwhile
 * neither repeat nor hide others. Every page has to say how many rows are left: whoever answers less is asked again from
 * there, and nothing less than all of it counts as read.
 */
export async function fetchTable<Row>(
  supabase: Supabase,
  table: SourceTable<Row>,
  { take, skip }: RowTaker<Row>,
): Promise<TableEnd> {
  const seen = new Set<string>();
  let columns = [...table.required, ...table.optional];
  let after: string | undefined;
  for (let page = 0; page < MAX_PAGES; page++) {
    const fetched = await fetchPage(supabase, table, columns, after);
    if ("failure" in fetched) {
      const unknown = unknownColumn(fetched.failure);
      const fewer = columns.filter((column) => column !== unknown);
      if (!table.optional.includes(unknown ?? "") || fewer.length === columns.length) return fetched;
      columns = fewer;
      continue;
    }
    const { rows, left } = fetched;
    const before = seen.size;
    for (const row of rows) {
      const id = row[table.id];
      const known = typeof id === "string" ? id : undefined;
      const read = table.row.safeParse(row);
      if (known !== undefined && seen.has(known.toLowerCase())) skip({ id: known, problem: "is there twice" });
      else if (read.success) take(read.data);
      else skip({ id: known, problem: problemOf(read.error.issues) });
      if (known !== undefined) seen.add(known.toLowerCase());
    }
    if (rows.length >= left) return { state: "read" };
    const last = rows.at(-1)?.[table.id];
    // Rows without an id come last; there is no page after them.
    if (last === null && seen.size > before) return { state: "read" };
    if (seen.size === before || typeof last !== "string") return truncated(table.name, left);
    after = last;
    await yieldToEventLoop();
  }
  return truncated(table.name, MAX_PAGES * PAGE_ROWS);
}

type Page = { rows: Record<string, unknown>[]; left: number } | Extract<TableEnd, { failure: RemoteFailure }>;

async function fetchPage(
  { client, door }: Supabase,
  table: SourceTable<unknown>,
  columns: readonly string[],
  after: string | undefined,
): Promise<Page> {
  // As text: a large integer would lose its last digits in JSON. The order stays that of the column.
  const selected = columns.map((column) => (column.endsWith("id") ? `${column}::text` : column)).join(",");
  const query = client.schema("public").from(table.name).select(selected, { count: "exact" });
  const { data, error, status, count } = await (after === undefined ? query : query.gt(table.id, after))
    .order(table.id)
    .limit(PAGE_ROWS);
  if (error) {
    const failure = restFailure(status, error, door.failure);
    return { state: isAbsent(failure) ? "absent" : "failed", failure };
  }
  const rows: unknown = data;
  if (Array.isArray(rows) && count !== null && rows.every((row) => typeof row === "object" && row !== null))
    return { rows, left: count };
  const message = `${table.name}: what came back is no page of rows with their count.`;
  return { state: "failed", failure: notConfirmed(message) };
}

const UNKNOWN_COLUMN = /column (?:[\w"]+\.)*"?(\w+)"? does not exist/;

const unknownColumn = ({ code, message }: RemoteFailure): string | undefined =>
  code === "42703" ? UNKNOWN_COLUMN.exec(message)?.[1] : undefined;

/** No such table, or no such column: one of the same name that is not what we know. */
const isAbsent = ({ code }: RemoteFailure): boolean => ["PGRST205", "42P01", "42703"].includes(code);

const truncated = (table: string, left: number): TableEnd => ({
  state: "failed",
  failure: {
    kind: "unavailable",
    code: "truncated",
    message: `${table}: the pages end before the table does, ${left} rows were left.`,
  },
});

const problemOf = (issues: readonly { path: PropertyKey[]; message: string }[]): string =>
  [...new Set(issues.map(({ path, message }) => `${String(path[0] ?? "row")} ${message}`))].slice(0, 3).join(", ");

/** Whether a table was read; notes in the report why not, unless it may be absent and is. */
export function isRead(
  report: DirectoryReport,
  table: SourceTable<unknown>,
  end: TableEnd,
  mayBeAbsent: boolean,
): boolean {
  if (end.state === "read") return true;
  if (end.state === "failed" || !mayBeAbsent) noteFailure(report, table, end);
  return false;
}

export function noteFailure(report: DirectoryReport, { name: table }: SourceTable<unknown>, end: TableEnd): void {
  if (end.state === "read") return;
  const { kind, code, message } = end.failure;
  report.failures.push({ table, kind, code, message });
}
