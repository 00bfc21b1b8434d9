import { expect, test } from "bun:test";
import fc from "fast-check";
import {
  type BatchSize,
  initialSize,
  sizeAfterAccepted,
  sizeAfterRefusal,
  storedRows,
} from "../../../src/mirror/delivery/batch-size.ts";

const grown = (from: BatchSize, batches: number, most: number) =>
  Array.from({ length: batches }).reduce<BatchSize>((size) => sizeAfterAccepted(size, most), from);

test("a refusal halves what was sent, down to ten rows", () => {
  expect(sizeAfterRefusal(1_000, 1_000)).toEqual({ rows: 500, accepted: 0 });
  expect(sizeAfterRefusal(15, 1_000)).toEqual({ rows: 10, accepted: 0 });
  expect(sizeAfterRefusal(10, 1_000)).toBeUndefined();
  expect(sizeAfterRefusal(4, 4)).toBeUndefined();
});

test("ten accepted batches make it a quarter larger, up to the setting", () => {
  expect(grown({ rows: 100, accepted: 0 }, 9, 1_000)).toEqual({ rows: 100, accepted: 9 });
  expect(grown({ rows: 100, accepted: 0 }, 10, 1_000)).toEqual({ rows: 125, accepted: 0 });
  expect(grown({ rows: 900, accepted: 9 }, 1, 1_000)).toEqual({ rows: 1_000, accepted: 0 });
  expect(storedRows({ rows: 1_000, accepted: 0 }, 1_000)).toBeNull();
});

test("what was remembered counts again, within the settings", () => {
  expect(initialSize({ batchRows: null, batchesAccepted: 3 }, 500)).toEqual({ rows: 500, accepted: 0 });
  expect(initialSize({ batchRows: 40, batchesAccepted: 3 }, 500)).toEqual({ rows: 40, accepted: 3 });
  expect(initialSize({ batchRows: 800, batchesAccepted: 3 }, 500)).toEqual({ rows: 500, accepted: 0 });
});

test("no order of answers leaves the range, and accepted batches always lead back to the setting", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1_000 }), fc.array(fc.boolean(), { maxLength: 80 }), (most, answers) => {
      let size = initialSize({ batchRows: null, batchesAccepted: 0 }, most);
      for (const accepted of answers) {
        size = accepted ? sizeAfterAccepted(size, most) : (sizeAfterRefusal(size.rows, most) ?? size);
        expect(size.rows).toBeGreaterThanOrEqual(Math.min(10, most));
        expect(size.rows).toBeLessThanOrEqual(most);
      }
      expect(grown(size, 300, most).rows).toBe(most);
    }),
  );
});
