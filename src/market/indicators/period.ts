import { VigiaError } from "../../kit/errors.ts";

/** Refuses what is no count of bars. A period longer than the series is fine: every value stays NaN. */
export function checkPeriod(period: number, name = "period"): void {
  if (Number.isSafeInteger(period) && period >= 1) return;
  throw new VigiaError("bad_period", `${name} is ${period}, which is no count of bars.`, {
    hint: `Give ${name} as a whole number of at least 1.`,
  });
}
