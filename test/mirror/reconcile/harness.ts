import { type Database, statement } from "../../../src/db/index.ts";
import type { Progress } from "../../../src/jobs/define.ts";
import { type Clock, createSystemClock } from "../../../src/kit/clock.ts";
import { createIds } from "../../../src/kit/ids.ts";
import { silentLogger } from "../../../src/kit/log.ts";
import type { MirrorParts, MirrorRun } from "../../../src/mirror/mirror.ts";
import { settleOwed } from "../../../src/mirror/outbox/owed.ts";
import { reconcile } from "../../../src/mirror/reconcile/reconcile.ts";
import type { StreamReconciled } from "../../../src/mirror/reconcile/report.ts";
import type { ReconcileOptions } from "../../../src/mirror/reconcile/task.ts";
import { mirrorPeers } from "../../../src/mirror/remote/peer.ts";
import { openSupabase as openClient, type Supabase } from "../../../src/mirror/remote/supabase.ts";
import { deleteRows, upsertRows } from "../../../src/mirror/remote/tables.ts";
import { loadRows } from "../../../src/mirror/rows.ts";
import { type MirrorStream, parseKey, type RowStream } from "../../../src/mirror/stream.ts";
import { createHttpDoor } from "../../../src/net/door.ts";
import { loadSettings } from "../../../src/settings.ts";
import { openTestDatabase } from "../../support/database.ts";
import { startOwing } from "../../support/start-owing.ts";
import { openSupabase, type TestSupabase } from "../../support/supabase/index.ts";
import { loadOwed } from "../owed-rows.ts";

export const things: RowStream = {
  kind: "rows",
  name: "things",
  table: "things",
  key: ["owner", "code", "day"],
  columns: {
    owner: "text",
    code: "text",
    day: "date",
    amount: "integer",
    price: "real",
    exact: "real",
    seen: "boolean",
    seen_at: "instant",
    document: "json",
  },
  owedBy: [{ table: "things" }],
  writers: [],
  unknownColumns: "block",
};

export const samples: RowStream = {
  kind: "rows",
  name: "samples",
  table: "samples",
  key: ["sampled_at"],
  columns: { sampled_at: "instant", label: "text" },
  owedBy: [{ table: "samples" }],
  writers: [],
  unknownColumns: "drop",
};

const LOCAL = [
  `create table things (owner text, code text, day text, amount integer, price real, exact real, seen integer,
     seen_at text, document text, primary key (owner, code, day))`,
  "create table samples (sampled_at text primary key, label text)",
];

// Another order of texts than SQLite's: with it the first of SQLite's keys may be the last there.
const REMOTE = `
  create table public.things (owner text collate "und-x-icu", code text collate "und-x-icu", day date, amount bigint,
    price double precision, exact numeric(14, 4), seen boolean, seen_at timestamptz, document jsonb,
    primary key (owner, code, day));
  create table public.samples (sampled_at timestamptz primary key, label text);
  grant all on public.things, public.samples to service_role;
`;

export interface ReconcileBench extends AsyncDisposable {
  db: Database;
  project: TestSupabase;
  clock: Clock;
  parts: MirrorParts;
  run(signal?: AbortSignal, http?: MirrorRun["http"]): MirrorRun;
  /** Rows of the local table `things`, all other columns filled from the code. */
  fill(codes: readonly string[]): Promise<void>;
  local(sql: string, ...args: (string | number | null)[]): Promise<void>;
  /** Sends what is owed and takes it out of the outbox, as the drain does. Returns the keys. */
  deliver(): Promise<string[]>;
  owed(stream?: string): Promise<string[]>;
  compare(options?: Partial<ReconcileOptions>, stream?: string): Promise<StreamReconciled>;
  remoteCodes(): Promise<string[]>;
}

/** Waits of retries and spacing pass at once; time limits are a twentieth. */
function createHurriedClock(): Clock {
  const system = createSystemClock();
  return { ...system, sleep: (ms, signal) => system.sleep(ms <= 15_000 ? 0 : ms / 20, signal) };
}

export const silentProgress: Progress = { total() {}, advance() {} };

export async function openReconcileBench(
  options: {
    environment?: Record<string, string>;
    /** More local tables. */
    tables?: readonly string[];
    streams?: (db: Database) => readonly MirrorStream[];
  } = {},
): Promise<ReconcileBench> {
  const project = await openSupabase();
  await project.sql.unsafe(REMOTE);
  const store = await openTestDatabase();
  const { db } = store;
  const local: ReconcileBench["local"] = (sql, ...args) =>
    db.write(async (tx) => void (await tx.run(statement(sql, args))));
  for (const sql of [...LOCAL, ...(options.tables ?? [])]) await local(sql);
  const clock = createHurriedClock();
  const { settings } = loadSettings({
    SUPABASE_URL: project.url,
    SUPABASE_SERVICE_ROLE_KEY: project.serviceKey,
    MIRROR_RATE_PER_SECOND: "0",
    ...options.environment,
  });
  const streams = options.streams?.(db) ?? [things, samples];
  await startOwing(db, streams, () => "here");
  const door = createHttpDoor({ db, clock, random: () => 0.5, log: silentLogger, defaultTimeoutMs: 5_000 });
  const parts: MirrorParts = { settings, db, clock, ids: createIds(clock), log: silentLogger, streams };
  const run: ReconcileBench["run"] = (signal = new AbortController().signal, http) => ({
    http: http ?? door.clientFor("mirror", mirrorPeers(settings)),
    log: silentLogger,
    signal,
  });
  const bench: Omit<ReconcileBench, typeof Symbol.asyncDispose> = {
    db,
    project,
    clock,
    parts,
    run,
    local,
    fill: (codes) =>
      local(
        `insert into things select 'casa', value, '2026-03-02', length(value), length(value) / 7.0, 12.34,
           length(value) % 2, '2026-03-02T12:00:00.120Z', json_object('z', 1.0, 'a', value) from json_each(?)`,
        JSON.stringify(codes),
      ),
    async deliver() {
      const supabase = (await openClient(settings, run().http, run().signal)) as Supabase;
      const delivered: string[] = [];
      for (const stream of streams)
        if (stream.kind === "rows") delivered.push(...(await deliverStream(db, supabase, stream)));
      return delivered;
    },
    async owed(stream = "things") {
      const rows = await loadOwed(db.read, stream);
      return rows.map(({ key }) => key).sort();
    },
    async compare(given = {}, stream = "things") {
      const report = await reconcile(parts, run(), { streams: [stream], progress: silentProgress, ...given });
      return report.streams[0]!;
    },
    async remoteCodes() {
      const rows = await project.sql<{ code: string }[]>`select code from public.things`;
      return rows.map(({ code }) => code).sort();
    },
  };
  return {
    ...bench,
    async [Symbol.asyncDispose]() {
      await door.close();
      await store[Symbol.asyncDispose]();
      await project[Symbol.asyncDispose]();
    },
  };
}

async function deliverStream(db: Database, supabase: Supabase, stream: RowStream): Promise<string[]> {
  const delivered: string[] = [];
  for (;;) {
    const owed = await loadOwed(db.read, stream.name, 1_000);
    if (owed.length === 0) return delivered;
    const keys = owed.map(({ key }) => key);
    const rows = await loadRows(db.read, stream, keys);
    const gone = keys.filter((key) => !rows.has(key)).map(parseKey);
    const failure =
      (rows.size > 0 ? await upsertRows(supabase, stream, [...rows.values()]) : undefined) ??
      (gone.length > 0 ? await deleteRows(supabase, stream, gone) : undefined);
    if (failure) throw new Error(`not delivered: ${failure.code} ${failure.message}`);
    await db.write((tx) => settleOwed(tx, stream.name, owed));
    delivered.push(...keys);
  }
}
