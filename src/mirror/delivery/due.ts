import { seconds } from "../../kit/duration.ts";
import { hasDueLetters } from "../dead-letters/retry.ts";
import type { MirrorParts } from "../mirror.ts";
import { countOwed } from "../outbox/owed.ts";
import type { MirrorStream } from "../stream.ts";
import { loadStreamStates, mayStillArrive, type StreamState, wasCutOff } from "./stream-state.ts";

/** So many rows are worth a request at once (concordance 2.3 rule 4). */
const WORTH_A_REQUEST = 1_000;
/** Fewer ones wait so long for company. */
const GATHERING_MS = seconds(60);

/**
 * `due` · `later` it gathers · `blocked` until its next probe · `held` the end of its last delivery is unknown ·
 * `cut_off` likewise, because the process died · `nothing` owed, or paused.
 */
type Dueness = "due" | "later" | "blocked" | "held" | "cut_off" | "nothing";

interface DueOptions {
  /** Counted up to 1,000. */
  owed: number;
  now: Date;
  busyJobs: ReadonlySet<string>;
  /** Everything that is owed, as soon as nothing older may arrive any more; blocked streams too. */
  all: boolean;
}

/** Whether a stream is to be delivered now (concordance 2.3 rule 4). */
function computeDueness(
  { writers }: Pick<MirrorStream, "writers">,
  state: StreamState | undefined,
  { owed, now, busyJobs, all }: DueOptions,
): Dueness {
  if (owed === 0 || state?.paused) return "nothing";
  if (!state) return "due";
  // Before what a person asks for: nothing newer may be sent while something older may still arrive.
  if (wasCutOff(state, now)) return "cut_off";
  if (mayStillArrive(state, now) && (all || state.blockedReason === null)) return "held";
  if (all) return "due";
  if (state.blockedReason !== null && state.probeAt !== null && Date.parse(state.probeAt) > now.getTime())
    return "blocked";
  // Its time has come.
  if (state.blockedReason !== null || owed >= WORTH_A_REQUEST) return "due";
  if (writers.some((job) => busyJobs.has(job))) return "later";
  // No writer runs: the run that wrote these rows has ended.
  if (writers.length > 0) return "due";
  return state.owedSince !== null && now.getTime() - Date.parse(state.owedSince) >= GATHERING_MS ? "due" : "later";
}

/** How every stream stands now, in the order of delivery. */
export async function loadDueness(
  { db, clock, streams }: MirrorParts,
  { all, busyJobs }: Pick<DueOptions, "all" | "busyJobs">,
): Promise<{ stream: MirrorStream; state: StreamState | undefined; dueness: Dueness }[]> {
  const states = await loadStreamStates(db.read);
  const now = clock.now();
  const found = [];
  for (const stream of streams) {
    const owed = await countOwed(db.read, stream.name, WORTH_A_REQUEST);
    const state = states.get(stream.name);
    found.push({ stream, state, dueness: computeDueness(stream, state, { owed, now, busyJobs, all }) });
  }
  return found;
}

/** Whether a drain would find anything to do: a stream that is due, or a dead letter whose next try is. */
export async function hasDueStream(parts: MirrorParts, busyJobs: ReadonlySet<string>): Promise<boolean> {
  for (const { dueness } of await loadDueness(parts, { all: false, busyJobs })) {
    // What follows a held stream may point at its rows, and waits with it.
    if (dueness === "held") return false;
    if (dueness === "due" || dueness === "cut_off") return true;
  }
  return hasDueLetters(parts.db.read, parts.clock.now(), await loadSending(parts, false));
}

/** Names of the streams that send now: the letters of the others wait with them. `all`: blocked ones too. */
export async function loadSending({ db, streams }: MirrorParts, all: boolean): Promise<string[]> {
  const states = await loadStreamStates(db.read);
  return streams.flatMap(({ name }) => {
    const state = states.get(name);
    return state?.paused || (state?.blockedReason && !all) ? [] : [name];
  });
}
