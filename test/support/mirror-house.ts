import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createSystemClock } from "../../src/kit/clock.ts";
import { MIRROR_DRAIN } from "../../src/mirror/job-names.ts";
import { openTestHouse, type TestHouse, type TestHouseOptions } from "./house.ts";
import { readStore } from "./mirror-tables.ts";
import type { TestSupabase } from "./supabase/index.ts";

/** The shipped composition whose Supabase is the double: `await using house = await openMirrorHouse({ supabase })`. */
export interface MirrorHouse extends TestHouse {
  readonly dataDir: string;
  /** Local rows, read behind the house's back. */
  read<Row = Record<string, unknown>>(sql: string): Promise<Row[]>;
  /** What is owed, by table; empty when nothing is. */
  owed(): Promise<Record<string, number>>;
  /** Delivers everything that is owed, as a person asks for it. Fails unless the run ends well. */
  flush(): Promise<void>;
}

export interface MirrorHouseOptions extends TestHouseOptions {
  supabase: TestSupabase;
  /** Default: one that goes away with the house. */
  dataDir?: string;
}

/** Settings of a house that mirrors into the double as fast as it can. */
export const mirrorSettings = ({ url, serviceKey }: TestSupabase): Record<string, string> => ({
  SUPABASE_URL: url,
  SUPABASE_SERVICE_ROLE_KEY: serviceKey,
  MIRROR_RATE_PER_SECOND: "0",
});

/** An evening after the last session of the shared prices. */
const EVENING = "2024-03-08T23:00:00.000Z";

/** The clock runs at its own pace unless one is given: answers of a real server take real time. */
export async function openMirrorHouse({
  supabase,
  dataDir,
  settings = {},
  now = EVENING,
  ...options
}: MirrorHouseOptions): Promise<MirrorHouse> {
  const root = dataDir === undefined ? mkdtempSync(join(tmpdir(), "vigia-mirror-")) : undefined;
  const directory = dataDir ?? join(root!, "data");
  const house = await openTestHouse({
    clock: createSystemClock(new Date(now)),
    analyzed: false,
    ...options,
    settings: { ...mirrorSettings(supabase), ...settings, VIGIA_DATA_DIR: directory },
  });
  return {
    ...house,
    dataDir: directory,
    read: (sql) => readStore(directory, sql),
    owed: () => readOwed(directory),
    async flush() {
      const run = await house.runJob(MIRROR_DRAIN);
      if (run.outcome !== "ok") throw new Error(`mirror_drain ended ${run.outcome}: ${JSON.stringify(run.log_data)}`);
    },
    async [Symbol.asyncDispose]() {
      await house[Symbol.asyncDispose]();
      if (root) rmSync(root, { recursive: true, force: true });
    },
  };
}

export async function readOwed(dataDir: string): Promise<Record<string, number>> {
  const rows = await readStore<{ stream: string; owed: number }>(
    dataDir,
    "select stream, count(*) as owed from outbox group by stream order by stream",
  );
  return Object.fromEntries(rows.map(({ stream, owed }) => [stream, owed]));
}
