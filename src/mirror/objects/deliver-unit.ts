import type { Database } from "../../db/index.ts";
import type { Clock } from "../../kit/clock.ts";
import { VigiaError } from "../../kit/errors.ts";
import type { Settings } from "../../settings.ts";
import type { RemoteFailure } from "../remote/failure.ts";
import type { Supabase } from "../remote/supabase.ts";
import { type MirroredObject, type ObjectStream, parseKey } from "../stream.ts";
import { objectKey } from "./object-key.ts";
import { isKnownAbsent, loadKnownObjects, noteObjects, type ObjectNote } from "./object-states.ts";
import { removeObjects, uploadObject } from "./send-objects.ts";

export interface UnitParts {
  settings: Settings;
  db: Database;
  clock: Clock;
  supabase: Supabase;
  signal: AbortSignal;
}

export interface UnitResult {
  /** `skipped`: uploads are switched off, nothing was sent. */
  state: "delivered" | "skipped" | "failed";
  uploaded: number;
  removed: number;
  failure?: RemoteFailure;
}

/** The upload or removal may or may not have happened: what lies there is not known until the next one. */
const BEGUN = "It was sent, and no answer has come yet.";

/**
 * Brings one unit's objects to Storage: those that are gone are removed first, then what changed is uploaded in the given
 * order, so that the last file is the mark of a whole set at every moment. The first failure ends it; what was accepted is
 * noted and not sent again.
 */
export async function deliverUnit(parts: UnitParts, stream: ObjectStream, unit: string): Promise<UnitResult> {
  const { settings, db, supabase, signal } = parts;
  const plan = await planUnit(parts, stream, unit);
  if ("failure" in plan) return { state: "failed", uploaded: 0, removed: 0, failure: plan.failure };
  const note = (what: Omit<ObjectNote, "stream" | "unit">) =>
    db.write((tx) => noteObjects(tx, { stream: stream.name, unit, ...what }));
  if (!settings.enableSupabaseUpload) {
    await note({ keys: plan.keys, state: "skipped" });
    return { state: "skipped", uploaded: 0, removed: 0 };
  }

  if (plan.there.length > 0) await note({ keys: plan.there, state: "delivered" });
  const result = { uploaded: 0, removed: 0 };
  for (const step of plan.steps) {
    if (signal.aborted) return { state: "failed", ...result, failure: ABORTED };
    // Before it is sent: after a crash the old content must not be taken for the one that lies there.
    await note({ keys: step.keys, state: "failed", error: BEGUN, sha256: null });
    const failure = step.object
      ? await uploadObject(supabase, settings.supabaseBucketName, step.keys[0]!, step.object)
      : await removeObjects(supabase, settings.supabaseBucketName, step.keys);
    if (failure) {
      const unsent = plan.steps.slice(plan.steps.indexOf(step)).flatMap(({ keys }) => keys);
      await note({ keys: unsent, state: "failed", error: `${failure.code}: ${failure.message}` });
      return { state: "failed", ...result, failure };
    }
    const deliveredAt = parts.clock.now().toISOString();
    await note({ keys: step.keys, state: "delivered", sha256: step.object?.sha256 ?? null, deliveredAt });
    if (step.object) result.uploaded++;
    else result.removed += step.keys.length;
  }
  return { state: "delivered", ...result };
}

/** One request: the upload of an object, or the removal of some. */
interface Step {
  keys: string[];
  object?: MirroredObject;
}

interface UnitPlan {
  /** Of all objects that the unit has. */
  keys: string[];
  /** Of those that lie there as they are, though something else was noted last. */
  there: string[];
  steps: Step[];
}

async function planUnit(
  { settings, db }: UnitParts,
  stream: ObjectStream,
  unit: string,
): Promise<UnitPlan | { failure: RemoteFailure }> {
  const key = parseKey(unit);
  const keyOf = (name: string) => objectKey(settings.supabaseBasePrefix, stream.path(key, name));
  const objects = await stream.load(key);
  const known = await loadKnownObjects(db.read, stream.name, unit);
  try {
    const named = objects.map((object) => ({ keys: [keyOf(object.name)], object }));
    const present = new Set(objects.map(({ name }) => name));
    // The last of a set is the mark that it is whole: it goes first.
    const gone = stream.names.filter((name) => !present.has(name)).reverse();
    const removed = gone.map(keyOf).filter((name) => !isKnownAbsent(known.get(name)));
    const changed = named.filter(({ keys: [name], object }) => known.get(name!)?.sha256 !== object.sha256);
    return {
      keys: named.flatMap(({ keys }) => keys),
      there: named
        .filter((step) => !changed.includes(step))
        .flatMap(({ keys }) => keys)
        .filter((name) => known.get(name)?.state !== "delivered"),
      steps: [...(removed.length > 0 ? [{ keys: removed }] : []), ...changed],
    };
  } catch (thrown) {
    if (!(thrown instanceof VigiaError && thrown.code === "bad_object_key")) throw thrown;
    const message = thrown.hint ? `${thrown.message} ${thrown.hint}` : thrown.message;
    return { failure: { kind: "rejected", code: thrown.code, message } };
  }
}

const ABORTED: RemoteFailure = { kind: "aborted", code: "aborted", message: "The delivery was cancelled." };
