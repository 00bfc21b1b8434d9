import { type Reader, statement } from "../../db/index.ts";
import { yieldToEventLoop } from "../../kit/clock.ts";
import type { RemoteRow } from "../rows.ts";
import { columnOf, keyExpression, type MirrorStream, type RowStream, sourceOf } from "../stream.ts";
import { parseInstant } from "./instant.ts";

/** Rows of a local table looked at in one statement. */
const PAGE_ROWS = 5_000;

/** The key of a remote row as the outbox spells it; instants get back their milliseconds and `Z`. */
export function keyOfRemote(stream: RowStream, row: RemoteRow): string {
  return JSON.stringify(stream.key.map((name) => localValue(columnOf(stream, name).kind, row[name])));
}

function localValue(kind: string, value: unknown): unknown {
  if (kind === "boolean") return Number(value);
  const micros = kind === "instant" ? parseInstant(String(value)) : undefined;
  // No row of ours has a finer time than milliseconds.
  return micros === undefined || micros % 1_000n !== 0n ? value : new Date(Number(micros / 1_000n)).toISOString();
}

/** SQLite and JavaScript may escape the same text differently. */
export const sameSpelling = (key: string): string => JSON.stringify(JSON.parse(key));

/** Every key of the stream, in pages of at most `PAGE_ROWS` table rows; a page may be empty. */
export async function* localKeyPages(read: Reader, stream: MirrorStream): AsyncGenerator<string[]> {
  const { from, where } = sourceOf(stream);
  for await (const { after, last } of rowPages(read, stream)) {
    const rows = (await read.all(
      statement(
        `select ${keyExpression(stream)} as key from ${from} where (${where}) and t.rowid > ? and t.rowid <= ?`,
        [after, last],
      ),
    )) as { key: string }[];
    yield rows.map(({ key }) => key);
  }
}

/** Rows that belong to the stream, counted in pages. */
export async function countLocal(read: Reader, stream: MirrorStream): Promise<number> {
  const { from, where } = sourceOf(stream);
  let count = 0;
  for await (const { after, last } of rowPages(read, stream)) {
    const [row] = (await read.all(
      statement(`select count(*) as rows from ${from} where (${where}) and t.rowid > ? and t.rowid <= ?`, [
        after,
        last,
      ]),
    )) as [{ rows: number }];
    count += row.rows;
  }
  return count;
}

/** Stretches of row numbers: others have their turn between them, because the store is synchronous. */
async function* rowPages(read: Reader, { table }: MirrorStream): AsyncGenerator<{ after: number; last: number }> {
  let after = Number.MIN_SAFE_INTEGER;
  for (;;) {
    const [page] = (await read.all(
      statement(
        `select max(id) as last from (select rowid as id from "${table}" where rowid > ? order by rowid limit ?)`,
        [after, PAGE_ROWS],
      ),
    )) as [{ last: number | null }];
    if (page.last === null) return;
    yield { after, last: page.last };
    await yieldToEventLoop();
    after = page.last;
  }
}

/** Which of these keys are owed now. */
export async function loadOwedAmong(
  read: Reader,
  stream: MirrorStream,
  keys: readonly string[],
): Promise<ReadonlySet<string>> {
  const values = stream.key.map((_, position) => `k.value ->> ${position}`);
  const rows = (await read.all(
    statement(
      `select o.key from (select value from json_each(?2)) k cross join outbox o
        where o.stream = ?1 and o.key = json_array(${values.join(", ")})`,
      [stream.name, JSON.stringify(keys.map((key) => JSON.parse(key)))],
    ),
  )) as { key: string }[];
  return new Set(rows.map(({ key }) => sameSpelling(key)));
}
