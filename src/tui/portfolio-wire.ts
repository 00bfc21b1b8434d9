import { z } from "zod";
import { instant, listOf, numberOr, numberOrNull, text, textOr, textOrNull } from "./wire-fields.ts";

/** What the dashboard reads of scans, prices and portfolio cycles. */

const candidate = z.object({
  rank: numberOr(0),
  symbol: text,
  radar: textOr(""),
  score: numberOrNull,
  metrics: z.object({ precio: numberOrNull }).catch({ precio: null }),
});

export const scanWire = z.object({
  as_of: textOr(""),
  data_source: textOrNull,
  regime: z
    .object({ regime: textOr("?"), confidence: numberOrNull, benchmark: textOr(""), price: numberOrNull })
    .catch({ regime: "?", confidence: null, benchmark: "", price: null }),
  radars_used: textOr(""),
  scanned: numberOr(0),
  skipped: z
    .array(z.unknown())
    .catch([])
    .transform((symbols) => symbols.length),
  candidates: listOf(candidate),
});

const series = z.object({ symbol: text, closes: z.array(z.number()) });

export const closesWire = z.object({ items: listOf(series) });

const result = z.object({
  user_id: text,
  state: textOr("?"),
  symbols: numberOr(0),
  failed_symbols: numberOr(0),
  files_changed: numberOr(0),
  error: textOrNull,
});

export const cycleWire = z.object({
  run_id: numberOr(0),
  outcome: textOrNull,
  users_processed: numberOr(0),
  successful: numberOr(0),
  failed: numberOr(0),
  started_at: instant,
  timestamp: instant,
  details: z
    .object({ empty: numberOr(0), files_changed: numberOr(0), data_source: textOrNull })
    .catch({ empty: 0, files_changed: 0, data_source: null }),
  results: listOf(result),
});

export type Scan = z.output<typeof scanWire>;
export type Candidate = z.output<typeof candidate>;
export type PriceSeries = z.output<typeof series>;
export type Cycle = z.output<typeof cycleWire>;
export type UserResult = z.output<typeof result>;
