import type { Database } from "../../src/db/index.ts";
import { oweUnowed, startNoting } from "../../src/mirror/outbox/owing.ts";
import type { MirrorStream } from "../../src/mirror/stream.ts";

/** What a start does in two parts: every stream notes its changes, and what was not owed to its destination is. */
export const startOwing = async (
  db: Database,
  streams: readonly MirrorStream[],
  destinationOf: (stream: MirrorStream) => string,
): Promise<void> => oweUnowed(db, await startNoting(db, streams, destinationOf));
