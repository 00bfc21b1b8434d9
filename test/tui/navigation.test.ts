import { describe, expect, test } from "bun:test";
import type { Key } from "ink";
import { actionOf, KEY_BINDINGS, type Screen } from "../../src/tui/keys.ts";
import { type Navigation, navigate, START, type Surroundings } from "../../src/tui/navigation.ts";

const AROUND: Surroundings = {
  counts: { jobs: 5, scores: 30 },
  pageRows: 10,
  logLines: 100,
  newestRunId: 41,
  siblingRunIds: [41, 40, 39],
};
const LOG: Navigation = { ...START, screen: "log", runId: 41 };
const noKey = {} as Key;

describe("navigate", () => {
  test("pages through the scores without leaving the list", () => {
    const scores: Navigation = { ...START, pane: "scores" };
    const down = navigate(scores, "pageDown", AROUND);
    expect(down.selected.scores).toBe(10);
    expect(navigate({ ...down, selected: { jobs: 0, scores: 28 } }, "pageDown", AROUND).selected.scores).toBe(29);
    expect(navigate(scores, "pageUp", AROUND).selected.scores).toBe(0);
  });

  test("a selection beyond a list that has shrunk moves from its new end", () => {
    const far: Navigation = { ...START, selected: { jobs: 50, scores: 0 } };
    expect(navigate(far, "up", AROUND).selected.jobs).toBe(3);
    expect(navigate(far, "down", { ...AROUND, counts: { jobs: 0, scores: 0 } }).selected.jobs).toBe(0);
  });

  test("enter opens the newest run of a job, and nothing where there is none", () => {
    expect(navigate(START, "open", AROUND)).toEqual({ ...START, screen: "log", runId: 41 });
    expect(navigate(START, "open", { ...AROUND, newestRunId: null })).toEqual(START);
    expect(navigate({ ...START, pane: "scores" }, "open", AROUND).screen).toBe("overview");
  });

  test("a log follows its end until it is scrolled up, and again from the end", () => {
    const up = navigate(LOG, "pageUp", AROUND);
    expect(up.lastLine).toBe(90);
    expect(navigate(up, "pageDown", AROUND).lastLine).toBeNull();
    expect(navigate(LOG, "first", AROUND).lastLine).toBe(10);
    expect(navigate(LOG, "up", { ...AROUND, logLines: 5 }).lastLine).toBeNull();
  });

  test("another run's log starts at its end", () => {
    const older = navigate({ ...LOG, lastLine: 20 }, "olderRun", AROUND);
    expect(older).toEqual({ ...LOG, runId: 40 });
    expect(navigate(LOG, "newerRun", AROUND)).toEqual(LOG);
    expect(navigate({ ...LOG, runId: 7 }, "olderRun", AROUND).runId).toBe(7);
  });

  test("nothing moves behind the help", () => {
    const helped = { ...START, help: true };
    for (const action of ["down", "open", "switchPane", "last"] as const)
      expect(navigate(helped, action, AROUND)).toEqual(helped);
    expect(navigate(helped, "help", AROUND)).toEqual(START);
    expect(navigate(helped, "back", AROUND)).toEqual(START);
  });
});

describe("keys", () => {
  test("no key means two things on one screen", () => {
    for (const screen of ["overview", "log", "help"] satisfies Screen[]) {
      const keys = KEY_BINDINGS.filter((binding) => binding.screens.includes(screen)).flatMap(
        (binding) => binding.keys,
      );
      expect(new Set(keys).size).toBe(keys.length);
    }
  });

  test("ctrl and meta combinations and unknown keys mean nothing", () => {
    expect(actionOf("q", { ...noKey, ctrl: true }, "overview")).toBeUndefined();
    expect(actionOf("j", { ...noKey, meta: true }, "overview")).toBeUndefined();
    expect(actionOf("x", noKey, "overview")).toBeUndefined();
    expect(actionOf("", noKey, "overview")).toBeUndefined();
    expect(actionOf("h", noKey, "overview")).toBeUndefined();
    expect(actionOf("h", noKey, "log")).toBe("olderRun");
  });
});
