import type { Key } from "ink";

export type Action =
  | "quit"
  | "help"
  | "down"
  | "up"
  | "pageDown"
  | "pageUp"
  | "first"
  | "last"
  | "switchPane"
  | "overview"
  | "portfolio"
  | "sync"
  | "open"
  | "back"
  | "olderRun"
  | "newerRun"
  | MirrorAction;

/** What changes the mirror, and moves nothing on the screen. */
export type MirrorAction = "flush" | "pause" | "replay" | "discard";

export type Screen = "overview" | "portfolio" | "sync" | "log" | "help";

export interface KeyBinding {
  action: Action;
  /** Characters and names of Ink's `Key` flags that trigger it. */
  keys: readonly string[];
  /** As people read it. */
  label: string;
  about: string;
  screens: readonly Screen[];
  /** One word for the footer; without it the key is only in the help. */
  hint?: string;
}

const TWO_LISTS: readonly Screen[] = ["overview", "portfolio", "sync"];
const LISTS: readonly Screen[] = [...TWO_LISTS, "log"];
const EVERYWHERE: readonly Screen[] = [...LISTS, "help"];

/** Every key of the dashboard; the help and the footer are made from it. */
export const KEY_BINDINGS: readonly KeyBinding[] = [
  { action: "quit", keys: ["q"], label: "q", about: "quit the dashboard", screens: EVERYWHERE, hint: "quit" },
  { action: "help", keys: ["?"], label: "?", about: "show or hide this help", screens: EVERYWHERE, hint: "help" },
  { action: "down", keys: ["j", "downArrow"], label: "j ↓", about: "next line", screens: LISTS, hint: "down" },
  { action: "up", keys: ["k", "upArrow"], label: "k ↑", about: "previous line", screens: LISTS, hint: "up" },
  { action: "pageDown", keys: ["pageDown", " "], label: "space PgDn", about: "next page", screens: LISTS },
  { action: "pageUp", keys: ["pageUp", "b"], label: "b PgUp", about: "previous page", screens: LISTS },
  { action: "first", keys: ["g", "home"], label: "g Home", about: "first line", screens: LISTS },
  {
    action: "last",
    keys: ["G", "end"],
    label: "G End",
    about: "last line; a log is followed from here",
    screens: LISTS,
  },
  {
    action: "switchPane",
    keys: ["tab"],
    label: "tab",
    about: "the screen's other list",
    screens: TWO_LISTS,
    hint: "pane",
  },
  {
    action: "open",
    keys: ["return"],
    label: "enter",
    about: "log of the newest run: of the job, the cycle, the delivery",
    screens: TWO_LISTS,
    hint: "log",
  },
  {
    action: "olderRun",
    keys: ["h", "leftArrow"],
    label: "h ←",
    about: "the job's run before this one",
    screens: ["log"],
    hint: "older",
  },
  {
    action: "newerRun",
    keys: ["l", "rightArrow"],
    label: "l →",
    about: "the job's run after this one",
    screens: ["log"],
    hint: "newer",
  },
  { action: "flush", keys: ["f"], label: "f", about: "send everything owed now", screens: ["sync"], hint: "flush" },
  { action: "pause", keys: ["p"], label: "p", about: "pause or resume the mirror", screens: ["sync"], hint: "pause" },
  {
    action: "replay",
    keys: ["r"],
    label: "r",
    about: "send a dead letter again",
    screens: ["sync"],
    hint: "replay",
  },
  {
    action: "discard",
    keys: ["d"],
    label: "d",
    about: "give it up; asks first",
    screens: ["sync"],
    hint: "discard",
  },
  {
    action: "back",
    keys: ["escape", "backspace"],
    label: "esc",
    about: "back",
    screens: ["portfolio", "sync", "log", "help"],
    hint: "back",
  },
  {
    action: "overview",
    keys: ["1"],
    label: "1",
    about: "jobs, scores, alerts and budgets",
    screens: ["portfolio", "sync", "log"],
    hint: "overview",
  },
  {
    action: "portfolio",
    keys: ["2"],
    label: "2",
    about: "markets, candidates and portfolios",
    screens: ["overview", "sync", "log"],
    hint: "portfolio",
  },
  {
    action: "sync",
    keys: ["3"],
    label: "3",
    about: "what Supabase is owed and has refused",
    screens: ["overview", "portfolio", "log"],
    hint: "sync",
  },
];

/** What a key press means on a screen; undefined for keys without a meaning. Combinations with ctrl or meta have none. */
export function actionOf(input: string, key: Key, screen: Screen): Action | undefined {
  if (key.ctrl || key.meta) return undefined;
  return KEY_BINDINGS.find((binding) => binding.screens.includes(screen) && binding.keys.some(isPressed))?.action;

  function isPressed(name: string): boolean {
    return name === input || (name.length > 1 && key[name as keyof Key] === true);
  }
}

const MIRROR_ACTIONS: readonly string[] = ["flush", "pause", "replay", "discard"] satisfies MirrorAction[];

export const isMirrorAction = (action: Action): action is MirrorAction => MIRROR_ACTIONS.includes(action);
