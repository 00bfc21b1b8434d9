import { expect } from "bun:test";

/** Same keys in the same order, same texts, numbers within 1e-9 of each other, relatively. */
export function expectClose(actual: unknown, expected: unknown, where = "value"): void {
  if (typeof expected === "number" && typeof actual === "number") {
    const tolerance = 1e-9 * Math.max(Math.abs(expected), Number.MIN_VALUE);
    if (Math.abs(actual - expected) > tolerance) expect(`${where}: ${actual}`).toBe(`${where}: ${expected}`);
  } else if (expected !== null && actual !== null && typeof expected === "object" && typeof actual === "object") {
    expect({ where, keys: Object.keys(actual) }).toEqual({ where, keys: Object.keys(expected) });
    for (const [key, value] of Object.entries(expected))
      expectClose((actual as Record<string, unknown>)[key], value, `${where}.${key}`);
  } else expect({ where, actual }).toEqual({ where, actual: expected });
}
