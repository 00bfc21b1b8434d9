import { describe, expect, test } from "bun:test";
import type { Key } from "ink";
import { actionOf, KEY_BINDINGS, type Screen } from "../../src/tui/keys.ts";
import { type Navigation, navigate, paneOf, START, type Surroundings } from "../../src/tui/navigation.ts";

const AROUND: Surroundings = {
  counts: { jobs: 5, scores: 30, candidates: 20, users: 4, streams: 12, letters: 3 },
  pageRows: 10,
  logLines: 100,
  newestRunId: 41,
  siblingRunIds: [41, 40, 39],
};
const LOG: Navigation = { ...START, screen: "log", runId: 41 };
const SCORES: Navigation = { ...START, pane: { ...START.pane, overview: "scores" } };
const PORTFOLIO: Navigation = { ...START, screen: "portfolio", home: "portfolio" };
const noKey = {} as Key;

describe("navigate", () => {
  test("pages through the scores without leaving the list", () => {
    const down = navigate(SCORES, "pageDown", AROUND);
    expect(down.selected.scores).toBe(10);
    const nearEnd = { ...down, selected: { ...START.selected, scores: 28 } };
    expect(navigate(nearEnd, "pageDown", AROUND).selected.scores).toBe(29);
    expect(navigate(SCORES, "pageUp", AROUND).selected.scores).toBe(0);
  });

  test("a selection beyond a list that has shrunk moves from its new end", () => {
    const far: Navigation = { ...START, selected: { ...START.selected, jobs: 50 } };
    expect(navigate(far, "up", AROUND).selected.jobs).toBe(3);
    expect(navigate(far, "down", { ...AROUND, counts: { ...AROUND.counts, jobs: 0 } }).selected.jobs).toBe(0);
  });

  test("enter opens the newest run of a job, and nothing where there is none", () => {
    expect(navigate(START, "open", AROUND)).toEqual({ ...START, screen: "log", runId: 41 });
    expect(navigate(START, "open", { ...AROUND, newestRunId: null })).toEqual(START);
    expect(navigate(SCORES, "open", AROUND).screen).toBe("overview");
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

  test("1 and 2 change the screen, from a log too, and each list keeps its place", () => {
    const there = navigate({ ...SCORES, selected: { ...START.selected, scores: 7 } }, "portfolio", AROUND);
    expect(there).toMatchObject({ screen: "portfolio", home: "portfolio", runId: null });
    const users = navigate(navigate(there, "switchPane", AROUND), "last", AROUND);
    expect([paneOf(users), users.selected.users]).toEqual(["users", 3]);
    const back = navigate(users, "back", AROUND);
    expect([back.screen, paneOf(back), back.selected.scores, back.selected.users]).toEqual([
      "overview",
      "scores",
      7,
      3,
    ]);
    expect(navigate({ ...LOG, lastLine: 5 }, "portfolio", AROUND)).toMatchObject({ screen: "portfolio", runId: null });
  });

  test("a log goes back to the screen it was opened on", () => {
    const log = navigate(PORTFOLIO, "open", AROUND);
    expect(log).toMatchObject({ screen: "log", runId: 41 });
    expect(navigate(log, "back", AROUND).screen).toBe("portfolio");
    expect(navigate(LOG, "back", AROUND).screen).toBe("overview");
  });

  test("nothing moves behind the help", () => {
    const helped = { ...START, help: true };
    for (const action of ["down", "open", "switchPane", "last", "portfolio"] as const)
      expect(navigate(helped, action, AROUND)).toEqual(helped);
    expect(navigate(helped, "help", AROUND)).toEqual(START);
    expect(navigate(helped, "back", AROUND)).toEqual(START);
  });
});

describe("keys", () => {
  test("no key means two things on one screen", () => {
    for (const screen of ["overview", "portfolio", "sync", "log", "help"] satisfies Screen[]) {
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
