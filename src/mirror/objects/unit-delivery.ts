import type { ObjectStream } from "../stream.ts";
import { ensureBucket } from "./bucket.ts";
import { deliverUnit, type UnitParts, type UnitResult } from "./deliver-unit.ts";

/** Delivers the units of one run: the bucket is looked at before the first of them. */
export function createUnitDelivery(): (parts: UnitParts, stream: ObjectStream, unit: string) => Promise<UnitResult> {
  let ready = false;
  return async (parts, stream, unit) => {
    if (!ready) {
      const failure = await ensureBucket(parts.supabase, parts.settings);
      if (failure) return { state: "failed", uploaded: 0, removed: 0, failure };
      ready = true;
    }
    return deliverUnit(parts, stream, unit);
  };
}
