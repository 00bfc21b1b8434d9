import type { Action, Screen } from "./keys.ts";

export type Pane = "jobs" | "scores";

/** Where the operator is. Selections are clamped when used, because lists change under them. */
export interface Navigation {
  screen: Exclude<Screen, "help">;
  help: boolean;
  pane: Pane;
  selected: Record<Pane, number>;
  /** Run whose log is open. */
  runId: number | null;
  /** Number of the log line at the bottom; null is the end, and follows it. */
  lastLine: number | null;
}

/** The screen that keys belong to. */
export const screenOf = ({ screen, help }: Navigation): Screen => (help ? "help" : screen);

/** What the lists hold at the moment of a key press. */
export interface Surroundings {
  counts: Record<Pane, number>;
  /** Rows of the list or log in view: the step of a page. */
  pageRows: number;
  /** Lines of the open log so far. */
  logLines: number;
  /** Newest run of the selected job. */
  newestRunId: number | null;
  /** Runs of the open log's job, newest first. */
  siblingRunIds: readonly number[];
}

export const START: Navigation = {
  screen: "overview",
  help: false,
  pane: "jobs",
  selected: { jobs: 0, scores: 0 },
  runId: null,
  lastLine: null,
};

/** The next place after an action. `quit` is not a place: it is the caller's. */
export function navigate(at: Navigation, action: Action, around: Surroundings): Navigation {
  if (action === "help") return { ...at, help: !at.help };
  // Nothing moves unseen behind the help.
  if (at.help) return { ...at, help: action !== "back" };
  return at.screen === "log" ? navigateLog(at, action, around) : navigateOverview(at, action, around);
}

function navigateOverview(at: Navigation, action: Action, around: Surroundings): Navigation {
  if (action === "switchPane") return { ...at, pane: at.pane === "jobs" ? "scores" : "jobs" };
  if (action === "open" && at.pane === "jobs" && around.newestRunId !== null)
    return { ...at, screen: "log", runId: around.newestRunId, lastLine: null };
  const last = Math.max(0, around.counts[at.pane] - 1);
  const current = Math.min(at.selected[at.pane], last);
  const target = clamp(current + stepOf(action, around.pageRows), last);
  return { ...at, selected: { ...at.selected, [at.pane]: target } };
}

function navigateLog(at: Navigation, action: Action, around: Surroundings): Navigation {
  if (action === "back") return { ...at, screen: "overview", runId: null, lastLine: null };
  if (action === "olderRun") return openSibling(at, around, 1);
  if (action === "newerRun") return openSibling(at, around, -1);
  const current = at.lastLine ?? around.logLines;
  const highest = Math.min(around.logLines, around.pageRows);
  const target = Math.max(highest, current + stepOf(action, around.pageRows));
  return { ...at, lastLine: target >= around.logLines ? null : target };
}

function openSibling(at: Navigation, around: Surroundings, step: number): Navigation {
  const index = at.runId === null ? -1 : around.siblingRunIds.indexOf(at.runId);
  const runId = around.siblingRunIds[index + step];
  return index === -1 || runId === undefined ? at : { ...at, runId, lastLine: null };
}

/** Rows that an action moves down. */
function stepOf(action: Action, pageRows: number): number {
  const steps: Partial<Record<Action, number>> = {
    down: 1,
    up: -1,
    pageDown: pageRows,
    pageUp: -pageRows,
    first: Number.NEGATIVE_INFINITY,
    last: Number.POSITIVE_INFINITY,
  };
  return steps[action] ?? 0;
}

const clamp = (value: number, most: number): number => Math.min(Math.max(value, 0), most);
