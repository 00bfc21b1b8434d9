import type { SkipReason, Trigger } from "../db/schema/jobs.ts";
import { seconds } from "../kit/duration.ts";
import type { CatchUp } from "./define.ts";

/** What is decided for a due moment when the scheduler meets it. */
export type SlotFate =
  | { slotAt: Date; run: Extract<Trigger, "cron" | "catchup"> }
  | { slotAt: Date; skip: Exclude<SkipReason, "overlap"> };

/** A slot met this late still counts as on time: a busy process or a short sleep must not cost a run. */
export const ON_TIME_MS = seconds(60);

/**
 * One fate for every slot of `slots` (oldest first), met at `now`; one of them runs at most.
 * The newest runs when it is on time; else the newest that the job makes up for, missed for no longer than its window.
 * Other slots within the window are `coalesced` into the one that runs (it looks at now, not at its slot); what is older
 * than the window, or has nothing to go into, is `late`. `off` overrides: the job or the scheduler takes no slots.
 */
export function decideFates(
  slots: readonly Date[],
  { now, catchUp, off }: { now: Date; catchUp: CatchUp; off?: "disabled" | "shutdown" | undefined },
): SlotFate[] {
  if (off) return slots.map((slotAt) => ({ slotAt, skip: off }));
  const windowMs = catchUp.mode === "latest" ? Math.max(catchUp.windowMs, ON_TIME_MS) : ON_TIME_MS;
  const lateMs = (slotAt: Date) => now.getTime() - slotAt.getTime();
  const isOnTime = (slotAt: Date) => lateMs(slotAt) <= ON_TIME_MS;
  const isMadeUpFor = (slotAt: Date) =>
    lateMs(slotAt) <= windowMs && (catchUp.mode === "none" || (catchUp.only?.(slotAt) ?? true));
  const running = slots.findLast((slotAt) => isOnTime(slotAt) || isMadeUpFor(slotAt));
  return slots.map((slotAt) => {
    if (slotAt === running) return { slotAt, run: isOnTime(slotAt) ? "cron" : "catchup" };
    return { slotAt, skip: running && lateMs(slotAt) <= windowMs ? "coalesced" : "late" };
  });
}

/**
 * The slot whose coming due ends pending retries of older ones: the newest. Where a job makes up for some slots only,
 * the newest of those, or the one that runs: a slot that is let go must not take the retry of one that counts with it.
 */
export function endsOlderRetries(fates: readonly SlotFate[], catchUp: CatchUp): Date | undefined {
  const only = catchUp.mode === "latest" ? catchUp.only : undefined;
  return fates.findLast((fate) => "run" in fate || (only?.(fate.slotAt) ?? true))?.slotAt;
}
