import { useEffect, useState } from "react";
import { displayUnitMs, untilNextDisplayMs, type Watched } from "./countdown.ts";
import type { Sleep } from "./time-limit.ts";

/**
 * The time in epoch milliseconds, rounded down to what is shown of it: whole seconds while somebody may be counting
 * them, else whole minutes. A screen on which nothing happens is drawn once a minute.
 */
export function useNow({ now, sleep }: { now: () => Date; sleep: Sleep }, { running, nextRunMs }: Watched): number {
  const [shownMs, setShownMs] = useState(() => shownTime(now(), { running, nextRunMs }));
  useEffect(() => {
    const stopping = new AbortController();
    const tick = async () => {
      for (;;) {
        const moment = now();
        setShownMs(shownTime(moment, { running, nextRunMs }));
        await sleep(untilNextDisplayMs(moment.getTime(), { running, nextRunMs }), stopping.signal);
      }
    };
    // The only way out of the loop is the abort below.
    tick().catch(() => {});
    return () => stopping.abort();
  }, [now, sleep, running, nextRunMs]);
  return shownMs;
}

function shownTime(moment: Date, watched: Watched): number {
  const nowMs = moment.getTime();
  return nowMs - (nowMs % displayUnitMs(nowMs, watched));
}
