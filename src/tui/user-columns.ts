import type { Column } from "./pick-columns.ts";

export type UserColumn = "user" | "state" | "assets" | "failed" | "files" | "problem";

const ID_START = 8;
const ID_END = 4;
const ID_WIDTH = ID_START + 1 + ID_END;

const figure = (name: UserColumn, title: string, priority: number): Column<UserColumn> => ({
  name,
  title,
  minWidth: title.length,
  maxWidth: title.length,
  align: "right",
  priority,
});

/** Columns of the users' results, left to right. */
export const USER_COLUMNS: readonly Column<UserColumn>[] = [
  { name: "user", title: "User", minWidth: ID_WIDTH, maxWidth: ID_WIDTH, align: "left", priority: 0 },
  { name: "state", title: "State", minWidth: 7, maxWidth: 7, align: "left", priority: 1 },
  figure("assets", "Assets", 2),
  figure("failed", "Failed", 3),
  figure("files", "Files", 4),
  { name: "problem", title: "Problem", minWidth: 10, maxWidth: 200, align: "left", priority: 5 },
];

/** Enough of an id to tell it from the others: its start and its end (`5a3b1e00…0001`). */
export const shortenId = (id: string): string =>
  id.length <= ID_WIDTH ? id : `${id.slice(0, ID_START)}…${id.slice(-ID_END)}`;
