import { yieldToEventLoop } from "../../kit/clock.ts";
import { hasOpenLetters, resolveLetters } from "../dead-letters/resolve.ts";
import type { UnitParts, UnitResult } from "../objects/deliver-unit.ts";
import { type OwedRow, settleOwed } from "../outbox/owed.ts";
import type { RemoteFailure } from "../remote/failure.ts";
import { type ObjectStream, parseKey } from "../stream.ts";
import { blockOfAnswer, blockStream, saveUnblocked } from "./blocking.ts";
import { fileLetters } from "./file-letters.ts";
import { loadOwedAfter, WALK_START } from "./owed-walk.ts";
import { countInto } from "./report.ts";
import { saveAccepted } from "./stream-state.ts";
import { ABORTED, DONE, type Turn, type TurnEnd } from "./turn.ts";

/** Units looked up together; each is delivered and settled by itself. */
const PAGE = 50;

/** Delivers the objects of one unit as they are now, or removes those of one that is gone. */
export type DeliverUnit = (
  parts: UnitParts,
  stream: ObjectStream,
  key: string,
) => Promise<Pick<UnitResult, "state" | "failure">>;

/** Delivers the units that are owed up to the cut, one after the other. */
export async function deliverUnits(turn: Turn<ObjectStream>, deliverUnit: DeliverUnit): Promise<TurnEnd> {
  const { parts, run, stream, supabase, throughSeq } = turn;
  const context = { settings: parts.settings, db: parts.db, clock: parts.clock, supabase, signal: run.signal };
  const mayHaveLetters = await hasOpenLetters(parts.db.read, "mirror", stream.name);
  for (let after = WALK_START; ; ) {
    const { owed, end } = await loadOwedAfter(parts.db.read, stream.name, { after, throughSeq, limit: PAGE });
    if (owed.length === 0) return DONE;
    for (const unit of owed) {
      const { state, failure } = await deliverUnit(context, stream, unit.key);
      if (state === "failed") {
        const stop = await endOf(turn, unit, failure ?? UNKNOWN);
        if (stop) return stop;
      } else await settleUnit(turn, unit, { sent: state === "delivered", mayHaveLetters });
      await yieldToEventLoop();
      if (run.signal.aborted) return ABORTED;
    }
    after = end;
  }
}

async function settleUnit(
  turn: Turn<ObjectStream>,
  unit: OwedRow,
  { sent, mayHaveLetters }: { sent: boolean; mayHaveLetters: boolean },
): Promise<void> {
  const { parts, stream, report } = turn;
  const now = parts.clock.now();
  await parts.db.write(async (tx) => {
    await settleOwed(tx, stream.name, [unit]);
    if (!sent) return;
    if (mayHaveLetters) await resolveLetters(tx, { queue: "mirror", subject: stream.name, keys: [unit.key], now });
    await saveAccepted(tx, stream.name, { rows: 1, now, size: { rows: 1, accepted: 0 }, most: 1 });
    await saveUnblocked(tx, stream.name);
  });
  if (sent) countInto(report.delivered, stream.name, 1);
  else report.unitsSkipped++;
  turn.advance(1);
}

/** Undefined: the unit alone was refused, and the others go on. */
async function endOf(turn: Turn<ObjectStream>, unit: OwedRow, failure: RemoteFailure): Promise<TurnEnd | undefined> {
  if (failure.kind === "rejected" || failure.kind === "too_large") {
    const payload = await describeUnit(turn.stream, unit);
    await fileLetters(turn, [{ owed: unit, failure, payload, tenantId: null }]);
    return undefined;
  }
  if (failure.kind === "blocked") return blockStream(turn, blockOfAnswer(turn.stream, failure));
  return { ended: "failed", failure };
}

/** What a unit is made of: a discarded one is filed again once that has changed. */
async function describeUnit(stream: ObjectStream, { key }: OwedRow) {
  const objects = await stream.load(parseKey(key));
  return { unit: key, objects: objects.map(({ name, sha256 }) => ({ name, sha256 })) };
}

const UNKNOWN: RemoteFailure = { kind: "unavailable", code: "unknown", message: "A unit failed without a reason." };
