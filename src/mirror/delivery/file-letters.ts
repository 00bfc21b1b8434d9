import { type NewDeadLetter, saveDeadLetters } from "../dead-letters/save.ts";
import { type OwedRow, settleOwed } from "../outbox/owed.ts";
import type { RemoteFailure } from "../remote/failure.ts";
import { loadStillOwed } from "./owed-walk.ts";
import { countInto } from "./report.ts";
import { clean, type Turn } from "./turn.ts";

/** Refused work leaves the outbox and becomes dead letters, but for keys that have changed since: their newer revision decides. */
export async function fileLetters(
  turn: Turn,
  refused: readonly { owed: OwedRow; failure: RemoteFailure; payload: unknown; tenantId: string | null }[],
): Promise<void> {
  const { parts, stream, report, run } = turn;
  const now = parts.clock.now();
  const { filed, left } = await parts.db.write(async (tx) => {
    const owed = refused.map((each) => each.owed);
    const still = await loadStillOwed(tx, stream.name, owed);
    const letters = refused
      .filter((each) => still.has(each.owed.key))
      .map(
        ({ owed: { key }, failure, payload, tenantId }): NewDeadLetter => ({
          queue: "mirror",
          subject: stream.name,
          key,
          tenantId,
          errorType: failure.kind,
          code: failure.code,
          message: clean(turn, failure.message),
          payload,
        }),
      );
    await settleOwed(tx, stream.name, owed);
    return { filed: await saveDeadLetters(tx, letters, { ids: parts.ids, now }), left: letters.length };
  });
  if (filed.length > 0) countInto(report.deadLettered, stream.name, filed.length);
  turn.advance(left);
  if (filed.length === 0) return;
  const codes = [...new Set(refused.map(({ failure }) => failure.code))];
  run.log.warn("mirror.dead_letters", `${stream.name}: ${filed.length} rows were refused (${codes.join(", ")}).`, {
    stream: stream.name,
    rows: filed.length,
    codes,
  });
}
