import { stat, statfs } from "node:fs/promises";
import type { Database } from "../../db/index.ts";
import type { Metrics } from "./metrics.ts";

/** Sizes of the database file and its log, waiting writers, and the free space beside them. */
export function watchStorage(metrics: Metrics, db: Database, dataDir: string): void {
  metrics.collect("storage", async () => {
    metrics.set("db_pool_waiting", db.writersWaiting);
    if (db.path) {
      metrics.set("db_size_bytes", await sizeOf(db.path));
      metrics.set("db_wal_bytes", await sizeOf(`${db.path}-wal`));
    }
    const disk = await statfs(dataDir);
    metrics.set("disk_free_bytes", disk.bavail * disk.bsize);
  });
}

/** 0 for a file that does not exist: the log comes and goes. */
const sizeOf = async (path: string): Promise<number> => (await stat(path).catch(() => undefined))?.size ?? 0;
