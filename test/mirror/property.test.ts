import { afterAll, beforeAll, expect, test } from "bun:test";
import fc from "fast-check";
import { openSupabase, type TestSupabase } from "../support/supabase/index.ts";
import {
  type Code,
  type Cut,
  cutOut,
  live,
  loadCode,
  REMOTE_SCHEMA,
  type Step,
  steps,
  withoutSafeguard,
} from "./model.ts";

/** Lives of the product as it is, and at most so many until a missing safeguard has to show. */
const LIVES = 35;
const LIVES_TO_FAIL = 40;
const SEED = 20_260_302;

const parent = { do: "write", write: { kind: "parent", id: 0, bad: false } } as const;
const drain: Extract<Step, { do: "drain" }> = {
  do: "drain",
  all: false,
  during: [],
  crash: undefined,
  late: undefined,
};
const flush = { ...drain, all: true };
const lost = { as: "network", calls: 1 } as const;
/** Short lives in which one safeguard matters; random ones follow. */
const EXAMPLES: [Step[]][] = [
  [[parent, { ...drain, during: [parent.write] }, drain]],
  [[parent, { ...drain, late: lost }, parent, drain]],
  [[parent, { ...drain, late: lost }, parent, flush]],
  [[parent, { ...flush, late: { as: "timeout", calls: 2 } }, parent, flush, parent, flush]],
  [[parent, { ...flush, late: lost, crash: { point: "after call", nth: 1 } }, parent, flush]],
  [[parent, { do: "fault", fault: "empty-404", times: 1 }, drain]],
  [[parent, { do: "fault", fault: "401-expired", times: 1 }, drain]],
  [[parent, { do: "fault", fault: "reset", times: 5 }, drain]],
  [[parent, { ...drain, crash: { point: "before call", nth: 1 } }]],
  [[parent, { ...drain, crash: { point: "after call", nth: 1 } }]],
  [[parent, drain, { do: "write", write: { kind: "drop parent", id: 0 } }]],
  [[{ do: "write", write: { kind: "parent", id: 0, bad: true } }, drain]],
];

let supabase: TestSupabase;
beforeAll(async () => {
  supabase = await openSupabase({ database: "bare" });
  await supabase.sql.unsafe(REMOTE_SCHEMA);
});
afterAll(() => supabase[Symbol.asyncDispose]());

const holds = (code: Code) =>
  fc.asyncProperty(steps, async (life: Step[]) => {
    const problems = await live(code, supabase, life);
    if (problems.length > 0) throw new Error(problems.join("\n"));
  });

test("shown by 2: whatever is written, goes wrong or dies, in the end both sides are equal and no revision went back", async () => {
  await fc.assert(holds(await loadCode()), { numRuns: LIVES, seed: SEED, examples: EXAMPLES, endOnFailure: true });
}, 180_000);

const SAFEGUARDS: Record<string, readonly Cut[]> = {
  "a key is settled only at the change that was sent": [["outbox/owed.ts", "and o.seq = j.value ->> 1)`", ")`"]],
  "nothing is settled before it is accepted": [
    [
      "delivery/deliver-rows.ts",
      "const failure = await sendPart(turn, change, part);",
      "await settlePart(turn, change, part); const failure = await sendPart(turn, change, part);",
    ],
  ],
  "a refused row becomes a dead letter": [
    ["delivery/file-letters.ts", "await saveDeadLetters(tx, letters, { ids: parts.ids, now })", "[]"],
  ],
  "a call whose end is unknown is no success": [
    ["delivery/deliver-rows.ts", "if (!failure) {", 'if (!failure || failure.kind === "unavailable") {'],
  ],
  "an empty 404 is no success": [
    ["remote/door-fetch.ts", 'if (status === 404 && !text.trimStart().startsWith("{"))', "if (text === undefined)"],
    ["remote/tables.ts", "return count === rows.length ? undefined :", "return rows ? undefined :"],
    ["remote/tables.ts", "if (count === null) return uncounted(", "if (count === undefined) return uncounted("],
  ],
  "a key without a row is a deletion": [
    ["delivery/deliver-rows.ts", "turn.hasDeletions ||= items.some(({ row }) => row === undefined);", ""],
  ],
  "after an unknown end nothing newer is sent for a minute": [
    ["delivery/stream-state.ts", "UNCLEAR_HOLD_MS = seconds(60)", "UNCLEAR_HOLD_MS = seconds(0)"],
  ],
  "after an unknown end a flush waits too": [
    [
      "delivery/due.ts",
      "(all || state.blockedReason === null)) return",
      "!all && state.blockedReason === null) return",
    ],
  ],
  "after a crash a flush waits too": [
    ["delivery/due.ts", "if (wasCutOff(state, now)) return", "if (!all && wasCutOff(state, now)) return"],
  ],
  "a call that ran out of time here may still be at work there": [
    ["remote/failure.ts", '|| (kind === "slow" && code !== "57014")', ""],
  ],
  "a refused key loses nothing": [
    ["delivery/deliver-rows.ts", "if (!failure) {", 'if (!failure || failure.kind === "refused") {'],
  ],
};

test("a safeguard is taken out whatever its line breaks, and one that is not there is an error", () => {
  const source = "if (\n  a &&\n  b(c)\n) return;\nif (d) return;";
  expect(cutOut(source, "x.ts", ["a && b(c)", "false"])).toBe("if (\n  false\n) return;\nif (d) return;");
  expect(() => cutOut(source, "x.ts", ["a && b(x)", "false"])).toThrow('x.ts has "a && b(x)" 0 times');
  expect(() => cutOut(source, "x.ts", ["return;", ""])).toThrow("2 times");
});

for (const [safeguard, cuts] of Object.entries(SAFEGUARDS))
  test(`shown by 2: the property fails without this: ${safeguard}`, async () => {
    const result = await withoutSafeguard(cuts, async (code) =>
      fc.check(holds(code), { numRuns: LIVES_TO_FAIL, seed: SEED, examples: EXAMPLES, endOnFailure: true }),
    );
    // What is wrong is a difference, not a crash of the test.
    expect(result.failed && String(result.errorInstance)).toMatch(
      /parents: |children: |older over newer|does not empty/,
    );
  }, 180_000);
