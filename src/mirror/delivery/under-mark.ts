import { isUnclear } from "../remote/failure.ts";
import { saveLastError, saveProbeAt, saveUnderWay, UNCLEAR_HOLD_MS } from "./stream-state.ts";
import { clean, type Turn, type TurnEnd } from "./turn.ts";

/**
 * Runs a turn under a mark that outlives the process, so that a stream whose delivery was cut off is found again. No older
 * revision ever overwrites a newer one, because (1) rows are loaded after their change numbers and sent one request at a time,
 * (2) the repeats inside one call carry the same body, and (3) after a call whose end is unknown nothing else is sent of its
 * stream for longer than the other side lets a request wait, whoever asks for it.
 */
export async function underMark(turn: Turn, work: () => Promise<TurnEnd>): Promise<TurnEnd> {
  const { db, clock } = turn.parts;
  const { name } = turn.stream;
  await db.write((tx) => saveUnderWay(tx, name, clock.now()));
  const end = await work();
  if (end.ended === "blocked") return end;
  const failure = end.ended === "failed" ? end.failure : undefined;
  await db.write(async (tx) => {
    const holds = failure !== undefined && isUnclear(failure);
    await saveProbeAt(tx, name, holds ? new Date(clock.now().getTime() + UNCLEAR_HOLD_MS) : null);
    if (failure) await saveLastError(tx, name, clean(turn, failure.message));
  });
  return end;
}
