import { yieldToEventLoop } from "../../../kit/clock.ts";
import { VigiaError } from "../../../kit/errors.ts";
import { type Lot, MAX_ASSETS } from "./portfolio-writes.ts";
import { type Position, readPosition } from "./position-line.ts";
import { linesOf, readHeader } from "./positions-csv.ts";
import type { ProblemList } from "./problem-list.ts";

/** What a file says of one user. */
export interface UserPositions {
  userId: string;
  email: string | null;
  firstName: string | null;
  lastName: string | null;
  /** By name, both in the order of the file. */
  portfolios: Map<string, Lot[]>;
  /** Lots in `portfolios`. */
  lots: number;
  /** Lines beyond what a user may hold. */
  beyond: number;
}

export interface ReadOptions {
  /** Named in problems. */
  file: string;
  /** The one user of the file; without it the file's column says whose each line is. */
  userId?: string | undefined;
  /** Of lines that name none. */
  portfolio: string;
  problems: ProblemList;
}

const MAX_LINES = 1_000_000;
/** Users of one file: each is a transaction, and all that a file says of them is in memory at once. */
const MAX_USERS = 20_000;
/** Lines between two turns of other work. */
const LINES_A_TURN = 5_000;

/**
 * The positions of a CSV text by user. A line with a fault is told and left out. Errors, with which nothing is read:
 * `bad_csv` (binary), `bad_header`, `too_many_lines`, `too_many_users`, `user_missing`.
 */
export async function readPositions(
  text: string,
  options: ReadOptions,
): Promise<{ rows: number; users: Map<string, UserPositions> }> {
  const { file, userId, problems } = options;
  if (text.includes("\0"))
    throw new VigiaError("bad_csv", `${file} is not a text file.`, { hint: "Export it as CSV in UTF-8." });
  const lines = linesOf(text);
  const first = lines.next();
  if (first.done)
    throw new VigiaError("bad_header", `${file} is empty.`, { hint: "Its first line names the columns." });
  const header = readHeader(first.value.text, file);
  if (userId === undefined && !header.columns.includes("userId"))
    throw new VigiaError("user_missing", `${file} does not say whose positions these are.`, {
      hint: "Name the user, or add a column user_id.",
    });
  for (const column of header.unknown) problems.add(`${file}: the column ${column} is not known and was left out.`);
  const users = new Map<string, UserPositions>();
  let rows = 0;
  for (const line of lines) {
    if (++rows > MAX_LINES) throw tooManyLines(file);
    if (rows % LINES_A_TURN === 0) await yieldToEventLoop();
    const read = readPosition(line.text, header);
    const problem = "problem" in read ? read.problem : take(users, read.position, options);
    if (problem) problems.add(`${file} line ${line.number}: ${problem}`);
    if (users.size > MAX_USERS) throw tooManyUsers(file);
  }
  return { rows, users };
}

/** Adds a position to its user's; resolves with what is wrong about its owner. */
function take(users: Map<string, UserPositions>, position: Position, options: ReadOptions): string | undefined {
  const userId = options.userId ?? position.userId;
  if (userId === null) return "user_id is blank. Say whose position it is.";
  if (position.userId !== null && position.userId !== userId)
    return `user_id "${position.userId}" is another user than the one named for the file. Import it without naming one.`;
  const { email, firstName, lastName } = position;
  const user = users.get(userId) ?? { userId, email, firstName, lastName, portfolios: new Map(), lots: 0, beyond: 0 };
  users.set(userId, user);
  user.email ??= email;
  user.firstName ??= firstName;
  user.lastName ??= lastName;
  if (user.lots === MAX_ASSETS) {
    user.beyond++;
    return undefined;
  }
  user.lots++;
  const name = position.portfolio ?? options.portfolio;
  const lots = user.portfolios.get(name);
  if (lots) lots.push(position.lot);
  else user.portfolios.set(name, [position.lot]);
  return undefined;
}

const tooManyLines = (file: string) =>
  new VigiaError("too_many_lines", `${file} has more than 1,000,000 lines.`, {
    hint: "Split it and import each part.",
  });

const tooManyUsers = (file: string) =>
  new VigiaError("too_many_users", `${file} names more than ${MAX_USERS.toLocaleString("en-US")} users.`, {
    hint: "Split the file and import each part.",
  });
