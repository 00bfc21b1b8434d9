import type { Column } from "./pick-columns.ts";

export type ScoreColumn =
  | "ticker"
  | "verdict"
  | "score"
  | "change"
  | "trend"
  | "confidence"
  | "coverage"
  | "price"
  | "target"
  | "risk"
  | "barDate"
  | "company";

const fixed = (name: ScoreColumn, title: string, width: number, priority: number, align: "left" | "right" = "right") =>
  ({ name, title, minWidth: width, maxWidth: width, align, priority }) satisfies Column<ScoreColumn>;

/** Columns of the score table, left to right; a narrow terminal keeps those of low priority numbers. */
export const SCORE_COLUMNS: readonly Column<ScoreColumn>[] = [
  { name: "ticker", title: "Ticker", minWidth: 6, maxWidth: 7, align: "left", priority: 0 },
  { name: "company", title: "Company", minWidth: 14, maxWidth: 32, align: "left", priority: 12 },
  fixed("verdict", "Verdict", 8, 1, "left"),
  fixed("score", "Score", 5, 2),
  fixed("change", "Chg", 5, 3),
  { name: "trend", title: "Trend", minWidth: 12, maxWidth: 20, align: "left", priority: 4 },
  fixed("confidence", "Conf", 4, 5),
  fixed("coverage", "Cover", 5, 6),
  fixed("price", "Price", 12, 9),
  fixed("target", "Target", 10, 11),
  fixed("risk", "Risk", 6, 10, "left"),
  fixed("barDate", "Bar date", 10, 13, "left"),
];
