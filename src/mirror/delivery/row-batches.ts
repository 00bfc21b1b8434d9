import type { Reader } from "../../db/index.ts";
import type { OwedRow } from "../outbox/owed.ts";
import { loadRows, type RemoteRow } from "../rows.ts";
import type { RowStream } from "../stream.ts";

/** An owed key with its row as it is now; without one it is a deletion. */
export interface OwedItem extends OwedRow {
  row?: RemoteRow;
}

/** The rows of owed keys. The keys were read before: a change since then makes the row newer than its number, never older. */
export async function loadItems(read: Reader, stream: RowStream, owed: readonly OwedRow[]): Promise<OwedItem[]> {
  const rows = await loadRows(
    read,
    stream,
    owed.map(({ key }) => key),
  );
  return owed.map(({ key, seq }) => {
    const row = rows.get(key);
    return row ? { key, seq, row } : { key, seq };
  });
}

/** Parts whose JSON has at most so many bytes; an item that is larger goes alone. */
export function splitByBytes(items: readonly OwedItem[], mostBytes: number): OwedItem[][] {
  const parts: OwedItem[][] = [];
  let bytes = 0;
  for (const item of items) {
    const size = item.row ? Buffer.byteLength(JSON.stringify(item.row)) + 1 : 0;
    const last = parts.at(-1);
    if (last && bytes + size <= mostBytes) {
      last.push(item);
      bytes += size;
    } else {
      parts.push([item]);
      // The brackets around all of them.
      bytes = size + 1;
    }
  }
  return parts;
}

/** The row without some of its columns. */
export function withoutColumns(row: RemoteRow, columns: readonly string[]): RemoteRow {
  if (columns.length === 0) return row;
  return Object.fromEntries(Object.entries(row).filter(([name]) => !columns.includes(name)));
}
