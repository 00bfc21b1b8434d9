import { expect, test } from "bun:test";
import { z } from "@hono/zod-openapi";
import fc from "fast-check";
import { decodeCursor, encodeCursor, pageOf } from "../../src/server/paging.ts";
import { soakTimes } from "../support/soak.ts";

const position = z.object({ date: z.string(), ticker: z.string() });
const binding = { route: "/api/x", filters: { ticker: "YPF", from: undefined, all: true } };

test("a cursor brings back its position, whatever the order and absence of filters", () => {
  const cursor = encodeCursor(binding, { date: "2024-03-08", ticker: "ñ" });
  expect(cursor).toMatch(/^[A-Za-z0-9_-]+$/);
  const reordered = { route: "/api/x", filters: { all: true, ticker: "YPF" } };
  expect(decodeCursor(cursor, reordered, position)).toEqual({ date: "2024-03-08", ticker: "ñ" });
});

test("another route, another filter value, one filter more or less are foreign", () => {
  const cursor = encodeCursor(binding, { date: "2024-03-08", ticker: "YPF" });
  const foreign = [
    { ...binding, route: "/api/y" },
    { ...binding, filters: { ...binding.filters, ticker: "BMA" } },
    { ...binding, filters: { ...binding.filters, to: "2024-01-01" } },
    { ...binding, filters: { ticker: "YPF" } },
    { ...binding, filters: { ...binding.filters, all: "true" } },
  ];
  for (const other of foreign) expect(() => decodeCursor(cursor, other, position)).toThrow("does not belong");
});

test("no text makes decoding do anything but answer 400", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ maxLength: 700 }), fc.base64String({ maxLength: 700 })), (text) => {
      expect(() => decodeCursor(text, binding, position)).toThrow("does not belong");
    }),
    { numRuns: soakTimes(200, 5_000) },
  );
});

test("any single changed byte is noticed", () => {
  const bytes = Buffer.from(encodeCursor(binding, { date: "2024-03-08", ticker: "YPF" }), "base64url");
  for (let index = 0; index < bytes.length; index++) {
    const changed = Buffer.from(bytes);
    changed[index]! ^= 1;
    expect(() => decodeCursor(changed.toString("base64url"), binding, position)).toThrow("does not belong");
  }
});

test("pages partition any list", () => {
  const ids = z.number();
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 1, max: 10 }), (total, limit) => {
      const rows = Array.from({ length: total }, (_, index) => total - index);
      const seen: number[] = [];
      let cursor: string | null = null;
      do {
        const before: number = cursor === null ? Number.POSITIVE_INFINITY : decodeCursor(cursor, binding, ids);
        const loaded = rows.filter((id) => id < before).slice(0, limit + 1);
        const page = pageOf(loaded, { limit, binding, position: (id) => id });
        expect(page.count).toBe(page.items.length);
        expect(page.count).toBeLessThanOrEqual(limit);
        seen.push(...page.items);
        cursor = page.next_cursor;
      } while (cursor !== null);
      expect(seen).toEqual(rows);
    }),
    { numRuns: soakTimes(100, 2_000) },
  );
});
