import { type Reader, statement, type Writer } from "../../db/index.ts";
import type { ObjectState } from "../../db/schema/mirror.ts";

/** What is known of an object in Storage. */
export interface KnownObject {
  /** Of the text that lies there; null when that is not known, or nothing does. */
  sha256: string | null;
  state: ObjectState;
}

/** A unit's objects by their key in the bucket. */
export async function loadKnownObjects(
  read: Reader,
  stream: string,
  unit: string,
): Promise<ReadonlyMap<string, KnownObject>> {
  const rows = (await read.all(
    statement('select object_key as "key", sha256, state from mirror_objects where stream = ? and unit = ?', [
      stream,
      unit,
    ]),
  )) as ({ key: string } & KnownObject)[];
  return new Map(rows.map(({ key, sha256, state }) => [key, { sha256, state }]));
}

/** Delivered without a content: it was removed, and is known not to be there. */
export const isKnownAbsent = (known: KnownObject | undefined): boolean =>
  known?.state === "delivered" && known.sha256 === null;

export interface ObjectNote {
  stream: string;
  unit: string;
  keys: readonly string[];
  state: ObjectState;
  error?: string;
  /** Undefined leaves what is noted. */
  sha256?: string | null;
  deliveredAt?: string;
}

/** Notes the same of several objects. */
export async function noteObjects(
  tx: Writer,
  { stream, unit, keys, state, error, sha256, deliveredAt }: ObjectNote,
): Promise<void> {
  await tx.run(
    statement(
      `insert into mirror_objects (object_key, stream, unit, sha256, state, error, delivered_at)
         select value, ?2, ?3, ?4, ?5, ?6, ?7 from json_each(?1) where true
       on conflict (object_key) do update set stream = excluded.stream, unit = excluded.unit,
         state = excluded.state, error = excluded.error, delivered_at = coalesce(excluded.delivered_at, delivered_at)
         ${sha256 === undefined ? "" : ", sha256 = excluded.sha256"}`,
      [JSON.stringify(keys), stream, unit, sha256 ?? null, state, error ?? null, deliveredAt ?? null],
    ),
  );
}
