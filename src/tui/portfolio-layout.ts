import { FRAME_ROWS, HALVES_GAP, mainColumnsOf } from "./overview-layout.ts";

/** Title, and two rows a market. */
const MARKETS_ROWS = 5;
/** Title and column titles above the candidates. */
export const CANDIDATES_HEADING_ROWS = 2;
/** Title, the last cycle and column titles above the users. */
export const USERS_HEADING_ROWS = 3;

export interface PortfolioLayout {
  /** Candidates beside the rest instead of between markets and users: on a wide terminal that is too low for all of them. */
  sideBySide: boolean;
  /** Columns of markets and users. */
  mainColumns: number;
  candidateColumns: number;
  /** Rows of each list, without what is above it. */
  rows: Record<"candidates" | "users", number>;
}

/** Shares the screen between the two lists, which want a row for each entry; never gives out more rows than there are. */
export function layOutPortfolio(
  { columns, rows }: { columns: number; rows: number },
  wanted: Record<"candidates" | "users", number>,
): PortfolioLayout {
  const mainFree = Math.max(0, rows - FRAME_ROWS - MARKETS_ROWS - USERS_HEADING_ROWS);
  const free = Math.max(0, mainFree - CANDIDATES_HEADING_ROWS);
  const fits = wanted.candidates + wanted.users <= free;
  const mainColumns = fits ? columns : mainColumnsOf(columns);
  if (mainColumns < columns)
    return {
      sideBySide: true,
      mainColumns,
      candidateColumns: columns - mainColumns - HALVES_GAP,
      rows: { candidates: mainFree + MARKETS_ROWS + USERS_HEADING_ROWS - CANDIDATES_HEADING_ROWS, users: mainFree },
    };
  const usersFirst = Math.min(wanted.users, Math.max(1, Math.floor(free / 3)));
  const candidates = Math.min(wanted.candidates, Math.max(0, free - usersFirst));
  const users = Math.min(wanted.users, free - candidates);
  return { sideBySide: false, mainColumns, candidateColumns: columns, rows: { candidates, users } };
}
