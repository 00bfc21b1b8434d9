import { createRedactor } from "../../kit/redact.ts";
import type { MirrorParts, MirrorRun } from "../mirror.ts";
import type { RemoteFailure } from "../remote/failure.ts";
import type { Supabase } from "../remote/supabase.ts";
import type { MirrorStream } from "../stream.ts";
import type { DrainReport } from "./report.ts";
import type { StreamState } from "./stream-state.ts";

/** One stream's part of a pass. */
export interface Turn<Stream extends MirrorStream = MirrorStream> {
  parts: MirrorParts;
  run: MirrorRun;
  supabase: Supabase;
  stream: Stream;
  state: StreamState | undefined;
  /** Newest change of the cut that this pass delivers. */
  throughSeq: number;
  report: DrainReport;
  /** Keys that are not owed any more. */
  advance(keys: number): void;
}

/** How a turn ended: `blocked` and `broken` concern its stream only, `failed` all that would follow. */
export type TurnEnd = { ended: "done" } | { ended: "blocked" | "broken" } | { ended: "failed"; failure: RemoteFailure };

export const DONE: TurnEnd = { ended: "done" };
export const ABORTED: TurnEnd & { ended: "failed" } = {
  ended: "failed",
  failure: { kind: "aborted", code: "aborted", message: "The run was stopped." },
};

/** A message of the other side as it may be stored and shown. */
export const clean = ({ parts: { settings } }: Pick<Turn, "parts">, message: string): string =>
  createRedactor([settings.supabaseServiceRoleKey]).text(message).slice(0, 2_000);
