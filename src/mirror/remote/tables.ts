import type { RemoteRow } from "../rows.ts";
import type { KeyValue, RowStream } from "../stream.ts";
import { notConfirmed, type RemoteFailure, restFailure } from "./failure.ts";
import { keyFilters } from "./filters.ts";
import type { Supabase } from "./supabase.ts";

/** Undefined: the other side has accepted all of it. */
export type SendFailure = RemoteFailure | undefined;

/** Sends whole rows of one shape; what is there under their keys is replaced. */
export async function upsertRows(
  { client, door }: Supabase,
  stream: RowStream,
  rows: readonly RemoteRow[],
): Promise<SendFailure> {
  const { error, status, count } = await client
    .from(stream.name)
    .upsert(ofOneShape(rows), { onConflict: stream.key.join(","), count: "exact" });
  if (error) return restFailure(status, error, door.failure);
  return count === rows.length ? undefined : uncounted(stream, `${rows.length} rows were sent`, count);
}

/**
 * postgrest-js collects the names of all rows' columns by joining lists, which takes the square of their number and more time
 * than all the rest of a batch. Every row has those of the first.
 */
function ofOneShape(rows: readonly RemoteRow[]): RemoteRow[] {
  const names = Object.keys(rows[0] ?? {});
  return Object.assign([...rows], { reduce: () => names });
}

/** Deletes the rows with these keys; those that are not there are no failure. */
export async function deleteRows(
  { client, door }: Supabase,
  stream: RowStream,
  keys: readonly (readonly KeyValue[])[],
): Promise<SendFailure> {
  // With a NUL it never was there, and an address cannot hold it.
  const possible = keys.filter((key) => !key.some((value) => String(value).includes("\0")));
  for (const { filter } of keyFilters(stream.key, possible)) {
    const request = client.from(stream.name).delete({ count: "exact" });
    const { error, status, count } = await ("or" in filter
      ? request.or(filter.or)
      : request.filter(filter.in.column, "in", filter.in.list));
    if (error) return restFailure(status, error, door.failure);
    if (count === null) return uncounted(stream, "a deletion was sent", count);
  }
  return undefined;
}

/** Without a count it was not the project that answered; with another one its table did something else than it was asked. */
function uncounted({ name }: RowStream, sent: string, count: number | null): RemoteFailure {
  if (count === null) return notConfirmed(`${name}: ${sent}, and no count came back.`);
  return { kind: "broken", code: "wrong_count", message: `${name}: ${sent}, and the count ${count} came back.` };
}
