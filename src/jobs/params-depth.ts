import { VigiaError } from "../kit/errors.ts";

/** Far more than any job takes, and far less than the 1,000 levels at which SQLite no longer knows JSON. */
const DEEPEST = 32;

/** Refuses parameters that could not be stored. Errors: `bad_params`. */
export function requireFlatParams(params: Readonly<Record<string, unknown>>): void {
  // Level by level: a function that calls itself would run out of stack where it should count.
  let level: unknown[] = [params];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > DEEPEST)
      throw new VigiaError("bad_params", `params is nested more than ${DEEPEST} levels deep.`, {
        hint: "Give each parameter as a plain value or a list of such.",
      });
    level = level.flatMap((value) => Object.values(value as object)).filter(isNested);
  }
}

const isNested = (value: unknown): boolean => typeof value === "object" && value !== null;
