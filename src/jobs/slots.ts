import type { SkipReason, Trigger } from "../db/schema/jobs.ts";
import { seconds } from "../kit/duration.ts";
import type { CatchUp } from "./define.ts";

/** What is decided for a due moment when the scheduler meets it. */
export type SlotFate =
  | { slotAt: Date; run: Extract<Trigger, "cron" | "catchup"> }
  | { slotAt: Date; skip: Extract<SkipReason, "late" | "coalesced" | "disabled" | "shutdown"> };

/** A slot met this late still counts as on time: a busy process or a short sleep must not cost a run. */
export const ON_TIME_MS = seconds(60);

/**
 * One fate for every slot of `slots` (oldest first), met at `now`.
 * The newest runs when it is on time, or missed for no longer than the job's window; older ones are `coalesced` into it.
 * What is older than the window is `late`. `off` overrides: the job or the scheduler takes no slots.
 */
export function decideFates(
  slots: readonly Date[],
  { now, catchUp, off }: { now: Date; catchUp: CatchUp; off?: "disabled" | "shutdown" | undefined },
): SlotFate[] {
  const windowMs = catchUp.mode === "latest" ? Math.max(catchUp.windowMs, ON_TIME_MS) : ON_TIME_MS;
  return slots.map((slotAt, index) => {
    if (off) return { slotAt, skip: off };
    const lateMs = now.getTime() - slotAt.getTime();
    if (lateMs > windowMs) return { slotAt, skip: "late" };
    if (index < slots.length - 1) return { slotAt, skip: "coalesced" };
    return { slotAt, run: lateMs <= ON_TIME_MS ? "cron" : "catchup" };
  });
}
