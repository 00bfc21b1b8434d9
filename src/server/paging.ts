import { z } from "@hono/zod-openapi";
import { sha256Hex } from "../kit/hash.ts";
import { HttpProblem } from "./problem.ts";

/** What a cursor belongs to. It is refused anywhere else. */
export interface CursorBinding {
  /** Route template, for example `/api/jobs/{name}/runs`. */
  route: string;
  /** Every filter that shapes the list, path parameters and scope included; not `limit`. */
  filters: Readonly<Record<string, string | number | boolean | null | undefined>>;
}

/** Longest cursor that is looked at. */
const MAX_CURSOR_LENGTH = 512;
const CHECK_LENGTH = 16;

/** Query parameters of a paged route. `limit` beyond `maximum` is refused, not cut. */
export const pageQuery = (defaultLimit: number, maximum: number) =>
  z.object({
    limit: z.coerce.number().int().min(1).max(maximum).default(defaultLimit),
    cursor: z.string().max(MAX_CURSOR_LENGTH).optional(),
  });

/** Body of a paged route. */
export const pageSchema = <Item extends z.ZodType>(item: Item) =>
  z.object({ items: z.array(item), count: z.number().int(), next_cursor: z.string().nullable() });

/** An opaque place in a list, tied to its route and filters. It grants nothing: the query behind it checks the scope. */
export function encodeCursor(binding: CursorBinding, position: unknown): string {
  const place = JSON.stringify(position);
  return Buffer.from(checksum(binding, place) + place).toString("base64url");
}

/** The position in a cursor. Errors: 400 `bad_cursor` for a foreign, changed or unreadable one. */
export function decodeCursor<Position>(
  cursor: string,
  binding: CursorBinding,
  position: z.ZodType<Position>,
): Position {
  const text = Buffer.from(cursor.slice(0, MAX_CURSOR_LENGTH), "base64url").toString("utf8");
  const place = text.slice(CHECK_LENGTH);
  if (text.slice(0, CHECK_LENGTH) !== checksum(binding, place)) throw badCursor();
  const parsed = position.safeParse(parseJson(place));
  if (!parsed.success) throw badCursor();
  return parsed.data;
}

/** Undefined for what is not JSON: anyone can compute the checksum of anything. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const badCursor = () =>
  new HttpProblem(400, "bad_cursor", "This cursor does not belong to this list. Start again without a cursor.");

function checksum({ route, filters }: CursorBinding, place: string): string {
  const named = Object.entries(filters).filter(([, value]) => value !== undefined);
  named.sort(([left], [right]) => (left < right ? -1 : 1));
  return sha256Hex(JSON.stringify([route, named, place])).slice(0, CHECK_LENGTH);
}

/** Cuts a list that was loaded with one row more than asked for, and points at the last row shown. */
export function pageOf<Row>(
  rows: readonly Row[],
  { limit, binding, position }: { limit: number; binding: CursorBinding; position: (row: Row) => unknown },
): { items: Row[]; count: number; next_cursor: string | null } {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  const more = rows.length > limit && last !== undefined;
  return { items, count: items.length, next_cursor: more ? encodeCursor(binding, position(last)) : null };
}
