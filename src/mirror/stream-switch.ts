import { type Database, statement } from "../db/index.ts";

/** A paused stream goes on owing its changes and sends none of them. */
export async function pauseStream(db: Database, stream: string, paused: boolean): Promise<void> {
  await db.write((tx) =>
    tx.run(statement("update mirror_streams set paused = ? where stream = ?", [paused ? 1 : 0, stream])),
  );
}
