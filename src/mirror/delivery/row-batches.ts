import type { Reader } from "../../db/index.ts";
import { yieldToEventLoop } from "../../kit/clock.ts";
import type { OwedRow } from "../outbox/owed.ts";
import { loadRows, type RemoteRow } from "../rows.ts";
import type { RowStream } from "../stream.ts";

/** An owed key with its row as it is now; without one it is a deletion. */
export interface OwedItem extends OwedRow {
  row?: RemoteRow;
}

/** Rows loaded and measured at once: a thousand of them with their documents would hold up everything else for a second. */
const ROWS_AT_ONCE = 100;

/**
 * The rows of owed keys, some at a time. The keys were read before: a change since then makes the row newer than its number,
 * never older.
 */
export async function* loadItems(
  read: Reader,
  stream: RowStream,
  owed: readonly OwedRow[],
): AsyncGenerator<OwedItem[], void> {
  for (let start = 0; start < owed.length; start += ROWS_AT_ONCE) {
    const part = owed.slice(start, start + ROWS_AT_ONCE);
    const rows = await loadRows(
      read,
      stream,
      part.map(({ key }) => key),
    );
    await yieldToEventLoop();
    yield part.map(({ key, seq }) => {
      const row = rows.get(key);
      return row ? { key, seq, row } : { key, seq };
    });
  }
}

/** Batches whose JSON has at most so many bytes; an item that is larger goes alone. No more is loaded than the next one needs. */
export async function* cutByBytes(
  loaded: AsyncIterable<readonly OwedItem[]>,
  mostBytes: number,
): AsyncGenerator<OwedItem[], void> {
  let batch: OwedItem[] = [];
  let bytes = BRACKETS;
  for await (const items of loaded) {
    for (const item of items) {
      const size = item.row ? Buffer.byteLength(JSON.stringify(item.row)) + 1 : 0;
      if (batch.length > 0 && bytes + size > mostBytes) {
        yield batch;
        batch = [];
        bytes = BRACKETS;
      }
      batch.push(item);
      bytes += size;
    }
    await yieldToEventLoop();
  }
  if (batch.length > 0) yield batch;
}

/** Those around all rows, less the comma that the last one goes without. */
const BRACKETS = 1;

/** The row without some of its columns. */
export function withoutColumns(row: RemoteRow, columns: readonly string[]): RemoteRow {
  if (columns.length === 0) return row;
  return Object.fromEntries(Object.entries(row).filter(([name]) => !columns.includes(name)));
}
