import { type Database, type Reader, statement } from "../db/index.ts";
import { MIRROR_DRAIN } from "./job-names.ts";

/** A paused stream goes on owing its changes and sends none of them. */
export async function pauseStream(db: Database, stream: string, paused: boolean): Promise<void> {
  await db.write((tx) =>
    tx.run(statement("update mirror_streams set paused = ? where stream = ?", [paused ? 1 : 0, stream])),
  );
}

/** Whether the mirror as a whole is paused: nothing but a person's flush sends then. */
export async function isMirrorPaused(read: Reader): Promise<boolean> {
  const paused = await read.all(statement("select 1 from job_state where job = ? and paused", [MIRROR_DRAIN]));
  return paused.length > 0;
}
