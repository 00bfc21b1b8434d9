import { type Reader, statement } from "../../db/index.ts";
import { sha256Hex } from "../../kit/hash.ts";
import { loadRows } from "../rows.ts";
import type { RowStream } from "../stream.ts";
import { sameSpelling } from "./keys.ts";

/** Picks those of the keys whose rows were refused just as they are now. */
export type RefusedAmong = (keys: readonly string[]) => Promise<ReadonlySet<string>>;

/**
 * Rows in `dead_letters` that wait for their next try or for a person, or were discarded: sending the same once more would
 * change nothing. `without`: columns that are not sent.
 */
export async function loadRefusedAmong(
  read: Reader,
  stream: RowStream,
  without: readonly string[],
): Promise<RefusedAmong> {
  const letters = (await read.all(
    statement(
      `select distinct key, payload_sha256 as hash from dead_letters
        where queue = 'mirror' and subject = ? and state <> 'resolved' and payload_sha256 is not null`,
      [stream.name],
    ),
  )) as { key: string; hash: string }[];
  const refused = new Set(letters.map(({ key, hash }) => `${hash} ${sameSpelling(key)}`));
  const keysRefused = new Set(letters.map(({ key }) => sameSpelling(key)));
  return async (keys) => {
    const candidates = keys.filter((key) => keysRefused.has(sameSpelling(key)));
    if (candidates.length === 0) return new Set();
    const rows = await loadRows(read, stream, candidates, without);
    const same = [...rows].filter(([key, row]) =>
      refused.has(`${sha256Hex(JSON.stringify(row))} ${sameSpelling(key)}`),
    );
    return new Set(same.map(([key]) => sameSpelling(key)));
  };
}
