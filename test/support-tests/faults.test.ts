import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import fc from "fast-check";
import { createFaults, FAULT_KINDS, type Fault, type FaultKind } from "../support/supabase/faults.ts";
import { openSupabase, type TestSupabase } from "../support/supabase/index.ts";
import type { Target } from "../support/supabase/target.ts";
import { clientOf, readJson, toldBy } from "./supabase-clients.ts";

let supabase: TestSupabase;
let id = 0;

beforeAll(async () => {
  supabase = await openSupabase({ database: "bare" });
  await supabase.sql.unsafe(
    "create table public.things (id int primary key); grant all on public.things to service_role",
  );
});
afterAll(() => supabase[Symbol.asyncDispose]());
beforeEach(() => {
  supabase.faults.clear();
  supabase.history.clear();
});

/** What never ends by itself is given up after a second; anything else may take its time. */
const ENDLESS: readonly FaultKind[] = ["hang", "stalled-body"];

/** One upsert with a fault on the way: what the client heard, and what is true. */
async function upsertUnder(fault: FaultKind | Fault) {
  const row = { id: ++id };
  supabase.faults.next(fault);
  const kind = typeof fault === "string" ? fault : fault.kind;
  const signal = AbortSignal.timeout(ENDLESS.includes(kind) ? 1_000 : 30_000);
  const heard = await clientOf(supabase).from("things").upsert(row).abortSignal(signal);
  const written = (await supabase.sql`select 1 from things where id = ${row.id}`).length === 1;
  const entry = supabase.history.requests.at(-1)!;
  return { heard, written, entry };
}

describe("refusals leave nothing behind", () => {
  test.each([
    ["429", 429, undefined],
    ["413", 413, undefined],
    ["502", 502, undefined],
    ["503", 503, undefined],
    ["520", 520, undefined],
    ["57014", 500, "57014"],
    ["401-expired", 401, "PGRST303"],
  ] as const)("%s answers HTTP %d with the code %p", async (kind, status, code) => {
    const { heard, written, entry } = await upsertUnder(kind);
    expect([heard.status, heard.error?.code]).toEqual([status, code as never]);
    expect([written, entry.committed, entry.status, entry.fault]).toEqual([false, false, status, kind]);
    // Gateways answer with a page, of which the client makes a message without a code.
    if (["413", "502", "503", "520"].includes(kind)) expect(heard.error?.message).toStartWith("<html>");
  });

  test("a 429 says when to come back only if told to", async () => {
    const ask = () => fetch(`${supabase.url}/rest/v1/things`, { headers: { apikey: supabase.serviceKey } });
    supabase.faults.next({ kind: "429", retryAfter: "7" });
    expect((await ask()).headers.get("retry-after")).toBe("7");
    supabase.faults.next("429");
    expect((await ask()).headers.get("retry-after")).toBeNull();
  });

  test("an empty 404 looks like success to the client, though nothing was written", async () => {
    const { heard, written, entry } = await upsertUnder("empty-404");
    expect([heard.status, heard.error, written, entry.status]).toEqual([204, null, false, 404]);
  });

  test("a reset before the request is handled is a network error", async () => {
    const { heard, written, entry } = await upsertUnder("reset");
    expect([heard.status, written, entry.committed, entry.status]).toEqual([0, false, false, 0]);
    expect(heard.error?.message).toContain("ECONNRESET");
  });

  test("a hang before the headers ends when the client gives up", async () => {
    const { heard, written, entry } = await upsertUnder("hang");
    expect([heard.status, written, entry.committed, entry.status]).toEqual([0, false, false, 0]);
    await supabase.history.until(({ open }) => open === 0);
  });
});

describe("torn answers are those of writes that took effect", () => {
  test("a reset after the commit", async () => {
    const { heard, written, entry } = await upsertUnder("reset-after-commit");
    expect([heard.status, written, entry.committed, entry.status]).toEqual([0, true, true, 0]);
  });

  test("a stalled body: headers and a part, then nothing, until the client gives up", async () => {
    const { heard, written, entry } = await upsertUnder("stalled-body");
    expect([heard.status, written, entry.committed, entry.status]).toEqual([0, true, true, 201]);
    await supabase.history.until(({ open }) => open === 0);
    supabase.faults.next("stalled-body");
    const response = await fetch(`${supabase.url}/rest/v1/things?select=id`, {
      headers: { apikey: supabase.serviceKey, authorization: `Bearer ${supabase.serviceKey}` },
    });
    expect(response.status).toBe(200);
    const reader = response.body!.getReader();
    expect((await reader.read()).value?.length).toBeGreaterThan(0);
    const more = reader.read().then(() => "more");
    expect(await Promise.race([more, Bun.sleep(100).then(() => "nothing")])).toBe("nothing");
    await reader.cancel();
  });

  test("truncated JSON: a proper answer that stops in the middle", async () => {
    const { written, entry } = await upsertUnder("truncated-json");
    expect([written, entry.committed]).toEqual([true, true]);
    supabase.faults.next("truncated-json");
    const response = await fetch(`${supabase.url}/rest/v1/things?select=id`, {
      headers: { apikey: supabase.serviceKey, authorization: `Bearer ${supabase.serviceKey}` },
    });
    expect(response.status).toBe(200);
    const text = await response.text();
    expect(text).toStartWith("[");
    expect(() => JSON.parse(text)).toThrow();
  });

  test("a slow answer is late and true", async () => {
    const startedMs = performance.now();
    const { heard, written } = await upsertUnder({ kind: "slow", delayMs: 120 });
    expect([heard.error, written]).toEqual([null, true]);
    expect(performance.now() - startedMs).toBeGreaterThanOrEqual(119);
  });

  test.each(["hang", "502", "empty-404"] as const)("%s can be told to come after the commit", async (kind) => {
    const { written, entry } = await upsertUnder({ kind, commit: true });
    expect([written, entry.committed]).toEqual([true, true]);
  });

  test("a torn answer can be told to come without one", async () => {
    const { written, entry } = await upsertUnder({ kind: "stalled-body", commit: false });
    expect([written, entry.committed]).toEqual([false, false]);
  });
});

describe("storage and auth misbehave in their own words", () => {
  const list = async (fault: FaultKind) => {
    supabase.faults.next(fault);
    return (await clientOf(supabase).storage.from("any").list()).error;
  };
  const users = async (fault: FaultKind) => {
    supabase.faults.next(fault);
    return (await clientOf(supabase).auth.admin.getUserById(crypto.randomUUID())).error;
  };

  test("storage: an expired token is HTTP 400 with a text 403, a timeout HTTP 544", async () => {
    const expired = '"exp" claim timestamp check failed';
    expect(toldBy(await list("401-expired"))).toEqual([400, "403", "AccessDenied", expired]);
    expect(toldBy(await list("57014")).slice(0, 3)).toEqual([544, "544", "DatabaseTimeout"]);
    expect(toldBy(await list("413"))).toEqual([413, "413", undefined, "Payload Too Large"]);
    expect((await list("reset"))?.name).toBe("StorageUnknownError");
  });

  test("auth: an expired token is 403 bad_jwt, gateways' errors may be tried again", async () => {
    const expired = await users("401-expired");
    expect([expired?.status, expired?.code]).toEqual([403, "bad_jwt"]);
    for (const kind of ["502", "503", "520", "reset"] as const) {
      expect((await users(kind))?.name).toBe("AuthRetryableFetchError");
    }
  });

  test("an upload whose answer is lost is there", async () => {
    const { storage } = clientOf(supabase);
    await storage.createBucket("files");
    supabase.faults.next("reset-after-commit");
    const { error } = await storage.from("files").upload("a", Buffer.from("1"), { contentType: "text/plain" });
    expect(error?.name).toBe("StorageUnknownError");
    expect((await storage.from("files").exists("a")).data).toBe(true);
    expect(supabase.history.requests.find(({ key, method }) => key === "a" && method === "POST")).toMatchObject({
      bucket: "files",
      fault: "reset-after-commit",
      bytes: 1,
      committed: true,
    });
  });
});

test("closing the project ends what hangs", async () => {
  const own = await openSupabase({ database: "bare" });
  own.faults.during(2, "hang");
  const hanging = [1, 2].map(() => fetch(`${own.url}/rest/v1/things`, { headers: { apikey: own.serviceKey } }));
  const settled = Promise.allSettled(hanging);
  await own.history.until(({ open }) => open === 2);
  await own[Symbol.asyncDispose]();
  expect((await settled).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
});

test("a client that comes back after a reset is served again", async () => {
  await upsertUnder("reset");
  const { error } = await clientOf(supabase).from("things").select();
  expect(error).toBeNull();
});

describe("the schedule", () => {
  const target = (table: string): Target => ({
    service: "rest",
    method: "POST",
    path: `/${table}`,
    query: "",
    headers: new Headers(),
    table,
  });

  test("`next` queues up and waits for a request that matches", () => {
    const faults = createFaults();
    faults.next("503", { match: ({ table }) => table === "b" });
    faults.next("429");
    faults.next("520");
    const met = ["a", "b", "c", "d"].map((table) => faults.take(target(table))?.kind);
    expect(met).toEqual(["429", "503", "520", undefined]);
    expect(faults.applied).toEqual(["429", "503", "520"]);
  });

  test("`during` lasts for a number of requests, or while its predicate is true", () => {
    const faults = createFaults();
    let down = true;
    faults.during(2, "502");
    faults.during(({ table }) => down && table === "a", "503");
    expect(["a", "b", "a", "b", "a"].map((table) => faults.take(target(table))?.kind)).toEqual([
      "502",
      "502",
      "503",
      undefined,
      "503",
    ]);
    down = false;
    expect(faults.take(target("a"))).toBeUndefined();
    down = true;
    faults.clear();
    expect(faults.take(target("a"))).toBeUndefined();
  });

  test("`random` meets the share of requests that it is told, with the kinds that it is given", () => {
    fc.assert(
      fc.property(fc.integer(), fc.subarray([...FAULT_KINDS], { minLength: 1 }), (seed, kinds) => {
        const faults = createFaults();
        let state = seed >>> 0;
        // Any generator will do, as long as the run can be repeated.
        const random = () => {
          state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
          return state / 2 ** 32;
        };
        faults.random({ random, probability: 0.3, kinds });
        for (let n = 0; n < 1_000; n++) faults.take(target("a"));
        expect(faults.applied.every((kind) => kinds.includes(kind))).toBe(true);
        expect(faults.applied.length).toBeGreaterThan(200);
        expect(faults.applied.length).toBeLessThan(400);
      }),
      { numRuns: 20 },
    );
  });
});

test("what the client sends while it hangs up does not count as handled", async () => {
  const controller = new AbortController();
  const request = fetch(`${supabase.url}/rest/v1/things`, {
    method: "POST",
    signal: controller.signal,
    headers: { apikey: supabase.serviceKey, "content-type": "application/json" },
    body: new ReadableStream({
      async start(stream) {
        stream.enqueue(new TextEncoder().encode('[{"id":'));
        await supabase.history.until(({ open }) => open > 0);
        controller.abort();
      },
    }),
  });
  await expect(request).rejects.toThrow();
  const entry = supabase.history.requests.at(-1)!;
  await supabase.history.until(({ open }) => open === 0);
  expect([entry.status, entry.committed]).toEqual([0, false]);
  expect(await readJson(await fetch(`${supabase.url}/storage/v1/health`))).toEqual({ healthy: true });
});
