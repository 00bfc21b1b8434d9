import { type RemoteFailure, restFailure } from "../remote/failure.ts";
import { quote } from "../remote/filters.ts";
import type { Supabase } from "../remote/supabase.ts";
import type { RemoteRow } from "../rows.ts";
import type { KeyValue, RowStream } from "../stream.ts";

/** What hosted projects answer at most (T 3.3). */
const PAGE_ROWS = 1_000;
/** A page of fewer rows that still does not come is not too big. */
const LEAST_PAGE_ROWS = 10;
/** Ten times what a table of a million rows takes: whoever answers more goes in circles. */
const MOST_PAGES = 10_000;

type Page = { rows: readonly RemoteRow[] } | { failure: RemoteFailure };

/**
 * Reads a remote table in the order of its key, wherever rows come or go in the meantime. Only an empty page is the end: a project may
 * be set to answer with fewer rows than were asked for.
 */
export function createPageReader(
  supabase: Supabase,
  stream: RowStream,
  columns: readonly string[],
): { next(): Promise<Page> } {
  let after: readonly KeyValue[] | undefined;
  let limit = PAGE_ROWS;
  let pages = 0;
  return {
    async next() {
      for (;;) {
        const page = await fetchPage(supabase, stream, { columns, after, limit });
        if ("failure" in page) {
          if (!isTooBig(page.failure) || limit === LEAST_PAGE_ROWS) return page;
          limit = Math.max(LEAST_PAGE_ROWS, limit >> 1);
          continue;
        }
        const last = page.rows.at(-1);
        if (!last) return page;
        const key = stream.key.map((name) => last[name] as KeyValue);
        if (++pages > MOST_PAGES || JSON.stringify(key) === JSON.stringify(after))
          return badPage(stream, "gave the same rows again");
        after = key;
        return page;
      }
    },
  };
}

/** A page that was too much for the other side's own time; one that stalls on the way would stall with half the rows too. */
const isTooBig = ({ kind, code }: RemoteFailure): boolean =>
  kind === "too_large" || code === "too_large" || code === "57014";

interface PageRequest {
  columns: readonly string[];
  /** Key of the last row of the page before, as the other side spells it. */
  after: readonly KeyValue[] | undefined;
  limit: number;
}

async function fetchPage(
  { client, door }: Supabase,
  stream: RowStream,
  { columns, after, limit }: PageRequest,
): Promise<Page> {
  let request = client.from(stream.name).select(columns.join(","));
  const [first, ...others] = stream.key as [string, ...string[]];
  if (after) {
    // Bounds the way through the index; the condition on all of the key alone would begin at its start each time.
    request = others.length === 0 ? request.gt(first, after[0]) : request.gte(first, after[0]);
    if (others.length > 0) request = request.or(renderAfter(stream.key, after));
  }
  for (const name of stream.key) request = request.order(name);
  const { data, error, status } = await request.limit(limit);
  // Of a broken answer supabase-js makes an error with the whole body as its message.
  if (error && status >= 200 && status < 300) return badPage(stream, "answered with broken JSON");
  if (error) return { failure: restFailure(status, error, door.failure) };
  const fault = faultOf(data, stream, columns);
  return fault ? badPage(stream, fault) : { rows: data as unknown as RemoteRow[] };
}

/** `a.gt."1",and(a.eq."1",or(b.gt."2",…))`: each value occurs twice, however many columns there are. */
function renderAfter([column, ...columns]: readonly string[], [value, ...values]: readonly KeyValue[]): string {
  const greater = `${column}.gt.${quote(value!)}`;
  if (columns.length === 0) return greater;
  const rest = renderAfter(columns, values);
  return `${greater},and(${column}.eq.${quote(value!)},${columns.length === 1 ? rest : `or(${rest})`})`;
}

function faultOf(data: unknown, { key }: RowStream, columns: readonly string[]): string | undefined {
  if (!Array.isArray(data)) return "answered without a list of rows";
  for (const row of data) {
    if (typeof row !== "object" || row === null || !columns.every((name) => Object.hasOwn(row, name)))
      return "answered with rows that lack columns";
    const empty = key.find((name) => !["string", "number", "boolean"].includes(typeof row[name]));
    if (empty) return `has a row without a value in ${empty}, which is part of its key`;
  }
  return undefined;
}

const badPage = ({ name }: RowStream, fault: string): { failure: RemoteFailure } => ({
  failure: { kind: "unavailable", code: "bad_page", message: `The table ${name} ${fault}.` },
});
