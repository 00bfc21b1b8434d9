/** Restores the newest backup and kills its own process at a step: `bun killed-restore.ts <data dir> <step>`. */
import { join } from "node:path";
import { restoreBackup } from "../../../src/db/backup/restore-backup.ts";
import { createSystemClock } from "../../../src/kit/clock.ts";

const [dataDir = "", step] = process.argv.slice(2);
const home = {
  dataDir,
  databasePath: join(dataDir, "vigia.db"),
  environment: "development",
  clock: createSystemClock(),
};
await restoreBackup(home, "latest", {
  logsPath: join(dataDir, "vigia-logs.db"),
  onStep: (reached) => {
    if (reached === step) process.kill(process.pid, "SIGKILL");
  },
});
