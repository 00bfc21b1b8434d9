import { z } from "zod";
import { cleanText } from "./clean-text.ts";

/**
 * How the dashboard reads the API's answers. Everything is optional and every text is cleaned here, at the door: a newer
 * or a broken server shows less, it does not break the screen. Instants become epoch milliseconds.
 */

/** Most entries of any list that are kept. */
const MAX_ENTRIES = 1_000;

export const text = z.string().transform(cleanText);
export const textOr = (fallback: string) => text.catch(fallback);
export const textOrNull = text.nullable().catch(null);
export const numberOr = (fallback: number) => z.number().catch(fallback);
export const numberOrNull = z.number().nullable().catch(null);
export const flag = z.boolean().catch(false);
export const instant = z
  .string()
  .transform((value) => {
    const ms = Date.parse(value);
    return Number.isNaN(ms) ? null : ms;
  })
  .nullable()
  .catch(null);

/** A list without its malformed entries. */
export const listOf = <Schema extends z.ZodType>(schema: Schema) =>
  z
    .array(z.unknown())
    .catch([])
    .transform((entries) =>
      entries.slice(0, MAX_ENTRIES).flatMap((entry): z.output<Schema>[] => {
        const parsed = schema.safeParse(entry);
        return parsed.success ? [parsed.data] : [];
      }),
    );
