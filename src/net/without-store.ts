import type { Clock } from "../kit/clock.ts";
import { addDays, utcDate } from "../kit/dates.ts";
import { VigiaError } from "../kit/errors.ts";
import type { RefusalMemory } from "./memory.ts";
import type { UsageLedger } from "./usage.ts";

/** For a command's handful of calls: nothing is counted, so a peer with a daily limit is refused (`no_ledger`). */
export function createOpenLedger(clock: Clock): UsageLedger {
  const day = () => utcDate(clock.now());
  return {
    async reserve(unit, limit) {
      if (limit === undefined) return { granted: true, unit: { ...unit, day: day() } };
      throw new VigiaError("no_ledger", `The daily limit of ${unit.peer} cannot be kept without a store.`);
    },
    settle: async () => undefined,
    refund: async () => undefined,
    refused: async () => undefined,
    used: async () => 0,
    today: async () => [],
    resetsAt: () => new Date(`${addDays(day(), 1)}T00:00:00.000Z`),
  };
}

/** Remembers nothing: the process ends with the command. */
export const openMemory: RefusalMemory = {
  remember: async () => undefined,
  recall: async () => undefined,
};
