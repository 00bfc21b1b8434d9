import { expect, test } from "bun:test";
import fc from "fast-check";
import { bisect } from "../../../src/mirror/delivery/bisect.ts";
import type { RemoteFailure } from "../../../src/mirror/remote/failure.ts";

const refused: RemoteFailure = { kind: "rejected", code: "23514", message: "a row is bad" };

/** A destination that refuses every part with one of these items. */
function destination(isBad: (item: number) => boolean) {
  const accepted: number[] = [];
  let requests = 0;
  return {
    accepted,
    requests: () => requests,
    async send(part: readonly number[]): Promise<RemoteFailure | undefined> {
      requests++;
      return part.some(isBad) ? { ...refused, message: `${part.length} together` } : undefined;
    },
  };
}

const items = (count: number) => Array.from({ length: count }, (_, index) => index);

test("one bad item of n costs at most 2·log2 n + 2 requests, and every other item is accepted once", async () => {
  const cases = fc.integer({ min: 1, max: 1_000 }).chain((n) => fc.tuple(fc.constant(n), fc.nat(n - 1)));
  await fc.assert(
    fc.asyncProperty(cases, async ([n, position]) => {
      const there = destination((item) => item === position);
      const { bad, ended } = await bisect(items(n), {
        refused,
        send: there.send,
        accepted: async (part) => void there.accepted.push(...part),
        tooMany: (count) => count > 20,
      });
      expect(ended).toBe("complete");
      expect(bad.map(({ item }) => item)).toEqual([position]);
      expect([...there.accepted].sort((a, b) => a - b)).toEqual(items(n).filter((item) => item !== position));
      expect(there.requests()).toBeLessThanOrEqual(2 * Math.log2(n) + 2);
    }),
    { numRuns: 500 },
  );
});

test("any bad items are found, each with what was said of it alone", async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 2, max: 120 }), fc.array(fc.nat(119)), async (n, positions) => {
      const wanted = new Set(positions.map((position) => position % n));
      const there = destination((item) => wanted.has(item));
      const { bad } = await bisect(items(n), {
        refused,
        send: there.send,
        accepted: async (part) => void there.accepted.push(...part),
        tooMany: () => false,
      });
      expect(new Set(bad.map(({ item }) => item))).toEqual(wanted);
      expect(bad.length + there.accepted.length).toBe(n);
      for (const { failure } of bad) expect(failure.message).toBe("1 together");
    }),
    { numRuns: 200 },
  );
});

test("it stops as soon as there are too many, and at a failure that is no item's fault", async () => {
  const there = destination(() => true);
  const accepted = async () => undefined;
  const many = await bisect(items(1_000), { refused, send: there.send, accepted, tooMany: (count) => count > 200 });
  expect(many).toMatchObject({ ended: "too_many", bad: { length: 201 } });
  let sent = 0;
  const gone: RemoteFailure = { kind: "unavailable", code: "network", message: "gone" };
  const send = async () => (++sent === 3 ? gone : refused);
  const failed = await bisect(items(64), { refused, send, accepted, tooMany: () => false });
  expect(failed).toMatchObject({ ended: "failed", failure: gone, bad: [] });
  expect(sent).toBe(3);
});

test("nothing follows a part that ran out of time here: it may still be at work there", async () => {
  const late: RemoteFailure = { kind: "slow", code: "timeout", message: "no answer within 120 s" };
  let sent = 0;
  const send = async () => {
    sent++;
    return late;
  };
  const found = await bisect(items(64), { refused, send, accepted: async () => undefined, tooMany: () => false });
  expect(found).toMatchObject({ ended: "failed", failure: late, bad: [] });
  expect(sent).toBe(1);
});

test("a part that is too slow is split, an item that is slow alone is the other side's doing", async () => {
  const slow: RemoteFailure = { kind: "slow", code: "57014", message: "cancelled" };
  const send = async (part: readonly number[]) => (part.includes(5) ? slow : undefined);
  const found = await bisect(items(8), { refused, send, accepted: async () => undefined, tooMany: () => false });
  expect(found).toMatchObject({ ended: "failed", failure: slow, bad: [] });
});
