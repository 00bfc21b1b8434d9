import type { Action, Screen } from "./keys.ts";

/** Screens of two lists, and these. */
const PANES = {
  overview: ["jobs", "scores"],
  portfolio: ["candidates", "users"],
  sync: ["streams", "letters"],
} as const;

export type ListScreen = keyof typeof PANES;
export type Pane = (typeof PANES)[ListScreen][number];

/** Where the operator is. Selections are clamped when used, because lists change under them. */
export interface Navigation {
  screen: ListScreen | "log";
  help: boolean;
  /** The list that keys move in, on each screen. */
  pane: { [Name in ListScreen]: (typeof PANES)[Name][number] };
  selected: Record<Pane, number>;
  /** Where a log was opened, and where one gets back to. */
  home: ListScreen;
  /** Run whose log is open. */
  runId: number | null;
  /** Number of the log line at the bottom; null is the end, and follows it. */
  lastLine: number | null;
}

/** The screen that keys belong to. */
export const screenOf = ({ screen, help }: Navigation): Screen => (help ? "help" : screen);

/** The list in view, or behind the log. */
export const paneOf = ({ pane, home }: Navigation): Pane => pane[home];

/** What the lists hold at the moment of a key press. */
export interface Surroundings {
  counts: Record<Pane, number>;
  /** Rows of the list or log in view: the step of a page. */
  pageRows: number;
  /** Lines of the open log so far. */
  logLines: number;
  /** Newest run of what is selected. */
  newestRunId: number | null;
  /** Runs of the open log's job, newest first. */
  siblingRunIds: readonly number[];
}

export const START: Navigation = {
  screen: "overview",
  help: false,
  pane: { overview: "jobs", portfolio: "candidates", sync: "streams" },
  selected: { jobs: 0, scores: 0, candidates: 0, users: 0, streams: 0, letters: 0 },
  home: "overview",
  runId: null,
  lastLine: null,
};

/** The next place after an action. `quit` is not a place: it is the caller's. */
export function navigate(at: Navigation, action: Action, around: Surroundings): Navigation {
  if (action === "help") return { ...at, help: !at.help };
  // Nothing moves unseen behind the help.
  if (at.help) return { ...at, help: action !== "back" };
  if (action === "overview" || action === "portfolio" || action === "sync") return goTo(action, at);
  return at.screen === "log" ? navigateLog(at, action, around) : navigateList(at, at.screen, action, around);
}

const goTo = (screen: ListScreen, at: Navigation): Navigation => ({
  ...at,
  screen,
  home: screen,
  runId: null,
  lastLine: null,
});

function navigateList(at: Navigation, screen: ListScreen, action: Action, around: Surroundings): Navigation {
  const pane = at.pane[screen];
  if (action === "back") return goTo("overview", at);
  if (action === "switchPane") {
    const [first, second] = PANES[screen];
    return { ...at, pane: { ...at.pane, [screen]: pane === first ? second : first } };
  }
  if (action === "open" && pane !== "scores" && around.newestRunId !== null)
    return { ...at, screen: "log", runId: around.newestRunId, lastLine: null };
  const last = Math.max(0, around.counts[pane] - 1);
  const current = Math.min(at.selected[pane], last);
  const target = clamp(current + stepOf(action, around.pageRows), last);
  return { ...at, selected: { ...at.selected, [pane]: target } };
}

function navigateLog(at: Navigation, action: Action, around: Surroundings): Navigation {
  if (action === "back") return goTo(at.home, at);
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
