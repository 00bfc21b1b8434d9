import type { Writer } from "../../db/index.ts";
import { owe } from "../outbox/owed.ts";
import type { MirrorStream } from "../stream.ts";
import type { ReconcileTask } from "./task.ts";

/** More than this plus the share below are rather a wrong project, or an empty store here (the ERP's delete guard). */
const MOST_DELETIONS = 500;
const MOST_DELETED_SHARE = 0.01;

/** Gathers keys that are there and not here, for their deletion. */
export interface Deletions {
  add(keys: readonly string[]): Promise<void>;
  /** Owes what was gathered; why not, when there was too much of it. */
  finish(): Promise<{ code: string; message: string } | undefined>;
  /** Keys whose deletion is owed. */
  readonly owed: number;
}

interface DeletionPlan extends Pick<ReconcileTask, "parts" | "options"> {
  stream: MirrorStream;
  /** How many keys the stream has here. */
  localKeys: number;
  /** What has to be noted together with the debt. */
  note?: (tx: Writer, keys: readonly string[]) => Promise<void>;
}

/** A key without a row is a deletion, made by whoever delivers the outbox: a row that comes back before that is sent instead. */
export function planDeletions({ parts, stream, options, localKeys, note }: DeletionPlan): Deletions {
  const active = options.delete === true && !options.dryRun;
  const limit = MOST_DELETIONS + Math.floor(localKeys * MOST_DELETED_SHARE);
  const most = options.deleteMany ? Number.POSITIVE_INFINITY : limit;
  let gathered: string[] = [];
  let found = 0;
  let owed = 0;
  const oweGathered = async () => {
    const keys = gathered;
    gathered = [];
    if (keys.length === 0) return;
    await parts.db.write(async (tx) => {
      await note?.(tx, keys);
      await owe(tx, stream.name, keys);
    });
    owed += keys.length;
  };
  return {
    async add(keys) {
      found += keys.length;
      if (!active || found > most) return;
      gathered.push(...keys);
      if (options.deleteMany) await oweGathered();
    },
    async finish() {
      if (!active) return undefined;
      if (found > most) return tooMany(stream, found, most);
      await oweGathered();
      return undefined;
    },
    get owed() {
      return owed;
    },
  };
}

const tooMany = ({ name }: MirrorStream, found: number, most: number) => ({
  code: "too_many_deletions",
  message: `The project has ${found} keys of ${name} that are not here, more than ${most}: none was deleted. If that is right: vigia mirror reconcile --stream ${name} --delete-many.`,
});
