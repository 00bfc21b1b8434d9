import { cpSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import fc from "fast-check";
import { type Database, statement } from "../../src/db/index.ts";
import type { Clock } from "../../src/kit/clock.ts";
import { hours, seconds } from "../../src/kit/duration.ts";
import { createIds } from "../../src/kit/ids.ts";
import { silentLogger } from "../../src/kit/log.ts";
import type { MirrorParts } from "../../src/mirror/mirror.ts";
import type { HttpClient } from "../../src/net/client.ts";
import { loadSettings } from "../../src/settings.ts";
import { openTestDatabase } from "../support/database.ts";
import { FAULT_KINDS, type FaultKind } from "../support/supabase/faults.ts";
import type { TestSupabase } from "../support/supabase/index.ts";
import { children, createHastyClock, type HastyClock, LOCAL_TABLES, parents } from "./delivery/bench.ts";

const ROOT = resolve(import.meta.dir, "../..");

/** The product's code from one folder: as it is, or a copy in which one safeguard is taken out. */
export async function loadCode(root = ROOT) {
  const from = <Module>(path: string): Promise<Module> => import(join(root, "src", path));
  return {
    ...(await from<typeof import("../../src/db/index.ts")>("db/index.ts")),
    ...(await from<typeof import("../../src/mirror/delivery/drain.ts")>("mirror/delivery/drain.ts")),
    ...(await from<typeof import("../../src/mirror/dead-letters/act.ts")>("mirror/dead-letters/act.ts")),
    ...(await from<typeof import("../../src/mirror/outbox/owing.ts")>("mirror/outbox/owing.ts")),
    ...(await from<typeof import("../../src/mirror/remote/peer.ts")>("mirror/remote/peer.ts")),
    ...(await from<typeof import("../../src/net/door.ts")>("net/door.ts")),
    ...(await from<typeof import("../../src/net/http-call-error.ts")>("net/http-call-error.ts")),
  };
}
export type Code = Awaited<ReturnType<typeof loadCode>>;

/** A piece of the source, and what takes its place. */
export type Cut = readonly [file: string, text: string, instead: string];

/** A copy of the product without one safeguard; an error when the text is not there any more. */
export async function withoutSafeguard<Result>(
  cuts: readonly Cut[],
  work: (code: Code) => Promise<Result>,
): Promise<Result> {
  const dir = mkdtempSync(join(tmpdir(), "vigia-mutation-"));
  try {
    cpSync(join(ROOT, "src"), join(dir, "src"), { recursive: true });
    for (const file of ["package.json", "tsconfig.json"]) cpSync(join(ROOT, file), join(dir, file));
    symlinkSync(join(ROOT, "node_modules"), join(dir, "node_modules"));
    for (const [file, text, instead] of cuts) {
      const path = join(dir, "src/mirror", file);
      await Bun.write(path, cutOut(await Bun.file(path).text(), file, [text, instead]));
    }
    return await work(await loadCode(dir));
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** The source with a piece replaced, however it is broken into lines. Error: it is not there, or more than once. */
export function cutOut(
  source: string,
  file: string,
  [text, instead]: readonly [text: string, instead: string],
): string {
  const words = text.split(/\s+/).map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  const found = [...source.matchAll(new RegExp(words.join("\\s+"), "g"))];
  if (found.length !== 1) throw new Error(`${file} has "${text}" ${found.length} times: it is to be taken out once.`);
  const { index, 0: match } = found[0]!;
  return source.slice(0, index) + instead + source.slice(index + match.length);
}

type Write =
  | { kind: "parent"; id: number; bad: boolean }
  | { kind: "child"; id: number; of: number }
  | { kind: "drop parent" | "drop child"; id: number };

/** A call that is given up here, and takes effect there behind so many of the next ones. */
interface Lateness {
  as: "network" | "timeout";
  calls: number;
}

/** Where a process dies: before or after its nth write to the file, or its nth call. */
interface Crash {
  point: "before write" | "after write" | "before call" | "after call";
  nth: number;
}

export type Step =
  | { do: "write"; write: Write }
  | { do: "fault"; fault: FaultKind; times: number }
  | { do: "drain"; all: boolean; during: Write[]; crash: Crash | undefined; late: Lateness | undefined }
  | { do: "wait"; minutes: number };

const id = fc.nat(2);
const write: fc.Arbitrary<Write> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant("parent" as const), id, bad: fc.nat(7).map((n) => n === 0) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("child" as const), id, of: id }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom("drop parent" as const, "drop child" as const), id }) },
);
const crash: fc.Arbitrary<Crash> = fc.record({
  point: fc.constantFrom("before write", "after write", "before call", "after call"),
  nth: fc.integer({ min: 1, max: 6 }),
});
const late: fc.Arbitrary<Lateness> = fc.record({
  as: fc.constantFrom("network", "timeout"),
  calls: fc.integer({ min: 1, max: 3 }),
});
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant("write" as const), write }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("fault" as const),
      fault: fc.constantFrom(...FAULT_KINDS),
      times: fc.integer({ min: 1, max: 5 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("drain" as const),
      all: fc.boolean(),
      during: fc.array(write, { maxLength: 3 }),
      crash: fc.option(crash, { nil: undefined, freq: 3 }),
      late: fc.option(late, { nil: undefined, freq: 4 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("wait" as const), minutes: fc.integer({ min: 1, max: 400 }) }) },
);
export const steps = fc.array(step, { minLength: 4, maxLength: 25 });

/** The other side: the tables, and every change of them in the order in which it took effect. */
export const REMOTE_SCHEMA = `
  create table parents (id text primary key, name text, score double precision);
  create table children (id text primary key, parent_id text references parents, name text);
  create table changes (at bigserial, "table" text, id text, revision bigint);
  create function note_change() returns trigger language plpgsql security definer as $$ begin
    insert into public.changes ("table", id, revision) values (tg_table_name, new.id, split_part(new.name, ' ', 1)::bigint);
    return new;
  end $$;
  create trigger noted after insert or update on parents for each row execute function note_change();
  create trigger noted after insert or update on children for each row execute function note_change();
  grant all on parents, children to service_role;
`;
const REFUSE_BAD = "alter table parents add constraint good check (name not like '% bad')";
const STREAMS = [parents, children].map((stream) => ({ ...stream, writers: ["job"] }));
/** Drains that it may take until the other side is equal once nothing goes wrong any more. */
const LAST_DRAINS = 8;

/** For so long the other side lets a request wait that nobody listens to any more. */
const LATEST_MS = seconds(60);

/** A request that was given up here and is still waiting there. */
interface Late {
  send: () => Promise<unknown>;
  givenUpMs: number;
  /** Calls that it lets pass before it takes effect. */
  calls: number;
}

class Crashed extends Error {}

/** One life of the source: local tables, processes that come and go, and the truth to compare with. */
class World {
  readonly #code: Code;
  readonly #supabase: TestSupabase;
  readonly #path: string;
  readonly #clock: HastyClock = createHastyClock();
  #db!: Database;
  #revision = 0;
  #late: Late | undefined;

  constructor(code: Code, supabase: TestSupabase, path: string) {
    this.#code = code;
    this.#supabase = supabase;
    this.#path = path;
  }

  async boot(): Promise<void> {
    this.#db?.close();
    this.#db = await this.#code.openDatabase({ url: `file:${this.#path}`, path: this.#path });
    await this.#code.oweUnowed(this.#db, await this.#code.startNoting(this.#db, STREAMS, () => "there"));
  }

  async #run(text: string, args: (string | number)[]): Promise<void> {
    await this.#db.write((tx) => tx.run(statement(text, args)));
  }

  /** Every write is a revision of its own, said by the row itself. */
  async write(change: Write): Promise<void> {
    const name = `${++this.#revision}${change.kind === "parent" && change.bad ? " bad" : " good"}`;
    const upsert = "on conflict (id) do update set name = excluded.name";
    if (change.kind === "parent")
      await this.#run(`insert into parents (id, name) values (?, ?) ${upsert}`, [`p${change.id}`, name]);
    else if (change.kind === "child") {
      await this.#run("insert into parents (id, name) values (?, ?) on conflict (id) do nothing", [
        `p${change.of}`,
        name,
      ]);
      await this.#run(
        `insert into children (id, parent_id, name) values (?, ?, ?) ${upsert}, parent_id = excluded.parent_id`,
        [`c${change.id}`, `p${change.of}`, name],
      );
    } else if (change.kind === "drop child") await this.#run("delete from children where id = ?", [`c${change.id}`]);
    else {
      await this.#run("delete from children where parent_id = ?", [`p${change.id}`]);
      await this.#run("delete from parents where id = ?", [`p${change.id}`]);
    }
  }

  wait(ms: number): void {
    this.#clock.jump(ms);
  }

  /** One process drains; a crash ends it and the next one starts on the same file. */
  async drain({
    all,
    during = [],
    crash: at,
    late,
  }: {
    all: boolean;
    during?: Write[];
    crash?: Crash | undefined;
    late?: Lateness | undefined;
  }) {
    const { settings } = loadSettings({
      SUPABASE_URL: this.#supabase.url,
      SUPABASE_SERVICE_ROLE_KEY: this.#supabase.serviceKey,
      MIRROR_RATE_PER_SECOND: "0",
      MIRROR_TIMEOUT_MS: "8000",
    });
    const clock = this.#clock;
    const own = { db: this.#db, clock, log: silentLogger };
    const door = this.#code.createHttpDoor({ ...own, random: () => 0.5, defaultTimeoutMs: 8_000 });
    const http = door.clientFor("mirror", this.#code.mirrorPeers(settings));
    const pending = [...during];
    const mortal = createMortal(at);
    const call: HttpClient["call"] = async (peer, request) => {
      mortal("before call");
      if (late && !this.#late) {
        const { url, method = "GET", headers = {}, body = "" } = request;
        const send = () => fetch(url, { method, headers, body, signal: AbortSignal.timeout(1_000) });
        this.#late = { send, givenUpMs: clock.monotonicMs(), calls: late.calls };
        mortal("after call");
        throw new this.#code.HttpCallError(late.as, "no answer came", { peer, kind: request.kind, attempts: 4 });
      }
      const answer = await this.#overtaken(() => http.call(peer, request));
      for (const change of pending.splice(0, 1)) await this.write(change);
      mortal("after call");
      return answer;
    };
    const db: Database = {
      ...this.#db,
      write: async (work) => {
        mortal("before write");
        const result = await this.#db.write(work);
        mortal("after write");
        return result;
      },
    };
    const parts: MirrorParts = {
      ...own,
      clock: createPatientClock(clock),
      db,
      settings,
      ids: createIds(clock),
      streams: STREAMS,
    };
    const run = { http: { ...http, call }, log: silentLogger, signal: new AbortController().signal };
    const progress = { total: () => {}, advance: () => {} };
    try {
      return await this.#code.drain(parts, run, { all, busyJobs: new Set(), progress });
    } catch (thrown) {
      if (!mortal.isDead()) throw thrown;
      await door.close();
      await this.boot();
      return undefined;
    } finally {
      await door.close();
    }
  }

  /** A request that waits still takes effect: behind some of the next ones while it may, else it was through before. */
  async #overtaken<Answer>(call: () => Promise<Answer>): Promise<Answer> {
    const waiting = this.#late;
    if (waiting && this.#clock.monotonicMs() - waiting.givenUpMs >= LATEST_MS) await this.#arrive(waiting);
    const answer = await call();
    if (waiting && waiting === this.#late && --waiting.calls === 0) await this.#arrive(waiting);
    return answer;
  }

  async #arrive(late: Late): Promise<void> {
    this.#late = undefined;
    await late.send().catch(() => undefined);
  }

  /** Nothing goes wrong any more: the rest arrives, the refused rows too once the other side takes them. */
  async settle(): Promise<void> {
    this.#supabase.faults.clear();
    await this.#supabase.sql.unsafe("alter table parents drop constraint good");
    for (let drains = 0; drains < LAST_DRAINS; drains++) {
      this.wait(hours(2));
      await this.#code.replayDeadLetters(this.#db, { queue: "mirror" }, this.#clock.now());
      const report = await this.drain({ all: true });
      if (report?.left === 0 && report.end === undefined) return;
    }
    throw new Error("The outbox does not empty.");
  }

  async compare(): Promise<string[]> {
    const problems: string[] = [];
    for (const table of ["parents", "children"]) {
      const here = await this.#db.read.all(statement(`select * from ${table} order by id`, []));
      const there = (await this.#supabase.sql.unsafe(`select * from ${table} order by id collate "C"`)).map((row) => ({
        ...row,
      }));
      if (!Bun.deepEquals(here, there)) problems.push(`${table}: ${JSON.stringify({ here, there })}`);
    }
    const backwards = await this.#supabase.sql`
      select * from (select c.*, max(revision) over (partition by "table", id order by at) as newest from changes c) c
       where revision < newest`;
    if (backwards.length > 0) problems.push(`older over newer: ${JSON.stringify(backwards)}`);
    const open = await this.#db.read.all(
      statement("select key from dead_letters where state in ('open', 'parked')", []),
    );
    if (open.length > 0) problems.push(`letters: ${JSON.stringify(open)}`);
    return problems;
  }

  close(): void {
    this.#db.close();
  }
}

/** A clock for those who wait for a minute: it has passed at once. */
const createPatientClock = (clock: HastyClock): Clock => ({
  ...clock,
  sleep: async (ms) => clock.jump(ms),
});

/** Lets nothing pass any more once its moment has come. */
function createMortal(at: Crash | undefined) {
  let left = at?.nth ?? 0;
  let dead = false;
  const check = (point: Crash["point"]): void => {
    if (!dead && at?.point === point && --left === 0) dead = true;
    if (dead) throw new Crashed("killed");
  };
  return Object.assign(check, { isDead: () => dead });
}

/** Lives through the steps, lets the faults stop, and says what is not as it has to be. */
export async function live(code: Code, supabase: TestSupabase, life: readonly Step[]): Promise<string[]> {
  supabase.faults.clear();
  await supabase.sql.unsafe(
    `truncate parents, children, changes; alter table parents drop constraint if exists good; ${REFUSE_BAD}`,
  );
  await using store = await openTestDatabase();
  for (const table of LOCAL_TABLES) await store.db.write((tx) => tx.run(statement(table, [])));
  const world = new World(code, supabase, join(store.dir, "vigia.db"));
  await world.boot();
  try {
    for (const each of life) {
      if (each.do === "write") await world.write(each.write);
      else if (each.do === "wait") world.wait(seconds(each.minutes * 60));
      else if (each.do === "fault") supabase.faults.during(each.times, each.fault);
      else await world.drain(each);
    }
    await world.settle();
    return await world.compare();
  } finally {
    world.close();
  }
}
