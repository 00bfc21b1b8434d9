import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { statement } from "../../../src/db/index.ts";
import { sha256Hex } from "../../../src/kit/hash.ts";
import { owe } from "../../../src/mirror/outbox/owed.ts";
import { reconcile } from "../../../src/mirror/reconcile/reconcile.ts";
import { reconcileRows } from "../../../src/mirror/reconcile/reconcile-rows.ts";
import { openSupabase, type Supabase } from "../../../src/mirror/remote/supabase.ts";
import { loadRows } from "../../../src/mirror/rows.ts";
import { openReconcileBench, type ReconcileBench, silentProgress, things } from "./harness.ts";

let bench: ReconcileBench;
beforeAll(async () => {
  bench = await openReconcileBench();
});
afterAll(() => bench[Symbol.asyncDispose]());
beforeEach(async () => {
  bench.project.faults.clear();
  bench.project.limits.maxRows = 1_000;
  for (const table of ["things", "samples"]) {
    await bench.local(`delete from ${table}`);
    await bench.project.sql.unsafe(`truncate public.${table}`);
  }
  for (const table of ["outbox", "dead_letters"]) await bench.local(`delete from ${table}`);
  await bench.local("update mirror_streams set blocked_reason = null, dropped_columns = '[]', reconciled_at = null");
});

const keyOf = (code: string): string => JSON.stringify(["casa", code, "2026-03-02"]);

/** Texts that mean something to addresses, filters, JSON or collations. */
const HOSTILE = [
  "",
  " ",
  "a,b",
  "a.b",
  '"',
  "\\",
  '\\"',
  "%41%",
  "á",
  "Á",
  "ñandú",
  "z",
  "Z",
  "(a)",
  "{a}",
  "a&b=c",
  "a+b",
  "*",
  "null",
  "not.eq.1",
  "'",
  "línea\nnueva",
  "\u0001",
  "\u007f",
  "👍",
  "ﬀ",
  "0",
  "[1]",
];

async function fillAndDeliver(count: number): Promise<string[]> {
  const codes = [...HOSTILE, ...Array.from({ length: count - HOSTILE.length }, (_, index) => `código ${index}`)];
  await bench.fill(codes);
  await bench.deliver();
  return codes;
}

describe("a table that is equal", () => {
  test("owes nothing, over several pages and with any text in its keys", async () => {
    await fillAndDeliver(2_300);
    bench.project.history.clear();
    const report = await bench.compare();
    expect(report).toMatchObject({ complete: true, compared: 2_300, equal: 2_300, differing: 0, missing: 0, extra: 0 });
    expect(report).toMatchObject({ owed: 0, deleted: 0, skippedBecauseOwed: 0, extraKeys: [] });
    expect(report.error).toBeUndefined();
    expect(await bench.owed()).toEqual([]);
    // Three pages and the empty one that says that it is the end.
    expect(bench.project.history.requests.map(({ method }) => method)).toEqual(["GET", "GET", "GET", "GET"]);
  });

  test("is read to its end where the project answers with fewer rows than were asked for", async () => {
    await fillAndDeliver(250);
    bench.project.limits.maxRows = 100;
    expect(await bench.compare()).toMatchObject({ complete: true, equal: 250, missing: 0 });
  });

  test("is read on from any text that ends a page", async () => {
    await fillAndDeliver(HOSTILE.length);
    bench.project.limits.maxRows = 1;
    expect(await bench.compare()).toMatchObject({ complete: true, equal: HOSTILE.length, missing: 0, extra: 0 });
  });

  test("is compared by instants that are its key", async () => {
    await bench.local(
      "insert into samples values ('2026-03-02T12:00:00.000Z', 'a'), ('2026-03-02T12:00:00.010Z', 'b'), ('2026-03-02T12:00:00.123Z', 'c')",
    );
    await bench.deliver();
    expect(await bench.compare({}, "samples")).toMatchObject({ complete: true, equal: 3, missing: 0, extra: 0 });
  });

  test("notes when it was compared, and a dry run does not", async () => {
    const reconciledAt = async () =>
      (await bench.db.client.execute("select reconciled_at from mirror_streams where stream = 'things'")).rows[0]?.[0];
    await bench.compare({ dryRun: true });
    expect(await reconciledAt()).toBeNull();
    await bench.compare();
    expect(await reconciledAt()).toBeString();
  });
});

describe("what differs", () => {
  test("each changed column owes its row, which heals it", async () => {
    await fillAndDeliver(40);
    const changes = {
      amount: "amount = amount + 1",
      price: "price = price + 1e-12",
      exact: "exact = 12.3401",
      seen: "seen = not seen",
      seen_at: "seen_at = seen_at + interval '1 microsecond'",
      document: "document = document || '{\"new\": null}'",
      z: "amount = null",
    };
    const codes = Object.values(changes).map((_, index) => `código ${index}`);
    for (const [index, change] of Object.values(changes).entries())
      await bench.project.sql.unsafe(`update public.things set ${change} where code = 'código ${index}'`);
    const report = await bench.compare();
    expect(report).toMatchObject({ compared: 40, differing: codes.length, owed: codes.length, missing: 0, extra: 0 });
    expect(await bench.owed()).toEqual(codes.map(keyOf).sort());
    await bench.deliver();
    expect(await bench.compare()).toMatchObject({ equal: 40, differing: 0, owed: 0 });
  });

  test("rows that are missing are owed, and come back", async () => {
    const codes = await fillAndDeliver(1_200);
    const lost = [...HOSTILE.slice(0, 12), "código 7", "código 1000"];
    await bench.project.sql`delete from public.things where code in ${bench.project.sql(lost)}`;
    const report = await bench.compare();
    expect(report).toMatchObject({ complete: true, compared: 1_186, differing: 0, missing: 14, owed: 14, extra: 0 });
    expect((await bench.owed()).map((key) => JSON.parse(key)[1]).sort()).toEqual([...lost].sort());
    await bench.deliver();
    expect(await bench.remoteCodes()).toEqual([...codes].sort());
  });

  test("A35: an emptied table is owed as a whole", async () => {
    const codes = await fillAndDeliver(60);
    await bench.project.sql`truncate public.things`;
    expect(await bench.compare()).toMatchObject({ complete: true, compared: 0, missing: 60, owed: 60 });
    await bench.deliver();
    expect(await bench.remoteCodes()).toEqual([...codes].sort());
  });

  test("a dry run says the same and owes nothing", async () => {
    await fillAndDeliver(40);
    await bench.project.sql`update public.things set amount = -1 where code = 'z'`;
    await bench.project.sql`delete from public.things where code = 'Z'`;
    expect(await bench.compare({ dryRun: true, delete: true })).toMatchObject({ differing: 1, missing: 1, owed: 0 });
    expect(await bench.owed()).toEqual([]);
  });

  test("what is owed already is left alone", async () => {
    await fillAndDeliver(40);
    await bench.local("update things set amount = 99 where code = 'z'");
    await bench.local("delete from things where code in ('Z', 'á')");
    await bench.fill(["nuevo"]);
    const owed = await bench.owed();
    const report = await bench.compare({ delete: true });
    expect(report).toMatchObject({ skippedBecauseOwed: 4, differing: 0, missing: 0, extra: 0, deleted: 0, equal: 37 });
    expect(await bench.owed()).toEqual(owed);
  });

  test("columns that the other side does not know are not asked for", async () => {
    await fillAndDeliver(30);
    await bench.local("update mirror_streams set dropped_columns = '[\"price\"]' where stream = 'things'");
    await bench.project.sql`alter table public.things rename price to price_away`;
    try {
      expect(await bench.compare()).toMatchObject({ complete: true, equal: 30 });
    } finally {
      await bench.project.sql`alter table public.things rename price_away to price`;
    }
  });

  test("a key whose hash is that of another one is found by the count, and all is owed", async () => {
    await fillAndDeliver(30);
    await bench.project.sql`delete from public.things where code = 'Z'`;
    const { http, signal } = bench.run();
    const supabase = (await openSupabase(bench.parts.settings, http, signal)) as Supabase;
    const options = { progress: silentProgress };
    const task = { parts: bench.parts, supabase, signal, options, stream: things, hash: () => 1 };
    expect(await reconcileRows(task)).toMatchObject({ complete: true, owed: 30 });
    expect(await bench.owed()).toHaveLength(30);
  });
});

describe("rows that only the other side has", () => {
  const addExtra = (codes: readonly string[]) =>
    bench.project.sql`insert into public.things (owner, code, day)
      select 'casa', unnest(${bench.project.sql.array([...codes])}::text[]), '2026-03-02'`;

  test("are counted and named, and stay", async () => {
    await fillAndDeliver(30);
    const codes = Array.from({ length: 25 }, (_, index) => `ajeno ${index}`);
    await addExtra(codes);
    const report = await bench.compare();
    expect(report).toMatchObject({ equal: 30, extra: 25, deleted: 0, owed: 0, missing: 0 });
    expect(report.extraKeys).toHaveLength(20);
    for (const key of report.extraKeys) expect(codes.map(keyOf)).toContain(key);
    expect(await bench.owed()).toEqual([]);
  });

  test("are deleted when that is asked for, by the delivery", async () => {
    const codes = await fillAndDeliver(30);
    await addExtra(['ajeno "1"', "ajeno, 2", "ajeno\\3"]);
    expect(await bench.compare({ delete: true })).toMatchObject({ extra: 3, deleted: 3, owed: 0 });
    await bench.deliver();
    expect(await bench.remoteCodes()).toEqual([...codes].sort());
  });

  test("with finer times than ours can be deleted too", async () => {
    await bench.local("insert into samples values ('2026-03-02T12:00:00.000Z', 'a')");
    await bench.deliver();
    await bench.project.sql`insert into public.samples values ('2026-03-02T12:00:00.000001Z', 'x')`;
    expect(await bench.compare({ delete: true }, "samples")).toMatchObject({ equal: 1, extra: 1, deleted: 1 });
    await bench.deliver();
    expect(await bench.compare({}, "samples")).toMatchObject({ equal: 1, extra: 0, missing: 0 });
  });

  test("a row that comes back before the deletion is sent instead", async () => {
    await addExtra(["regresa"]);
    await bench.compare({ delete: true });
    await bench.fill(["regresa"]);
    await bench.deliver();
    expect(await bench.remoteCodes()).toEqual(["regresa"]);
    expect(await bench.compare()).toMatchObject({ equal: 1, extra: 0 });
  });

  test("more of them than a mistake would leave are not deleted without saying so twice", async () => {
    await fillAndDeliver(100);
    const codes = Array.from({ length: 502 }, (_, index) => `ajeno ${index}`);
    await addExtra(codes);
    const refused = await bench.compare({ delete: true });
    expect(refused).toMatchObject({ extra: 502, deleted: 0, complete: true, error: { code: "too_many_deletions" } });
    expect(await bench.owed()).toEqual([]);
    expect(await bench.compare({ delete: true, deleteMany: true })).toMatchObject({ extra: 502, deleted: 502 });
    await bench.deliver();
    expect(await bench.remoteCodes()).toHaveLength(100);
  });
});

describe("rows that were refused", () => {
  async function refuse(code: string, state: string): Promise<void> {
    const rows = await loadRows(bench.db.read, things, [keyOf(code)]);
    const hash = sha256Hex(JSON.stringify([...rows.values()][0]));
    await bench.local(
      `insert into dead_letters (id, queue, subject, key, error_type, code, message, payload_sha256, state,
         first_failed_at, last_failed_at) values (?, 'mirror', 'things', ?, 'rejected', '23514', 'no', ?, ?, '', '')`,
      crypto.randomUUID(),
      keyOf(code),
      hash,
      state,
    );
  }

  test("just as they are now are not owed again", async () => {
    await fillAndDeliver(30);
    for (const [code, state] of [["á", "discarded"], ["Á", "parked"], ["z", "open"], ["Z", "resolved"]] as const) // biome-ignore format: one line
      await refuse(code, state);
    await bench.project.sql`delete from public.things where code in ('á', 'Á', 'Z')`;
    await bench.project.sql`update public.things set amount = -1 where code = 'z'`;
    expect(await bench.compare()).toMatchObject({ missing: 3, differing: 1, refused: 3, owed: 1 });
    expect(await bench.owed()).toEqual([keyOf("Z")]);
  });

  test("and have changed since are owed", async () => {
    await fillAndDeliver(30);
    await refuse("á", "discarded");
    await bench.local("update things set amount = 1234 where code = 'á'");
    await bench.local("delete from outbox");
    expect(await bench.compare()).toMatchObject({ differing: 1, refused: 0, owed: 1 });
  });
});

describe("when it cannot be done", () => {
  test("a blocked stream is reported and not compared", async () => {
    await bench.local("update mirror_streams set blocked_reason = 'migrations pending' where stream = 'things'");
    bench.project.history.clear();
    const report = await bench.compare();
    expect(report).toMatchObject({ complete: false, error: { code: "blocked", message: "migrations pending" } });
    expect(bench.project.history.requests).toEqual([]);
  });

  test("a table that is not there is no empty table, and the next stream is compared", async () => {
    await fillAndDeliver(30);
    await bench.project.sql`alter table public.things rename to things_away`;
    try {
      const report = await reconcile(bench.parts, bench.run(), { progress: silentProgress });
      expect(report).toMatchObject({ complete: false, streams: [{ stream: "things" }, { stream: "samples" }] });
      expect(report.streams[0]).toMatchObject({ complete: false, missing: 0, owed: 0, error: { code: "PGRST205" } });
      expect(report.streams[1]?.complete).toBeTrue();
    } finally {
      await bench.project.sql`alter table public.things_away rename to things`;
    }
    expect(await bench.owed()).toEqual([]);
  });

  test.each(["503", "empty-404", "401-expired", "truncated-json", "stalled-body"] as const)(
    "%s in the middle of the pages owes nothing as missing and ends the run",
    async (kind) => {
      await fillAndDeliver(1_500);
      let pages = 0;
      bench.project.faults.during(({ table }) => table === "things" && ++pages > 1, kind);
      const report = await reconcile(bench.parts, bench.run(), { progress: silentProgress, delete: true });
      expect(report.complete).toBeFalse();
      expect(report.streams).toHaveLength(1);
      expect(report.streams[0]).toMatchObject({ complete: false, equal: 1_000, missing: 0, owed: 0, deleted: 0 });
      expect(report.streams[0]?.error?.message).not.toContain("código");
      expect(await bench.owed()).toEqual([]);
    },
    30_000,
  );

  test("one bad moment is passed over by the door's retries", async () => {
    await fillAndDeliver(1_500);
    bench.project.faults.next("502");
    bench.project.faults.next("429");
    expect(await bench.compare()).toMatchObject({ complete: true, equal: 1_500 });
  });

  test("pages that take too long are halved", async () => {
    await fillAndDeliver(600);
    bench.project.faults.next("57014");
    bench.project.faults.next("57014");
    bench.project.history.clear();
    expect(await bench.compare()).toMatchObject({ complete: true, equal: 600 });
    const limits = bench.project.history.requests.map(({ query }) => new URLSearchParams(query).get("limit"));
    expect(limits).toEqual(["1000", "500", "250", "250", "250", "250"]);
  });

  test("an aborted run says how far it came and owes nothing as missing", async () => {
    await fillAndDeliver(1_500);
    const controller = new AbortController();
    const progress = { total() {}, advance: (count = 1) => void (count > 0 && controller.abort()) };
    const report = await reconcile(bench.parts, bench.run(controller.signal), { progress, streams: ["things"] });
    expect(report).toMatchObject({
      complete: false,
      streams: [{ equal: 1_000, missing: 0, error: { code: "aborted" } }],
    });
    expect(await bench.owed()).toEqual([]);
  });

  test("an unknown stream is named with those that there are", async () => {
    const wrong = reconcile(bench.parts, bench.run(), { streams: ["thing"], progress: silentProgress });
    expect(wrong).rejects.toMatchObject({ code: "unknown_stream", hint: "Streams are things, samples." });
  });

  test("an answer without our columns, or the same page for ever, is no table", async () => {
    const { signal } = bench.run();
    for (const body of ['[{"code":"a"}]', '{"things":[]}', '"x"', "[null]", '[{"sampled_at":null,"label":null}]']) {
      const http = answering(body);
      const report = await reconcile(bench.parts, bench.run(signal, http), {
        streams: ["samples"],
        progress: silentProgress,
      });
      expect(report.streams[0]).toMatchObject({ complete: false, error: { code: "bad_page" } });
    }
    const again = answering('[{"sampled_at":"2026-01-01T00:00:00+00:00","label":"a"}]');
    const report = await reconcile(bench.parts, bench.run(signal, again), {
      streams: ["samples"],
      progress: silentProgress,
    });
    expect(report.streams[0]).toMatchObject({ complete: false, missing: 0, error: { code: "bad_page" } });
    expect(again.calls).toBe(2);
  });
});

test("a row that changes between the page and the look at it stays owed with its own change", async () => {
  await fillAndDeliver(30);
  const { http, signal } = bench.run();
  const meanwhile = {
    ...http,
    call: async (...call: Parameters<typeof http.call>) => {
      const answer = await http.call(...call);
      await bench.local("update things set amount = amount + 1 where code = 'z'");
      return answer;
    },
  };
  const report = await reconcile(bench.parts, bench.run(signal, meanwhile), {
    progress: silentProgress,
    streams: ["things"],
  });
  expect(report.streams[0]).toMatchObject({ equal: 29, skippedBecauseOwed: 1, differing: 0, owed: 0 });
});

test("keys owed twice over are owed once", async () => {
  await fillAndDeliver(30);
  await bench.project.sql`delete from public.things where code = 'z'`;
  await bench.compare();
  await bench.db.write((tx) => owe(tx, "things", [keyOf("z")]));
  const rows = await bench.db.read.all(statement("select count(*) as n from outbox where stream = 'things'", []));
  expect(rows).toEqual([{ n: 1 }]);
});

/** A way out behind which every request is answered with this. */
function answering(body: string) {
  const headers = new Headers({ "content-type": "application/json" });
  const http = {
    calls: 0,
    budgetLeft: async () => 1,
    async call() {
      http.calls++;
      return { status: 200, headers, text: body, json: () => JSON.parse(body) };
    },
  };
  return http;
}
