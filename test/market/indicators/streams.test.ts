import { expect, test } from "bun:test";
import fc from "fast-check";
import { type Bar, lastBars, sliceBars, toBars } from "../../../src/market/bars.ts";
import { soakTimes } from "../../support/soak.ts";
import { anyBars, flatBars, walkBars } from "./random-bars.ts";
import { firstDifference, SUBJECTS, type Subject } from "./subjects.ts";

const numRuns = soakTimes(60, 2_000);

test.each(SUBJECTS)("$name as a stream equals the whole series bit for bit, whatever the numbers", (subject) => {
  fc.assert(
    fc.property(anyBars, (bars) => expectSameBits(subject, bars)),
    { numRuns },
  );
});

test.each(SUBJECTS)("$name as a stream equals the whole series bit for bit over hundreds of market days", (subject) => {
  for (let seed = 1; seed <= soakTimes(3, 100); seed++)
    for (const price of [1e-8, 1, 1e9]) expectSameBits(subject, walkBars(400, seed, price));
  expectSameBits(subject, flatBars(400, 0.1 + 0.2));
});

test.each(SUBJECTS)("$name does not look ahead: a prefix gives the same values", (subject) => {
  const bars = toBars(walkBars(300));
  const whole = subject.batch(bars);
  for (let length = 0; length <= bars.length; length += 7)
    for (const [name, values] of Object.entries(subject.batch(sliceBars(bars, 0, length))))
      expect(firstDifference(values, whole[name]!.subarray(0, length))).toBe(-1);
});

test.each(SUBJECTS)("$name reads a view of a longer series like a copy of it", (subject) => {
  const view = lastBars(toBars(walkBars(300)), 253);
  const copy = { ...view, high: view.high.slice(), low: view.low.slice(), close: view.close.slice() };
  const expected = subject.batch(copy);
  for (const [name, values] of Object.entries(subject.batch(view)))
    expect(firstDifference(values, expected[name]!)).toBe(-1);
});

test.each(SUBJECTS)("two streams of $name do not share anything", (subject) => {
  const [one, other] = [subject.stream(), subject.stream()];
  const [rising, falling] = [walkBars(80, 1), walkBars(80, 2)];
  const alone = subject.stream();
  for (const [index, bar] of rising.entries()) {
    const expected = alone(bar);
    expect(one(bar)).toEqual(expected);
    other(falling[index]!);
  }
});

function expectSameBits(subject: Subject, bars: readonly Bar[]): void {
  const whole = subject.batch(toBars(bars));
  const push = subject.stream();
  for (const [index, bar] of bars.entries()) {
    const values = push(bar);
    for (const [name, series] of Object.entries(whole))
      if (!Object.is(values[name], series[index]))
        throw new Error(`${subject.name}.${name}[${index}]: streamed ${values[name]}, whole series ${series[index]}`);
  }
}
