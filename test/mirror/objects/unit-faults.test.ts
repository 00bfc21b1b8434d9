import { afterAll, afterEach, beforeAll, expect, test } from "bun:test";
import fc from "fast-check";
import type { Database } from "../../../src/db/index.ts";
import type { FaultKind } from "../../support/supabase/faults.ts";
import type { TestSupabase } from "../../support/supabase/index.ts";
import {
  type Files,
  NAMES,
  type Name,
  openProject,
  openStorageBench,
  revisionOf,
  type StorageBench,
  setOf,
  USER,
} from "./harness.ts";

let project: TestSupabase;
beforeAll(async () => {
  project = await openProject();
});
afterEach(() => project.faults.clear());
afterAll(() => project[Symbol.asyncDispose]());

/** Faults that outlast the door's own attempts, and what they mean. */
const LASTING: readonly [FaultKind, string][] = [
  ["503", "unavailable"],
  ["429", "unavailable"],
  ["520", "unavailable"],
  ["reset", "unavailable"],
  ["reset-after-commit", "unavailable"],
  ["truncated-json", "unavailable"],
  ["empty-404", "unavailable"],
  ["413", "rejected"],
  ["401-expired", "refused"],
];

/** No file says more than the files it is the mark of. */
function expectNoJsonAhead(stored: Files): void {
  const [report, market, marketJson, json] = NAMES.map((name) => revisionOf(stored[name]));
  expect(marketJson).toBeLessThanOrEqual(market!);
  expect(json).toBeLessThanOrEqual(Math.min(report!, market!, marketJson!));
}

test.each(LASTING.flatMap(([fault, kind]) => NAMES.map((name): [FaultKind, Name, string] => [fault, name, kind])))(
  "P31: %s at %s leaves no JSON that is newer than the rest, and the next delivery completes the set",
  async (fault, name, kind) => {
    await using bench = await openStorageBench(project);
    bench.files.set(USER, setOf(1));
    await bench.deliver();
    bench.files.set(USER, setOf(2));
    project.faults.during(({ key }) => key?.endsWith(name) ?? false, fault);
    const result = await bench.deliver();
    expect(result).toMatchObject({ state: "failed", uploaded: NAMES.indexOf(name), failure: { kind } });
    expect(JSON.stringify([result, await bench.noted()])).not.toContain(project.serviceKey);
    project.faults.clear();
    expectNoJsonAhead(await bench.stored());

    const after = await bench.deliver();
    expect(after).toMatchObject({ state: "delivered", uploaded: NAMES.length - NAMES.indexOf(name) });
    expect(await bench.stored()).toEqual(setOf(2));
  },
);

test("P31: content that came back to what it was is sent when an answer in between was lost", async () => {
  await using bench = await openStorageBench(project);
  bench.files.set(USER, setOf(1));
  await bench.deliver();
  bench.files.set(USER, setOf(2));
  project.faults.during(({ key }) => key?.endsWith("portfolio_analisis.json") ?? false, "reset-after-commit");
  await bench.deliver();
  project.faults.clear();
  expect(revisionOf((await bench.stored())["portfolio_analisis.json"])).toBe(2);
  bench.files.set(USER, setOf(1));
  await bench.deliver();
  expect(await bench.stored()).toEqual(setOf(1));
});

test("a hung Storage ends the unit by the time limit", async () => {
  await using bench = await openStorageBench(project);
  bench.files.set(USER, setOf(1));
  project.faults.during(({ service }) => service === "storage", "hang");
  const result = await bench.deliver({ environment: { MIRROR_TIMEOUT_MS: "16000" } });
  expect(result).toMatchObject({ state: "failed", uploaded: 0, failure: { kind: "unavailable", code: "timeout" } });
});

type Step =
  | { do: "write"; name: Name; text: "a" | "b" }
  | { do: "lose"; name: Name }
  | { do: "deliver"; fault?: FaultKind; at: number; crashAt?: number };

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant("write" as const), name: fc.constantFrom(...NAMES), text: fc.constantFrom("a", "b") }),
  fc.record({ do: fc.constant("lose" as const), name: fc.constantFrom(...NAMES) }),
  fc.record(
    {
      do: fc.constant("deliver" as const),
      fault: fc.constantFrom<FaultKind[]>("503", "reset-after-commit", "reset", "truncated-json", "413"),
      at: fc.nat(4),
      crashAt: fc.nat(8),
    },
    { requiredKeys: ["do", "at"] },
  ),
);

test("P31: whatever changes, fails and crashes, afterwards Storage holds what is here, and a second delivery sends nothing", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(anyStep, { minLength: 1, maxLength: 14 }), async (steps) => {
      await using bench = await openStorageBench(project);
      await clearFolder(bench);
      for (const step of steps) await take(bench, step);
      project.faults.clear();
      expect(await bench.deliver()).toMatchObject({ state: "delivered" });
      expect(await bench.stored()).toEqual(bench.files.get(USER) ?? {});
      expect(await bench.deliver()).toEqual({ state: "delivered", uploaded: 0, removed: 0 });
    }),
    { numRuns: 30 },
  );
}, 60_000);

async function take(bench: StorageBench, step: Step): Promise<void> {
  const files = { ...bench.files.get(USER) };
  if (step.do === "write") bench.files.set(USER, { ...files, [step.name]: step.text });
  if (step.do === "lose") {
    delete files[step.name];
    bench.files.set(USER, files);
  }
  if (step.do !== "deliver") return;
  let request = 0;
  if (step.fault) project.faults.during(({ service }) => service === "storage" && request++ >= step.at, step.fault);
  const db = step.crashAt === undefined ? bench.db : crashingAt(bench.db, step.crashAt);
  await bench.deliver({ db }).catch((thrown: Error) => {
    if (thrown.message !== "killed") throw thrown;
  });
  project.faults.clear();
}

/** A store whose process ends at the n-th write. */
function crashingAt(db: Database, writes: number): Database {
  let left = writes;
  return { ...db, write: (work) => (left-- > 0 ? db.write(work) : Promise.reject(new Error("killed"))) };
}

async function clearFolder(bench: StorageBench): Promise<void> {
  await using fresh = await openStorageBench(bench.project);
  await fresh.deliver();
}

test("a key of no known form that Storage repeats is noted nowhere", async () => {
  const key = "my-own-gateway-key-0123456789abcdef";
  const told = (request: Request) =>
    `you sent ${request.headers.get("apikey")} / ${request.headers.get("authorization")}`;
  const echo = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: (request) => Response.json({ statusCode: "400", code: "X", message: told(request) }, { status: 400 }),
  });
  try {
    await using bench = await openStorageBench(project);
    bench.files.set(USER, setOf(1));
    const environment = { SUPABASE_URL: `http://127.0.0.1:${echo.port}`, SUPABASE_SERVICE_ROLE_KEY: key };
    const { failure } = await bench.deliver({ environment });
    expect(failure?.message).toContain("you sent ***");
    expect(JSON.stringify([failure, await bench.noted()])).not.toContain(key);
  } finally {
    await echo.stop(true);
  }
});
