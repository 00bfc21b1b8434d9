import { type Api, ApiError } from "./api.ts";
import type { DeadLetter, MirrorStatus, StreamStatus } from "./mirror-wire.ts";
import type { Job, Status } from "./wire.ts";

/** What the dashboard knows of the mirror. */
export type Mirror =
  | OpenMirror
  /** `off`: no Supabase is set. `unknown here`: the server is older than the mirror. */
  | { state: "off" | "unknown here" | "not allowed" }
  | { state: "unreadable"; problem: string };

export interface OpenMirror {
  state: "on";
  status: MirrorStatus;
  /** Streams in the order of the screen: what wants attention comes first. */
  streams: readonly StreamStatus[];
  /** Since when each stream owes something without a break. */
  owedSinceMs: ReadonlyMap<string, number>;
  /** Open and parked ones, newest first; null until they were read. */
  letters: readonly DeadLetter[] | null;
  /** Why the last read failed; what is shown is older then. */
  problem: string | null;
}

export const MIRROR_DRAIN = "mirror_drain";

export const drainJobOf = (status: Status | null): Job | null =>
  status?.jobs.find((job) => job.job_name === MIRROR_DRAIN) ?? null;

export const openMirrorOf = (mirror: Mirror | null): OpenMirror | null => (mirror?.state === "on" ? mirror : null);

export interface MirrorReadOptions {
  api: Api;
  before: Mirror | null;
  withLetters: boolean;
  now: () => Date;
  signal: AbortSignal;
}

/** The mirror as it is now. Rejects when the server gives no answer that says so. */
export async function readMirror({ api, before, withLetters, now, signal }: MirrorReadOptions): Promise<Mirror> {
  try {
    const status = await api.fetchMirror(signal);
    if (!status.enabled) return { state: "off" };
    const known = openMirrorOf(before);
    return {
      state: "on",
      status,
      streams: status.streams.toSorted((a, b) => attention(a) - attention(b)),
      owedSinceMs: owedSince(status, now().getTime(), known?.owedSinceMs),
      letters: withLetters ? await readLetters(api, signal) : (known?.letters ?? null),
      problem: null,
    };
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return { state: "unknown here" };
    if (error instanceof ApiError && (error.status === 401 || error.status === 403)) return { state: "not allowed" };
    throw error;
  }
}

/** What was known stays on the screen, with the reason why it grows old. */
export function unreadMirror(before: Mirror | null, error: unknown): Mirror {
  const problem = error instanceof ApiError ? error.message : "no answer";
  return before?.state === "on" ? { ...before, problem } : { state: "unreadable", problem };
}

async function readLetters(api: Api, signal: AbortSignal): Promise<DeadLetter[]> {
  const [parked, open] = await Promise.all([
    api.fetchDeadLetters("parked", signal),
    api.fetchDeadLetters("open", signal),
  ]);
  // Parked ones wait for the operator; the others for their time.
  return [...parked, ...open];
}

/** Two reads of the same moment differ by what the answer took and by its rounding to seconds. */
const SAME_MOMENT_MS = 2_000;

function owedSince(
  { streams }: MirrorStatus,
  nowMs: number,
  before: ReadonlyMap<string, number> | undefined,
): ReadonlyMap<string, number> {
  const since = new Map<string, number>();
  for (const { stream, lag_seconds: lagSeconds } of streams) {
    if (lagSeconds === null) continue;
    const fresh = nowMs - lagSeconds * 1_000;
    const known = before?.get(stream);
    since.set(stream, known !== undefined && Math.abs(known - fresh) <= SAME_MOMENT_MS ? known : fresh);
  }
  return since;
}

const STATES_BY_ATTENTION = ["blocked", "paused", "owed", "idle", "off"];

function attention({ state, dead_letters: letters }: StreamStatus): number {
  const rank = STATES_BY_ATTENTION.indexOf(state);
  return letters > 0 && rank !== 0 ? 0.5 : rank;
}
