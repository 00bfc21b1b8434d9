import type { KeyValue } from "../stream.ts";

/** Gateways refuse addresses of more than 8,000 characters or so; headers and path take their part. */
const LONGEST_FILTER = 6_000;

/** PostgREST's quoting: inside double quotes only the quote itself and the backslash mean something. */
export const quote = (value: KeyValue): string => `"${String(value).replace(/["\\]/g, "\\$&")}"`;

/** One filter as `[column, operator, value]` for `filter()`, or the text for `or()`. */
export type KeyFilter = { in: { column: string; list: string } } | { or: string };

/** Filters that together take the rows with these keys, none longer than an address may be. */
export function keyFilters(
  columns: readonly string[],
  keys: readonly (readonly KeyValue[])[],
): { filter: KeyFilter; keys: (readonly KeyValue[])[] }[] {
  const filters: { filter: KeyFilter; keys: (readonly KeyValue[])[] }[] = [];
  let parts: string[] = [];
  let taken: (readonly KeyValue[])[] = [];
  let length = 0;
  const close = () => {
    if (taken.length > 0) filters.push({ filter: joined(columns, parts), keys: taken });
    parts = [];
    taken = [];
    length = 0;
  };
  for (const key of keys) {
    const part =
      columns.length === 1 ? quote(key[0]!) : `and(${columns.map((name, i) => `${name}.eq.${quote(key[i]!)}`)})`;
    const size = encodeURIComponent(part).length + 3;
    if (length + size > LONGEST_FILTER) close();
    parts.push(part);
    taken.push(key);
    length += size;
  }
  close();
  return filters;
}

function joined(columns: readonly string[], parts: readonly string[]): KeyFilter {
  const [column] = columns;
  return columns.length === 1 && column ? { in: { column, list: `(${parts.join(",")})` } } : { or: parts.join(",") };
}
