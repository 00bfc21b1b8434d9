import type { Column } from "./pick-columns.ts";

export type CandidateColumn = "rank" | "symbol" | "market" | "radar" | "score" | "price" | "trend";

/** Columns of the candidates, left to right; a narrow terminal keeps those of low priority numbers. */
export const CANDIDATE_COLUMNS: readonly Column<CandidateColumn>[] = [
  { name: "rank", title: "#", minWidth: 2, maxWidth: 2, align: "right", priority: 1 },
  { name: "symbol", title: "Symbol", minWidth: 7, maxWidth: 10, align: "left", priority: 0 },
  { name: "market", title: "Market", minWidth: 7, maxWidth: 7, align: "left", priority: 6 },
  // The longest of their names.
  { name: "radar", title: "Radar", minWidth: 17, maxWidth: 17, align: "left", priority: 2 },
  { name: "score", title: "Score", minWidth: 5, maxWidth: 5, align: "right", priority: 3 },
  { name: "price", title: "Price", minWidth: 9, maxWidth: 10, align: "right", priority: 4 },
  // As many closes as the dashboard reads.
  { name: "trend", title: "Closes", minWidth: 11, maxWidth: 60, align: "left", priority: 5 },
];
