import { statement } from "../../../src/db/index.ts";
import { type Clock, createSystemClock } from "../../../src/kit/clock.ts";
import { createIds } from "../../../src/kit/ids.ts";
import { type DrainOptions, type DrainReport, drain } from "../../../src/mirror/delivery/drain.ts";
import type { MirrorParts, MirrorRun } from "../../../src/mirror/mirror.ts";
import { MIRROR_SYSTEM, mirrorPeers } from "../../../src/mirror/remote/peer.ts";
import type { MirrorStream, RowStream } from "../../../src/mirror/stream.ts";
import type { HttpClient } from "../../../src/net/client.ts";
import { createHttpDoor, type HttpDoor } from "../../../src/net/door.ts";
import { loadSettings } from "../../../src/settings.ts";
import { createMemoryLog, type LogLine } from "../../net/harness.ts";
import { openTestDatabase, type TestDatabase } from "../../support/database.ts";
import { startOwing } from "../../support/start-owing.ts";
import { openSupabase, type TestSupabase } from "../../support/supabase/index.ts";

/** Time runs so many times faster: the waits of the door's retries become milliseconds. */
const HASTE = 50;

export interface HastyClock extends Clock {
  /** Moves the wall clock on without waiting. */
  jump(ms: number): void;
}

export function createHastyClock(start = "2026-03-02T12:00:00.000Z"): HastyClock {
  const system = createSystemClock();
  const startedMs = system.monotonicMs();
  let jumpedMs = 0;
  const passedMs = () => (system.monotonicMs() - startedMs) * HASTE;
  return {
    now: () => new Date(Date.parse(start) + passedMs() + jumpedMs),
    monotonicMs: () => passedMs() + jumpedMs,
    sleep: (ms, signal) => system.sleep(ms / HASTE, signal),
    jump(ms) {
      jumpedMs += ms;
    },
  };
}

/** A table and its children, of which only the key may be missing on the other side. */
const stream = (name: string, more: Partial<RowStream> = {}): RowStream => ({
  kind: "rows",
  name,
  table: name,
  key: ["id"],
  columns: { id: "text", name: "text", score: "real" },
  owedBy: [{ table: name, columns: ["id", "name", "score"] }],
  writers: [],
  unknownColumns: "block",
  ...more,
});

export const parents = stream("parents");
export const children = stream("children", {
  columns: { id: "text", parent_id: "text", name: "text" },
  owedBy: [{ table: "children", columns: ["id", "parent_id", "name"] }],
});

export const LOCAL_TABLES = [
  "create table parents (id text primary key, name text, score real)",
  "create table children (id text primary key, parent_id text, name text)",
];
const REMOTE = `
  create table parents (id text primary key, name text check (name <> 'bad'), score double precision);
  create table children (id text primary key, parent_id text references parents, name text check (name <> 'bad'));
  grant all on parents, children to service_role;
`;

export interface BenchOptions {
  streams?: readonly MirrorStream[];
  settings?: Record<string, string>;
}

/** The report and its sums: an empty object matches every other one. */
interface CountedReport extends DrainReport {
  sent: number;
  removed: number;
  filed: number;
}

export interface MirrorBench extends AsyncDisposable {
  store: TestDatabase;
  supabase: TestSupabase;
  clock: HastyClock;
  parts: MirrorParts;
  lines: LogLine[];
  /** A door as a new process has it. */
  openDoor(): HttpDoor;
  drain(options?: Partial<DrainOptions> & { http?: HttpClient; signal?: AbortSignal }): Promise<CountedReport>;
  /** Runs SQL on the local side. */
  run(text: string, args?: (string | number | null)[]): Promise<void>;
  all<Row>(text: string, args?: (string | number | null)[]): Promise<Row[]>;
  /** Inserts parents with these names; ids are `p0001` … */
  addParents(names: readonly string[]): Promise<void>;
  remote<Row>(table: string): Promise<Row[]>;
  letters(): Promise<Letter[]>;
  state(name: string): Promise<Record<string, unknown>>;
  owed(): Promise<number>;
}

export interface Letter {
  id: string;
  subject: string;
  key: string;
  code: string;
  state: string;
  attempts: number;
  message: string;
  payload: string;
  next_try_at: string | null;
  resolution: string | null;
}

/** Local tables with their triggers, and a Supabase whose tables have the same names. */
export async function openMirrorBench({
  streams = [parents, children],
  settings: extra = {},
}: BenchOptions = {}): Promise<MirrorBench> {
  const store = await openTestDatabase();
  const supabase = await openSupabase({ database: "bare" });
  await supabase.sql.unsafe(REMOTE);
  const { db } = store;
  const run: MirrorBench["run"] = async (text, args = []) => {
    await db.write((tx) => tx.run(statement(text, args)));
  };
  const all = async <Row>(text: string, args: (string | number | null)[] = []) =>
    (await db.read.all(statement(text, args))) as Row[];
  for (const table of LOCAL_TABLES) await run(table);
  const clock = createHastyClock();
  const { log, lines } = createMemoryLog();
  const { settings } = loadSettings({
    SUPABASE_URL: supabase.url,
    SUPABASE_SERVICE_ROLE_KEY: supabase.serviceKey,
    MIRROR_RATE_PER_SECOND: "0",
    ...extra,
  });
  const parts: MirrorParts = { settings, db, clock, ids: createIds(clock), log, streams };
  await startOwing(db, streams, () => "there");
  const doors: HttpDoor[] = [];
  const openDoor = () => {
    const door = createHttpDoor({ db, clock, random: () => 0.5, log, defaultTimeoutMs: 30_000 });
    doors.push(door);
    return door;
  };
  let http: HttpClient | undefined;
  return {
    store,
    supabase,
    clock,
    parts,
    lines,
    openDoor,
    async drain(options = {}) {
      http ??= openDoor().clientFor(MIRROR_SYSTEM, mirrorPeers(settings));
      const mirrorRun: MirrorRun = {
        http: options.http ?? http,
        log,
        signal: options.signal ?? new AbortController().signal,
      };
      const progress = { total: () => {}, advance: () => {} };
      const report = await drain(parts, mirrorRun, { all: true, busyJobs: new Set(), progress, ...options });
      const { delivered, deleted, deadLettered } = report;
      return { ...report, sent: sum(delivered), removed: sum(deleted), filed: sum(deadLettered) };
    },
    run,
    all,
    async addParents(names) {
      await db.write((tx) =>
        tx.run(
          statement(
            "insert into parents (id, name, score) select printf('p%04d', key), value, key / 8.0 from json_each(?)",
            [JSON.stringify(names)],
          ),
        ),
      );
    },
    remote: async <Row>(table: string) =>
      (await supabase.sql.unsafe(`select * from ${table} order by id`)).map((row) => ({ ...row })) as Row[],
    letters: () => all<Letter>("select * from dead_letters order by subject, key"),
    state: async (name) =>
      (await all<Record<string, unknown>>("select * from mirror_streams where stream = ?", [name]))[0]!,
    owed: async () => (await all<{ owed: number }>("select count(*) as owed from outbox"))[0]!.owed,
    async [Symbol.asyncDispose]() {
      await Promise.all(doors.map((door) => door.close()));
      await supabase[Symbol.asyncDispose]();
      await store[Symbol.asyncDispose]();
    },
  };
}

const sum = (counts: Record<string, number>) => Object.values(counts).reduce((all, count) => all + count, 0);

/** Names of so many rows, some of them refused by the other side. */
export const namesWith = (count: number, bad: readonly number[] = []): string[] =>
  Array.from({ length: count }, (_, index) => (bad.includes(index) ? "bad" : `name ${index}`));
