import { z } from "zod";
import { cleanText } from "./clean-text.ts";
import { flag, instant, listOf, numberOr, numberOrNull, text, textOr, textOrNull } from "./wire-fields.ts";

/** What the dashboard reads of the mirror: its state, and what Supabase refused. */

const stream = z.object({
  stream: text,
  state: textOr("?"),
  owed: numberOr(0),
  lag_seconds: numberOrNull,
  dead_letters: numberOr(0),
  blocked_reason: textOrNull,
  dropped_columns: listOf(text),
  rows_delivered: numberOr(0),
  last_delivered_at: instant,
  last_error: textOrNull,
  checked_at: instant,
  local_count: numberOrNull,
  remote_count: numberOrNull,
});

export const mirrorStatusWire = z.object({
  enabled: flag,
  paused: flag,
  owed: numberOr(0),
  /** The table that is owed most comes first. */
  owed_by_table: z
    .record(z.string(), z.number())
    .catch({})
    .transform((owed) =>
      Object.entries(owed)
        .map(([table, count]) => ({ table: cleanText(table), count }))
        .sort((a, b) => b.count - a.count || a.table.localeCompare(b.table)),
    ),
  dead_letters: numberOr(0),
  last_run: z
    .object({ outcome: textOrNull, ended_at: instant, units: numberOr(0) })
    .nullable()
    .catch(null),
  streams: listOf(stream),
});

const letter = z.object({
  /** Goes back to the server as it came. */
  id: z.string(),
  subject: textOr("?"),
  key: textOr("").transform(readableKey),
  code: textOrNull,
  message: textOr(""),
  attempts: numberOr(0),
  state: textOr("?"),
  next_try_at: instant,
  first_failed_at: instant,
});

export const lettersWire = z.object({ items: listOf(letter) });

export const runBegunWire = z.object({ run_id: z.number().int().nonnegative() });

/** RFC 9457: the sentence of a refusal. */
export const problemWire = z.object({ detail: text });

export type MirrorStatus = z.output<typeof mirrorStatusWire>;
export type StreamStatus = MirrorStatus["streams"][number];
export type DeadLetter = z.output<typeof letter>;

/** A mirror's key is the JSON array of its columns: `["2024-03-08","GGAL"]` reads `2024-03-08 GGAL`. */
function readableKey(key: string): string {
  if (!key.startsWith("[")) return key;
  try {
    const values: unknown = JSON.parse(key);
    return Array.isArray(values) ? cleanText(values.map(String).join(" ")) : key;
  } catch {
    return key;
  }
}
