import type { Reader } from "../../src/db/index.ts";
import { loadOwedAfter, WALK_START } from "../../src/mirror/delivery/owed-walk.ts";
import type { OwedRow } from "../../src/mirror/outbox/owed.ts";

/** The first keys that a stream owes, in the order of their changes. */
export async function loadOwed(read: Reader, stream: string, limit = 1_000_000): Promise<OwedRow[]> {
  const { owed } = await loadOwedAfter(read, stream, { after: WALK_START, throughSeq: Number.MAX_SAFE_INTEGER, limit });
  return owed;
}
