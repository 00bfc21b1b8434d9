import { eq } from "drizzle-orm";
import { type Database, statement } from "../../db/index.ts";
import { mirrorStreams } from "../../db/schema/mirror.ts";
import type { Progress } from "../../jobs/define.ts";
import type { MirrorParts } from "../mirror.ts";
import type { RemoteFailure } from "../remote/failure.ts";
import type { Supabase } from "../remote/supabase.ts";
import type { MirrorStream } from "../stream.ts";

export interface ReconcileOptions {
  /** Names; default: all streams. */
  streams?: readonly string[];
  /** Owes the deletion of what is there and not here. Default: it is counted and named. */
  delete?: boolean;
  /** Also of more than 500 keys plus 1 % of those that the stream has here. */
  deleteMany?: boolean;
  /** Owes and deletes nothing. */
  dryRun?: boolean;
  progress: Progress;
}

/** What the comparison of one stream works with. */
export interface ReconcileTask {
  parts: MirrorParts;
  supabase: Supabase;
  signal: AbortSignal;
  options: ReconcileOptions;
}

/** What the mirror remembers of a stream that matters to a comparison. */
export async function loadStreamState(
  db: Database,
  { name }: MirrorStream,
): Promise<{ blockedReason: string | null; droppedColumns: readonly string[] }> {
  const [row] = await db.read
    .select({ blockedReason: mirrorStreams.blockedReason, droppedColumns: mirrorStreams.droppedColumns })
    .from(mirrorStreams)
    .where(eq(mirrorStreams.stream, name));
  return row ?? { blockedReason: null, droppedColumns: [] };
}

export const abortedFailure: RemoteFailure = {
  kind: "aborted",
  code: "aborted",
  message: "The run was ended before all was compared.",
};

export async function saveReconciledAt(db: Database, { name }: MirrorStream, now: Date): Promise<void> {
  await db.write((tx) =>
    tx.run(
      statement(
        `insert into mirror_streams (stream, reconciled_at) values (?, ?)
           on conflict (stream) do update set reconciled_at = excluded.reconciled_at`,
        [name, now.toISOString()],
      ),
    ),
  );
}
