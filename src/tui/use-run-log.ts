import { useEffect, useState } from "react";
import type { Api } from "./api.ts";
import { type FollowedRun, followRun, NO_RUN } from "./follow-run.ts";
import type { Sleep } from "./time-limit.ts";

/** The log of the run that is open, followed while it runs; empty while none is. */
export function useRunLog({ api, sleep }: { api: Api; sleep: Sleep }, runId: number | null): FollowedRun {
  const [followed, setFollowed] = useState<FollowedRun>(NO_RUN);
  useEffect(() => {
    setFollowed(NO_RUN);
    if (runId === null) return;
    const stopping = new AbortController();
    followRun(runId, { api, sleep, signal: stopping.signal, onChange: setFollowed }).catch(() => {});
    return () => stopping.abort();
  }, [api, sleep, runId]);
  return followed;
}
